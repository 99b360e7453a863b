"""The pages under docs/ that are made from the code: `make docs` writes them, a test holds them in step."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel

from sams.cli.input_file import schema_text
from sams.core import schema as schemas
from sams.core.mail_list import MailList
from sams.core.reference_page import page
from sams.core.settings import Settings

DOCS = Path(__file__).resolve().parents[2] / "docs"
MODELS: Mapping[str, type[BaseModel]] = {"settings": Settings, "mail-list": MailList}


def pages() -> dict[Path, str]:
    """Path and text of every page."""
    found: dict[Path, str] = {}
    for name, model in MODELS.items():
        found[DOCS / f"{name}.md"] = page(schemas.of(model))
        found[DOCS / f"{name}.schema.json"] = schema_text(model)
    return found


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
