"""The searches for secrets find a planted one in files, in what a command says and in processes, and never take silence for success."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

import pytest

from sams.core.secret import Secret, invent
from tests.harness import mailcow_shows
from tests.harness.known_secrets import telling_line
from tests.harness.leaks import Leak, leaks_in_files, leaks_in_output
from tests.harness.process_watch import Watch, depth
from tests.harness.searches import processes, stray
from tests.harness.watching import processes_watched

SECRETS = {"password": Secret("correctHorseBattery7"), "other": invent()}


def test_a_secret_is_found_in_any_file_below_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "binary").write_bytes(b"\0\xff key=correctHorseBattery7\0")
    (tmp_path / "encoded").write_bytes(base64.b64encode(b"ab correctHorseBattery7 cd"))
    (tmp_path / "clean").write_text("correctHorse\nBattery7\n")
    assert leaks_in_files([str(tmp_path)], SECRETS) == {
        Leak("password", f"{tmp_path}/a/binary"),
        Leak("password", f"{tmp_path}/encoded"),
    }


def test_folders_can_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "pytest-of-me").mkdir()
    (tmp_path / "pytest-of-me" / "file").write_text("correctHorseBattery7")
    assert leaks_in_files([str(tmp_path)], SECRETS, without=["pytest-of-*"]) == set()


def test_a_search_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="ended with"):
        leaks_in_files([str(tmp_path)], SECRETS, through=("sh", "-c", "echo no such container >&2; exit 1", "--"))


def test_a_secret_in_what_a_command_says_is_found() -> None:
    program = "print('x' * 100000 + 'correctHorseBattery7')"
    assert {leak.secret for leak in leaks_in_output([sys.executable, "-c", program], SECRETS)} == {"password"}
    assert leaks_in_output([sys.executable, "-c", "print('nothing')"], SECRETS) == set()


def test_a_command_that_fails_is_an_error() -> None:
    with pytest.raises(AssertionError, match="ended with 3"):
        leaks_in_output([sys.executable, "-c", "raise SystemExit(3)"], SECRETS)


def test_arguments_and_environment_of_a_process_are_seen(tmp_path: Path) -> None:
    with processes_watched(tmp_path / "seen"):
        subprocess.run(["sleep", "0.2"], env={"PLANTED": "correctHorseBattery7"}, check=True)
    rows = [(program, environment) for _, program, _, environment in processes(tmp_path / "seen")]
    assert ("sleep", "PLANTED=correctHorseBattery7\0") in rows
    assert (tmp_path / "seen").stat().st_mode & 0o777 == 0o600


def test_a_look_alone_sees_what_runs(tmp_path: Path) -> None:
    watch = Watch()
    with subprocess.Popen(["sleep", "5", "7"][:2], env={}) as sleeper:
        try:
            while (Path("/proc") / str(sleeper.pid) / "cmdline").read_bytes() != b"sleep\x005\x00":
                pass
            watch.look()
        finally:
            sleeper.kill()
    watch.write(tmp_path / "seen")
    assert any(program == "sleep" for _, program, _, _ in processes(tmp_path / "seen"))


@pytest.mark.parametrize(("numbers", "expected"), [("17", 0), ("17\t3", 1), ("17\t3\t1", 2)])
def test_the_depth_of_a_process_is_how_many_containers_it_is_in(numbers: str, expected: int) -> None:
    assert depth(f"Name:\tx\nNSpid:\t{numbers}\nUid:\t0\n") == expected


def test_the_telling_line_of_a_key_differs_from_key_to_key(tmp_path: Path) -> None:
    for name in ("one", "two"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)], check=True)
    one, two = (telling_line((tmp_path / name).read_text()).reveal() for name in ("one", "two"))
    assert one != two
    assert len(one) == 70
    assert one not in (tmp_path / "one.pub").read_text()


@pytest.mark.parametrize(
    ("secret", "place", "explained"),
    [
        ("mail/servers/mail1/mailcow DBPASS", "600 /opt/mailcow-dockerized/mailcow.conf", True),
        ("mail/servers/mail1/mailcow DBPASS", "644 /opt/mailcow-dockerized/mailcow.conf", False),
        ("mail/servers/mail1/mailcow DBPASS", "640 /opt/mailcow-dockerized/data/conf/postfix/sql/mysql_schema.cf", True),
        ("mail/servers/mail1/mailcow API_KEY", "640 /opt/mailcow-dockerized/data/conf/postfix/sql/mysql_schema.cf", False),
        ("mail/servers/mail1/mailcow DBPASS", "640 /elsewhere/data/conf/postfix/sql/mysql_schema.cf", False),
        ("mail/mailboxes/a@example.org password", "600 /etc/sams/note", False),
    ],
)
def test_a_secret_on_a_host_is_explained_by_its_place_its_mode_and_its_name(secret: str, place: str, explained: bool) -> None:
    leak = Leak(secret, place)
    assert stray([leak]) == (set() if explained else {leak})


@pytest.mark.parametrize(
    ("allowed", "secret"),
    [
        (mailcow_shows.in_environment("DBPASS"), True),
        (mailcow_shows.in_environment("admin_password"), False),
        (mailcow_shows.in_environment(""), False),
        (mailcow_shows.in_arguments("mariadb", "DBPASS"), True),
        (mailcow_shows.in_arguments("mariadb", "DBROOT"), False),
        (mailcow_shows.in_arguments("python3", "DBPASS"), False),
    ],
)
def test_mailcow_shows_no_more_than_its_list(allowed: bool, secret: bool) -> None:
    assert allowed is secret
