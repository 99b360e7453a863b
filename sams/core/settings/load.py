"""Settings from the text of an environment file."""

from __future__ import annotations

from pathlib import Path

from sams.core import strict_yaml
from sams.core.settings import Settings
from sams.core.validation import validated


def load(path: Path) -> Settings:
    """Read and check an environment file.

    Raises
    ------
    InputError:
        With every mistake of the file.
    """
    return validated(Settings, strict_yaml.load(path))
