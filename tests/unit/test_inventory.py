"""The inventory that pyinfra gets: connection data only, and a sentence instead of a run on no hosts."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest

from sams.adapters import hosts_file, inventory
from sams.adapters import settings as settings_adapter
from sams.adapters.hosts_file import HostRecord

DOCKER = (Path(__file__).resolve().parents[2] / "inventories" / "docker.yml").read_text(encoding="utf-8")


def record(name: str, group: str, key: Path, user: str = "ops") -> HostRecord:
    values: dict[str, object] = dict.fromkeys((field.name for field in dataclasses.fields(HostRecord)), "")
    values |= {"name": name, "groups": (group,), "fqdn": f"{name}.example.test", "user": user, "key": str(key)}
    values |= {"public_address": "198.51.100.7", "private_address": "10.0.0.7"}
    return HostRecord(**values)  # type: ignore[arg-type]


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment "club" whose two machines exist."""
    monkeypatch.setattr(hosts_file, "INVENTORIES", tmp_path)
    monkeypatch.setattr(settings_adapter, "INVENTORIES", tmp_path)
    settings_adapter.settings.cache_clear()
    (tmp_path / "club.yml").write_text(DOCKER)
    (tmp_path / "club.py").write_text("")
    (tmp_path / "key").write_text("")
    hosts_file.write("club", [record("mail1", "mailservers", tmp_path / "key"), record("aux1", "auxiliary", tmp_path / "key", "root")])
    return tmp_path


@contextmanager
def pyinfra(inventory_path: Path | str, **options: tuple[str, ...]) -> Iterator[None]:
    """As if pyinfra ran with these options."""
    with click.Context(click.Command("pyinfra")) as context:
        context.params = {"inventory": str(inventory_path), "limit": (), "exclude": (), **options}
        yield


def test_the_groups_hold_plain_connection_data(environment: Path) -> None:
    groups = inventory.hosts("club")
    [(name, data)] = groups.mailservers
    assert name == "mail1"
    assert (data["ssh_hostname"], data["ssh_user"], data["env"]) == ("198.51.100.7", "ops", "club")
    assert data["ssh_strict_host_key_checking"] == "yes"
    assert data["ssh_known_hosts_file"] == str(environment / ".club.known_hosts")
    assert [name for name, _ in groups.auxiliary] == ["aux1"]


def test_sudo_is_used_unless_the_login_is_root_already(environment: Path) -> None:
    groups = inventory.hosts("club")
    assert (groups.mailservers[0][1]["_sudo"], groups.auxiliary[0][1]["_sudo"]) == (True, False)


@pytest.mark.parametrize("limit", ["mail1", "mail*", "mailservers", "all", "club"])
def test_a_limit_that_names_a_host_or_a_group_is_fine(environment: Path, limit: str) -> None:
    with pyinfra(environment / "club.py", limit=(limit,)):
        assert inventory.hosts("club").mailservers


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"limit": ("mial1",)}, "--limit mial1 matches no host"),
        ({"limit": ("mail1", "aux")}, "--limit aux matches no host"),
        ({"exclude": ("aux2",)}, "--exclude aux2 matches no host"),
        ({"exclude": ("all",)}, "--limit and --exclude leave no host"),
        ({"limit": ("mail1",), "exclude": ("mailservers",)}, "--limit and --exclude leave no host"),
    ],
)
def test_a_choice_that_leaves_nothing_ends_with_a_sentence(environment: Path, options: dict[str, tuple[str, ...]], sentence: str) -> None:
    with pyinfra(environment / "club.py", **options), pytest.raises(SystemExit, match=sentence) as ended:
        inventory.hosts("club")
    assert "Hosts: mail1, aux1" in str(ended.value)


def test_a_missing_hosts_file_names_the_command_that_makes_it(environment: Path) -> None:
    (environment / ".club.hosts.json").unlink()
    with pytest.raises(SystemExit, match="python -m provision apply --env club"):
        inventory.hosts("club")


def test_a_hosts_file_that_is_cut_short_is_a_sentence(environment: Path) -> None:
    path = environment / ".club.hosts.json"
    path.write_text(path.read_text()[:40])
    with pytest.raises(SystemExit, match="python -m provision inventory --env club"):
        inventory.hosts("club")


def test_a_missing_key_file_is_a_sentence_that_names_host_and_file(environment: Path) -> None:
    (environment / "key").unlink()
    with pytest.raises(SystemExit, match=f"mail1: private key file {environment / 'key'} is missing"):
        inventory.hosts("club")


def test_an_inventory_that_was_copied_but_not_changed_is_refused(environment: Path) -> None:
    (environment / "school.py").write_text("")
    with pyinfra(environment / "school.py"), pytest.raises(SystemExit, match=r'Write hosts\("school"\) in it'):
        inventory.hosts("club")


def test_an_inventory_that_does_not_exist_is_refused_with_the_nearest_one(environment: Path) -> None:
    with pyinfra("inventories/clbu.py"), pytest.raises(SystemExit, match=r'Did you mean "inventories/club\.py"'):
        inventory.refuse_missing_inventory()


@pytest.mark.parametrize("hosts", ["@local", "mail1.example.org,mail2.example.org", "@docker/mail1"])
def test_hosts_named_by_hand_are_left_to_pyinfra(environment: Path, hosts: str) -> None:
    with pyinfra(hosts):
        inventory.refuse_missing_inventory()


def test_host_data_can_be_printed(environment: Path) -> None:
    """`debug-inventory` prints all of it: plain values, and no secret."""
    for _, data in (*inventory.hosts("club").mailservers, *inventory.hosts("club").auxiliary):
        data = {**data, "ssh_paramiko_connect_kwargs": None}
        assert json.loads(json.dumps(data)) == data
