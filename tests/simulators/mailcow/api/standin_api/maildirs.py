"""Folders of mail, when the mail volume is mounted here: moved on a rename, set aside on a deletion.

Upstream asks Dovecot's container to do this.
"""

from __future__ import annotations

import time
from pathlib import Path

from .settings import Settings


def move(settings: Settings, old: str, new: str) -> None:
    """Move ``domain/local_part`` to another name, if it is there."""
    root = Path(settings.mail_folder)
    if (root / old).is_dir():
        (root / old).rename(root / new)


def discard(settings: Settings, name: str) -> None:
    """Set the folder of a domain or mailbox aside, as upstream's garbage."""
    root = Path(settings.mail_folder)
    if name and (root / name).is_dir():
        garbage = root / "_garbage"
        garbage.mkdir(exist_ok=True)
        (root / name).rename(garbage / f"{int(time.time())}_{name.replace('/', '')}")
