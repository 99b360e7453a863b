"""The command `python -m provision`, as far as it goes without machines."""

from __future__ import annotations

import io
import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from provision import cli, keys, lock
from provision.environment import Environment
from provision.model import Action, Change, Machine, Observed, Plan
from provision.provider import choose
from provision.report import ProvisionError, WaitingError
from sams.adapters import hosts_file
from sams.adapters import settings as settings_adapter
from sams.adapters.hosts_file import HostRecord
from sams.core.settings.machines import Machines

ROOT = Path(__file__).resolve().parents[2]
RECORD = HostRecord(
    name="mail1", groups=("mailservers",), fqdn="mail.example.test", public_address="203.0.113.7", private_address="10.0.0.7",
    user="ops", key="/keys/club", host_key="ssh-ed25519 AAAAC3Nz", architecture="arm64", provider_id="id-1", ipv6_address="2001:db8::7",
)  # fmt: skip


@pytest.fixture(autouse=True)
def inventories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of inventories of this test's own."""
    monkeypatch.setattr(hosts_file, "INVENTORIES", tmp_path)
    monkeypatch.setattr(settings_adapter, "INVENTORIES", tmp_path)
    settings_adapter.settings.cache_clear()
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int | str | None:
    """The command in this process: its exit code."""
    monkeypatch.setattr(sys, "argv", ["provision", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return end.value.code


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_help_and_output_load_no_provider_and_no_settings() -> None:
    program = (
        "import sys; sys.argv = ['provision', *sys.argv[1:]]\n"
        "import provision.cli\n"
        "try: provision.cli.main()\n"
        "finally: print(sorted({'docker', 'oci', 'paramiko', 'pydantic', 'pyinfra', 'yaml'} & set(sys.modules)), file=sys.stderr)\n"
    )
    for arguments in (["--help"], ["output", "--env", "no-such-environment"]):
        done = subprocess.run([sys.executable, "-c", program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.stderr.splitlines()[-1] == "[]"


def test_output_shows_how_to_reach_the_machines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    hosts_file.write("club", [RECORD])
    assert run(monkeypatch, "output", "--env", "club") == 0
    printed = capsys.readouterr().out
    assert "ssh -i /keys/club" in printed
    assert "ops@203.0.113.7" in printed
    assert run(monkeypatch, "output", "--env", "club", "--json") == 0
    [row] = json.loads(capsys.readouterr().out)
    assert row == {**row, "name": "mail1", "groups": ["mailservers"], "architecture": "arm64", "provider_id": "id-1"}


def test_output_without_machines_names_the_next_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "output", "--env", "club") == 1
    assert "python -m provision apply --env club" in capsys.readouterr().err


def test_a_wrong_option_is_an_error_and_not_a_difference(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """click alone would end with 2, which says that a plan has differences."""
    assert run(monkeypatch, "plan", "--enw", "club") == 1
    assert "--enw" in capsys.readouterr().err


def test_errors_are_json_where_json_was_asked_for(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "plan", "--env", "club", "--json") == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["exit_code"] == 1
    assert 'environment "club" does not exist' in answer["error"]


def test_the_hosts_file_and_the_pinned_keys_are_for_the_operator_alone(inventories: Path) -> None:
    hosts_file.write("club", [RECORD])
    assert hosts_file.read("club") == (RECORD,)
    assert {mode(path) for path in inventories.iterdir()} == {0o600}
    assert (inventories / ".club.known_hosts").read_text() == "203.0.113.7,10.0.0.7,2001:db8::7 ssh-ed25519 AAAAC3Nz\n"
    hosts_file.forget("club")
    assert list(inventories.iterdir()) == []


def test_a_key_is_made_once_for_an_environment_that_names_none() -> None:
    first = Path(keys.private_key("club", None))
    text = first.read_text()
    assert mode(first) == 0o600
    assert Path(keys.private_key("club", None)).read_text() == text
    assert keys.public_key(str(first)).startswith("ssh-ed25519 AAAA")
    shown = subprocess.run(["ssh-keygen", "-y", "-f", str(first)], capture_output=True, text=True, check=True).stdout
    assert shown.split()[:2] == keys.public_key(str(first)).split()[:2]


def test_a_named_key_that_is_missing_is_told_with_the_command_that_makes_it() -> None:
    with pytest.raises(ProvisionError, match=r"machines.ssh.key names /no/such/key.*ssh-keygen -t ed25519"):
        keys.private_key("club", "/no/such/key")


def test_a_key_with_a_passphrase_needs_its_public_half_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "locked"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "a passphrase", "-f", str(path)], check=True)
    assert keys.public_key(str(path)) == (tmp_path / "locked.pub").read_text().strip()
    (tmp_path / "locked.pub").unlink()
    with pytest.raises(ProvisionError, match=r"ssh-keygen -y -f"):
        keys.public_key(str(path))


def test_two_commands_at_once_are_told_to_wait(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], inventories: Path
) -> None:
    (inventories / "club.yml").write_text(GIVEN)
    with lock.alone("club"):
        with pytest.raises(WaitingError), lock.alone("club"):
            pass
        assert run(monkeypatch, "apply", "--env", "club") == 75
    assert "another command" in capsys.readouterr().err
    with lock.alone("club"):
        pass


GIVEN = """
version: 1
machines:
  provider: given
  hosts:
    mail1: {groups: [mailservers], fqdn: mail.example.test, address: 127.0.0.9}
"""


class StandIn:
    """A provider that carries out nothing and remembers what it was told."""

    name = "stand-in"

    def __init__(self, wanted: list[Machine], seen: list[Observed]) -> None:
        self.wanted, self.seen = wanted, seen
        self.done: list[str] = []

    def desired(self) -> list[Machine]:
        return self.wanted

    def observe(self) -> list[Observed]:
        return self.seen

    def updates_in_place(self, kind: str, attribute: str) -> bool:
        return False

    def carry_out(self, change: Change, say: object) -> None:
        self.done.append(str(change))

    def endpoints(self) -> list[object]:
        return []


def environment(wanted: list[Machine], seen: list[Observed]) -> tuple[Environment, StandIn]:
    provider = StandIn(wanted, seen)
    machines = Machines.model_validate({"provider": "docker", "hosts": {"mail1": {"groups": ["mailservers"], "fqdn": "mail.example.test"}}})
    return Environment("club", machines, provider), provider  # type: ignore[arg-type]


OLD = Machine("mail1", ("mailservers",), "mail.example.test", release="bookworm")
NEW = Machine("mail1", ("mailservers",), "mail.example.test", release="trixie")


def test_nothing_is_changed_when_one_step_is_not_allowed() -> None:
    other = Machine("aux1", ("auxiliary",), "vault.example.test")
    club, provider = environment([other, NEW], [Observed(OLD, "id")])
    with pytest.raises(ProvisionError, match="--replace mail1"):
        club.apply((), (), print)
    assert provider.done == []


def test_destroy_forgets_the_hosts_and_keeps_the_key(inventories: Path) -> None:
    hosts_file.write("club", [RECORD])
    key = keys.private_key("club", None)
    club, provider = environment([NEW], [Observed(NEW, "id")])
    club.destroy(club.removal(purge=False), print)
    assert provider.done == ["remove machine mail1"]
    assert not hosts_file.path_of("club").exists()
    assert Path(key).exists()


def test_an_apply_that_ends_with_no_machine_is_an_error_and_writes_nothing(inventories: Path) -> None:
    club, _ = environment([NEW], [Observed(NEW, "id")])
    with pytest.raises(ProvisionError, match="python -m provision apply --env club"):
        club.apply((), (), print)
    assert not hosts_file.path_of("club").exists()


def test_a_plan_with_changes_ends_with_two(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    club, provider = environment([NEW], [])
    monkeypatch.setattr(cli, "_environment", lambda _env: club)
    assert run(monkeypatch, "plan", "--env", "club") == 2
    assert "create machine mail1" in capsys.readouterr().out
    assert run(monkeypatch, "plan", "--env", "club", "--json") == 2
    [change] = json.loads(capsys.readouterr().out)["changes"]
    assert (change["action"], change["kind"], change["resource"]["name"]) == ("create", "machine", "mail1")
    provider.seen = [Observed(NEW, "id")]
    assert run(monkeypatch, "plan", "--env", "club") == 0
    assert provider.done == []


def test_destroy_asks_and_a_no_removes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    club, provider = environment([NEW], [Observed(NEW, "id")])
    monkeypatch.setattr(cli, "_environment", lambda _env: club)
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert run(monkeypatch, "destroy", "--env", "club") == 1
    assert provider.done == []
    assert run(monkeypatch, "destroy", "--env", "club", "--yes") == 0
    assert provider.done == ["remove machine mail1"]


def test_the_cloud_of_a_later_version_is_refused_by_name() -> None:
    machines = Machines.model_validate({"provider": "oci", "hosts": {"mail1": {"groups": ["mailservers"], "fqdn": "mail.example.test"}}})
    with pytest.raises(ProvisionError, match="not in this version"):
        choose("club", machines)


def test_given_machines_are_neither_made_nor_removed() -> None:
    machines = Machines.model_validate(
        {"provider": "given", "hosts": {"mail1": {"groups": ["mailservers"], "fqdn": "mail.example.test", "address": "203.0.113.7"}}}
    )
    provider = choose("club", machines)
    assert (list(provider.desired()), list(provider.observe())) == ([], [])
    with pytest.raises(ProvisionError, match="not made or removed"):
        provider.carry_out(Change(Action.REMOVE, NEW), print)
    [endpoint] = provider.endpoints()
    assert (endpoint.public_address, endpoint.host_key) == ("203.0.113.7", None)


def test_an_empty_plan_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    cli._show_plan("club", Plan(()), as_json=False)
    assert capsys.readouterr().out == "club: nothing to change\n"
