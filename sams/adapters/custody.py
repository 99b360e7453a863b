"""The custody file on the operator's machine: 0600, written whole or not at all, flushed to the disk before anybody uses what is in it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sams.core import vault_custody
from sams.core.errors import SamsError
from sams.core.settings.vault import Vault
from sams.core.vault_custody import Custody


class CustodyUnusable(SamsError):
    """The custody file is there but cannot be used."""


def path_of(env: str, settings: Vault) -> Path:
    """Where the custody file of an environment stands."""
    if settings.custody_file:
        return Path(settings.custody_file).expanduser()
    configuration = Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser()
    return configuration / "sams" / env / "custody.json"


def read(path: Path, env: str) -> Custody | None:
    """The custody in this file; None when there is no file.

    Raises
    ------
    CustodyUnusable:
        When others can read it, when it is damaged, or when it belongs to another environment.
    """
    try:
        refuse_open_mode(path)
        custody = vault_custody.from_text(path.read_text())
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CustodyUnusable(
            f"custody file {path}: expected what SAMS wrote, seen a damaged file ({type(error).__name__}). Next: put its copy back"
        ) from None
    if custody.env != env:
        raise CustodyUnusable(
            f'custody file {path}: expected that of environment "{env}", seen that of "{custody.env}". '
            f"Next: give each environment its own vault.custody_file"
        )
    return custody


def refuse_open_mode(path: Path) -> None:
    """Stop when others than its owner can read the file.

    Raises
    ------
    CustodyUnusable:
        Naming the command that mends it.
    """
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise CustodyUnusable(f"custody file {path}: expected mode 600, seen {mode:o}: others can read it. Next: chmod 600 {path}")


def drafted(path: Path, env: str, names: Sequence[str]) -> Custody:
    """The custody as it would be kept, without saving anything: for plans."""
    now = datetime.now(UTC)
    found = read(path, env)
    return vault_custody.with_current_certificate(found, names, now) if found else vault_custody.invented(env, names, now)


def kept(path: Path, env: str, names: Sequence[str]) -> Custody:
    """The custody of this file, invented and saved first if there is none, with a current server certificate.

    Two runs that start together agree: the file of the first is never replaced by an invention of the second.
    """
    now = datetime.now(UTC)
    found = read(path, env)
    if found is None:
        save_first(path, vault_custody.invented(env, names, now))
        found = read(path, env)
        assert found is not None, f"{path} vanished while it was written"  # noqa: S101
    current = vault_custody.with_current_certificate(found, names, now)
    if current != found:
        save(path, current)
    return current


def authority_path(path: Path) -> Path:
    """Where the CA certificate of our own server stands: beside the custody file."""
    return path.with_name("vault-ca.pem")


def save_authority(path: Path, env: str) -> None:
    """Write the CA certificate of the custody file as a file of its own, for TLS libraries and ``bao -ca-cert``."""
    file, found = authority_path(path), read(path, env)
    if found and not (file.exists() and file.read_text() == found.authority.certificate):
        _text_beside(file, found.authority.certificate).replace(file)


def save_first(path: Path, custody: Custody) -> None:
    """Write a new custody file unless there is one."""
    new = _text_beside(path, vault_custody.to_text(custody))
    try:
        path.hardlink_to(new)
    except FileExistsError:
        pass
    finally:
        new.unlink()
    _sync_directory(path.parent)


def save(path: Path, custody: Custody) -> None:
    """Replace the custody file."""
    _text_beside(path, vault_custody.to_text(custody)).replace(path)
    _sync_directory(path.parent)


def _text_beside(path: Path, text: str) -> Path:
    """A new file, readable by its owner alone, with this text on the disk; the caller gives it its name."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, new = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    return Path(new)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
