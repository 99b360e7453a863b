"""What the real commands say when their input is wrong: a sentence with the next step, exit code 1, and nothing was connected to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sams.adapters import hosts_file
from sams.adapters.hosts_file import INVENTORIES, HostRecord
from tests.harness.processes import Finished, run

ENV = "dev-wrong-input"
SETTINGS = """version: 1
machines:
  provider: given
  hosts:
    mail1: {groups: [mailservers], fqdn: mail.example.test, address: 127.0.0.1}
"""


@pytest.fixture
def inventory(tmp_path: Path) -> Iterator[Path]:
    """An environment with one machine on which nothing listens at the SSH port."""
    settings, program, key = INVENTORIES / f"{ENV}.yml", INVENTORIES / f"{ENV}.py", tmp_path / "key"
    settings.write_text(SETTINGS)
    program.write_text(f'from sams.adapters.inventory import hosts\n\nmailservers, auxiliary = hosts("{ENV}")\n')
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)).expect()
    nowhere = "127.83.83.83"
    hosts_file.write(
        ENV,
        [
            HostRecord(
                name="mail1",
                groups=("mailservers",),
                fqdn="mail.example.test",
                public_address=nowhere,
                private_address=nowhere,
                user="ops",
                key=str(key),
                host_key="ssh-ed25519 AAAA",
                architecture="x86_64",
                provider_id="nobody",
            )
        ],
    )
    yield program
    for path in (settings, program):
        path.unlink()
    hosts_file.forget(ENV)


def pyinfra(*arguments: str | Path) -> Finished:
    return run("pyinfra", *(str(argument) for argument in arguments), timeout=60)


def test_the_inventory_is_what_the_hosts_file_says(inventory: Path) -> None:
    [host] = json.loads(pyinfra(inventory, "debug-inventory", "--json").expect().output)
    assert (host["name"], host["data"]["env"], "mailservers" in host["groups"]) == ("mail1", ENV, True)


def test_a_mistyped_inventory_is_a_sentence_and_exit_code_1() -> None:
    finished = pyinfra("inventories/dokcer.py", "deploys/site.py", "-y").expect(1)
    assert 'inventory inventories/dokcer.py does not exist. Did you mean "inventories/docker.py"?' in finished.errors
    assert "Traceback" not in finished.errors


@pytest.mark.parametrize("limit", ["mial1", "auxiliary"])
def test_a_limit_that_matches_nothing_is_a_sentence_and_exit_code_1(inventory: Path, limit: str) -> None:
    finished = pyinfra(inventory, "deploys/site.py", "-y", "--limit", limit).expect(1)
    assert f"--limit {limit} matches no host" in finished.errors
    assert "Traceback" not in finished.errors


def test_a_missing_hosts_file_names_the_command_that_makes_it(inventory: Path) -> None:
    hosts_file.path_of(ENV).unlink()
    finished = pyinfra(inventory, "deploys/site.py", "--dry").expect(1)
    assert f"python -m provision apply --env {ENV}" in finished.errors
    assert "Traceback" not in finished.errors


def test_a_missing_key_file_is_a_sentence(inventory: Path, tmp_path: Path) -> None:
    (tmp_path / "key").unlink()
    finished = pyinfra(inventory, "deploys/site.py", "-y").expect(1)
    assert f"mail1: private key file {tmp_path / 'key'} is missing" in finished.errors
    assert "Traceback" not in finished.errors


def test_wrong_settings_stop_the_deployment_before_it_connects(inventory: Path) -> None:
    inventory.with_suffix(".yml").write_text(SETTINGS + "mailcow:\n  tga: 2026-07a\n")
    finished = pyinfra(inventory, "deploys/site.py", "-y").expect(1)
    assert f"inventories/{ENV}.yml:7:3: mailcow.tga: unknown key" in finished.errors
    assert "Connecting to hosts" not in finished.errors


def test_an_unreachable_host_is_told_and_exit_code_1(inventory: Path) -> None:
    finished = pyinfra(inventory, "deploys/site.py", "-y").expect(1)
    assert "[mail1]" in finished.errors
    assert "Could not connect" in finished.errors or "refused" in finished.errors


@pytest.mark.parametrize("command", ["settings", "provision"])
def test_a_mistyped_environment_is_a_sentence_and_exit_code_1(command: str) -> None:
    arguments = {"settings": ("sams", "settings", "check"), "provision": ("python", "-m", "provision", "plan")}[command]
    finished = run(*arguments, "--env", "dokcer").expect(1)
    assert 'environment "dokcer" does not exist' in finished.errors
    assert "Traceback" not in finished.errors
