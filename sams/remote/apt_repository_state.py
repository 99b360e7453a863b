"""Verb: which keys a keyring file holds and what a sources file says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sams.remote import openpgp
from sams.remote.errors import Failed


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"key_path", "source_path"}`` -> ``{"fingerprints": [...], "source": text}``."""
    source = Path(job["source_path"])
    return {"fingerprints": known(Path(job["key_path"])), "source": source.read_text() if source.is_file() else ""}


def known(path: Path) -> list[str]:
    """Fingerprints in a keyring; none where it is missing or broken."""
    try:
        return openpgp.fingerprints(path.read_bytes())
    except (FileNotFoundError, Failed):
        return []
