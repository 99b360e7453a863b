"""What all sections of the settings share."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class Section(BaseModel):
    """A part of an input file: unknown keys are refused and nothing changes after loading.

    Each field has a description (with its unit) and, where its form is not obvious, an example: errors, JSON Schema and
    the reference page are made from them. A validator raises `ValueError("what is wrong\\nwhat to do")`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _nothing_means_defaults(cls, data: Any) -> Any:
        """A section whose keys are all commented out is YAML's null: it means the defaults."""
        return {} if data is None else data
