"""Files on hosts: whole or not there, with their final mode, and only what differs."""

from __future__ import annotations

import base64
import getpass
import grp
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from operations.files import ManagedDirectory, ManagedFile
from sams.adapters import remote_archive
from sams.core.secret import Secret
from sams.remote import atomic, files_state, files_write
from sams.remote.errors import Failed

ME = {"owner": getpass.getuser(), "group": grp.getgrgid(os.getgid()).gr_name}


def job(path: Path, content: bytes, mode: str = "640") -> dict[str, Any]:
    return {"path": str(path), "content": base64.b64encode(content).decode(), "mode": mode, **ME}


#: A number that no process has.
NOBODY = 2**30


def test_a_written_file_has_its_content_and_mode_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "file"
    files_write.run({"files": [job(target, b"hello")]})
    assert target.read_bytes() == b"hello"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert [path.name for path in target.parent.iterdir()] == ["file"]


def test_what_a_killed_write_left_behind_does_not_stop_the_next(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("old")
    Path(f"{target}.sams-new-{NOBODY}").write_text("half")
    atomic.write(str(target), b"new", **ME)
    assert target.read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_another_process_is_writing_is_left_to_it(tmp_path: Path) -> None:
    target = tmp_path / "file"
    another = Path(f"{target}.sams-new-{os.getppid()}")
    another.write_text("half")
    atomic.write(str(target), b"new", **ME)
    assert (target.read_bytes(), another.read_text()) == (b"new", "half")


def test_a_directory_in_the_place_of_a_file_is_named_and_kept(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.mkdir()
    with pytest.raises(Failed, match="expected a file, but a directory stands there"):
        files_write.run({"files": [job(target, b"x")]})
    assert target.is_dir()


def test_a_managed_file_matches_only_with_the_same_content_mode_and_owner(tmp_path: Path) -> None:
    target = tmp_path / "file"
    wanted = ManagedFile(str(target), Secret("text"), "600", **ME)
    assert not wanted.matches(files_state.run({"paths": [str(target)]})[str(target)])
    files_write.run({"files": [wanted.job()]})
    found = files_state.run({"paths": [str(target)]})[str(target)]
    assert wanted.matches(found)
    for other in (
        ManagedFile(str(target), "other", "600", **ME),
        ManagedFile(str(target), "text", "644", **ME),
        ManagedFile(str(target), "text", "600", owner="nobody", group=ME["group"]),
    ):
        assert not other.matches(found)


def test_directories_are_made_before_the_files_in_them_and_paths_are_removed(tmp_path: Path) -> None:
    folder, gone, linked = tmp_path / "private", tmp_path / "gone", tmp_path / "linked"
    (gone / "deep").mkdir(parents=True)
    linked.symlink_to(tmp_path)
    wanted = ManagedDirectory(str(folder), "700", **ME)
    files_write.run({"directories": [vars(wanted)], "files": [job(folder / "a", b"")], "absent": [str(gone), str(linked)]})
    state = files_state.run({"paths": [str(folder), str(gone), str(linked)]})
    assert wanted.matches(state[str(folder)])
    assert state[str(gone)] == state[str(linked)] == {"kind": "absent"}
    assert tmp_path.is_dir(), "removing a link leaves what it points to"


def test_the_archive_has_the_same_bytes_every_time_and_runs(tmp_path: Path) -> None:
    first = remote_archive.archive()
    remote_archive.archive.cache_clear()
    assert remote_archive.archive() == first
    program = tmp_path / "remote.pyz"
    program.write_bytes(first)
    ran = subprocess.run([sys.executable, "-S", "-I", str(program), "files_state", '{"paths": ["/"]}'], capture_output=True, check=True)
    assert b'"kind": "directory"' in ran.stdout


def test_an_unknown_verb_names_the_known_ones(tmp_path: Path) -> None:
    program = tmp_path / "remote.pyz"
    program.write_bytes(remote_archive.archive())
    ran = subprocess.run([sys.executable, str(program), "fly"], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "files_state" in ran.stderr
