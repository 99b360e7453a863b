"""Settings from an environment file."""

from __future__ import annotations

from pathlib import Path

from sams.core import strict_yaml
from sams.core.errors import InputError
from sams.core.settings import Settings, crosschecks
from sams.core.strict_yaml import Document
from sams.core.validation import validated


def load(path: Path) -> Settings:
    """Read and check an environment file.

    Raises
    ------
    InputError:
        With every mistake of the file.
    """
    return from_document(strict_yaml.load(path))


def from_document(document: Document) -> Settings:
    """The checked settings of a document; raises `InputError` with every mistake."""
    settings = validated(Settings, document)
    if problems := crosschecks.problems(settings, document):
        raise InputError(problems)
    return settings
