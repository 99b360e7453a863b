"""`python -m provision` on real machines: made, found again, mended, replaced, removed."""

from __future__ import annotations

import json
import random
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest

from provision.docker.labels import filter_of
from provision.docker.network import machine_has_ipv6
from sams.adapters import hosts_file
from sams.adapters.hosts_file import HostRecord
from tests.harness.environment import Environment
from tests.harness.hosts import container, inside
from tests.harness.processes import PROGRAMS, ROOT

SETTINGS = """\
version: 1
machines:
  provider: docker
  docker: {{subnet: {subnet}, ipv6_subnet: "fd77:0:0:86::/64"}}
  hosts:
    mail1: {{groups: [mailservers], fqdn: mail.example.test, image_rules: oci, memory_gib: {memory}, data_volume: {{mount: /srv/mail}}}}
    aux1: {{groups: [auxiliary], fqdn: vault.example.test, release: {release}, address: 172.31.86.20}}
"""
GIVEN = """\
version: 1
machines:
  provider: given
  ssh: {{user: ops, key: {key}}}
  hosts:
    aux1: {{groups: [auxiliary], fqdn: vault.example.test, address: {address}}}
"""
GIB = 1 << 30


def settings(memory: float = 2, release: str = "bookworm", subnet: str = "172.31.86.0/24") -> str:
    return SETTINGS.format(memory=memory, release=release, subnet=subnet)


def remove_files(environment: Environment) -> None:
    inventories = ROOT / "inventories"
    for path in (inventories / f"{environment.name}.yml", *inventories.glob(f".{environment.name}.*")):
        path.unlink()


def rewrite(environment: Environment, text: str) -> None:
    (ROOT / "inventories" / f"{environment.name}.yml").write_text(text)


@pytest.fixture(scope="module")
def machines() -> Iterator[Environment]:
    """Two hosts of this file's own."""
    environment = Environment("dev-machine-tests")
    rewrite(environment, settings())
    environment.provision("destroy", "--yes", "--purge").expect()
    environment.provision("apply").expect()
    yield environment
    environment.provision("destroy", "--yes", "--purge").expect()
    remove_files(environment)


@pytest.fixture
def as_made(machines: Environment) -> Iterator[Environment]:
    """The hosts as the settings first asked for them, whatever the test before did."""
    rewrite(machines, settings())
    machines.provision("apply", "--replace", "aux1").expect() if plan(machines) else None
    yield machines
    rewrite(machines, settings())


def record(environment: Environment, name: str) -> HostRecord:
    return next(one for one in hosts_file.read(environment.name) if one.name == name)


def plan(environment: Environment, *arguments: str) -> list[str]:
    """The plan's changes in words; the exit code has to agree."""
    answer = environment.provision("plan", "--json", *arguments)
    changes = json.loads(answer.output)["changes"]
    answer.expect(2 if changes else 0)
    return [f"{change['action']} {change['resource']['name']}" for change in changes]


def ssh(host: HostRecord, environment: Environment, *command: str) -> str:
    """A login by OpenSSH's own client, which knows only the pinned key."""
    known = hosts_file.known_hosts_of(environment.name)
    options = ("BatchMode=yes", "StrictHostKeyChecking=yes", f"UserKnownHostsFile={known}", "IdentitiesOnly=yes")
    done = subprocess.run(
        ["ssh", "-i", host.key, *[word for option in options for word in ("-o", option)], f"{host.user}@{host.public_address}", *command],
        capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip
    return done.stdout.strip()


def test_hosts_are_reached_by_key_with_the_pinned_host_key_and_have_sudo(as_made: Environment) -> None:
    for host in hosts_file.read(as_made.name):
        assert ssh(host, as_made, "hostname; sudo -n id -u; systemctl is-system-running").split() == [host.name, "0", "running"]
        assert host.host_key in inside(host, "cat", "/etc/ssh/ssh_host_ed25519_key.pub")
    assert (record(as_made, "aux1").public_address, record(as_made, "aux1").fqdn) == ("172.31.86.20", "vault.example.test")


def test_every_host_has_a_key_of_its_own(as_made: Environment) -> None:
    first, second = hosts_file.read(as_made.name)
    assert first.host_key != second.host_key
    assert inside(first, "cat", "/etc/machine-id") != inside(second, "cat", "/etc/machine-id")


def test_hosts_know_each_other_by_name_and_address(as_made: Environment) -> None:
    mail, vault = record(as_made, "mail1"), record(as_made, "aux1")
    assert inside(mail, "getent", "ahostsv4", "vault.example.test").split()[0] == vault.private_address
    inside(mail, "ping", "-c1", "-W2", "aux1")
    assert bool(mail.ipv6_address) is machine_has_ipv6()
    if mail.ipv6_address:
        inside(vault, "ping", "-6", "-c1", "-W2", mail.ipv6_address)
        with socket.create_connection((mail.ipv6_address, 22), timeout=5) as connection:
            assert connection.recv(4) == b"SSH-"


def test_applying_again_changes_nothing(as_made: Environment) -> None:
    before = hosts_file.path_of(as_made.name).read_text()
    started = {one.name: container(one).attrs["State"]["StartedAt"] for one in hosts_file.read(as_made.name)}
    assert plan(as_made) == []
    as_made.provision("apply").expect()
    assert hosts_file.path_of(as_made.name).read_text() == before
    assert {one.name: container(one).attrs["State"]["StartedAt"] for one in hosts_file.read(as_made.name)} == started


def test_the_hosts_file_comes_back_from_the_tags_alone(as_made: Environment) -> None:
    paths = hosts_file.path_of(as_made.name), hosts_file.known_hosts_of(as_made.name)
    before = [path.read_text() for path in paths]
    for path in paths:
        path.unlink()
    as_made.provision("inventory").expect()
    assert [path.read_text() for path in paths] == before


def test_a_stopped_host_is_started_with_its_disk(as_made: Environment) -> None:
    host = record(as_made, "aux1")
    inside(host, "touch", "/root/kept")
    container(host).stop()
    assert plan(as_made) == ["start aux1"]
    as_made.provision("apply").expect()
    inside(host, "test", "-e", "/root/kept")


def test_a_host_that_reboots_comes_back_by_itself(as_made: Environment) -> None:
    host = record(as_made, "aux1")
    before = inside(host, "sh", "-c", "systemctl show --property UserspaceTimestampMonotonic; touch /run/gone")
    inside(host, "systemctl", "reboot", check=False)
    until(lambda: container(host).attrs["RestartCount"] > 0)
    as_made.provision("apply").expect()
    assert inside(host, "sh", "-c", "test ! -e /run/gone && echo new").strip() == "new", before


def test_a_host_that_lost_its_network_gets_it_back_at_the_same_address(as_made: Environment) -> None:
    host = record(as_made, "aux1")
    network = docker.from_env().networks.get(f"sams-{as_made.name}")
    network.disconnect(container(host))
    assert plan(as_made) == ["update aux1"]
    as_made.provision("apply").expect()
    assert record(as_made, "aux1") == host
    assert inside(record(as_made, "mail1"), "getent", "ahostsv4", "vault.example.test").split()[0] == host.private_address


def test_memory_is_a_real_limit_and_changes_in_place(as_made: Environment) -> None:
    host = record(as_made, "mail1")
    assert container(host).attrs["HostConfig"]["Memory"] == 2 * GIB
    rewrite(as_made, settings(memory=1.5))
    assert plan(as_made) == ["update mail1"]
    as_made.provision("apply").expect()
    assert record(as_made, "mail1").provider_id == host.provider_id
    assert container(host).attrs["HostConfig"]["Memory"] == 1.5 * GIB


def test_another_release_needs_the_operators_word_and_keeps_data_volumes(as_made: Environment) -> None:
    host, other = record(as_made, "aux1"), record(as_made, "mail1")
    rewrite(as_made, settings(release="trixie"))
    refused = as_made.provision("apply").expect(1)
    assert "--replace aux1" in refused.errors
    assert record(as_made, "aux1") == host
    inside(host, "true")
    as_made.provision("apply", "--replace", "aux1").expect()
    new = record(as_made, "aux1")
    assert "VERSION_CODENAME=trixie" in inside(new, "cat", "/etc/os-release")
    assert new.host_key != host.host_key
    assert record(as_made, "mail1") == other


def test_a_replaced_host_finds_its_data_volume_and_an_empty_disk(as_made: Environment) -> None:
    host = record(as_made, "mail1")
    inside(host, "sh", "-c", "echo mail > /srv/mail/message; touch /root/gone /var/lib/docker/gone")
    as_made.provision("apply", "--replace", "mail1").expect()
    new = record(as_made, "mail1")
    assert inside(new, "cat", "/srv/mail/message") == "mail\n"
    assert inside(new, "sh", "-c", "ls /root /var/lib/docker").split() == ["/root:", "/var/lib/docker:"]


def test_a_host_that_was_removed_by_hand_is_made_anew_with_an_empty_disk(as_made: Environment) -> None:
    host = record(as_made, "aux1")
    inside(host, "touch", "/var/lib/docker/gone")
    container(host).remove(force=True)
    as_made.provision("apply").expect()
    assert inside(record(as_made, "aux1"), "ls", "/var/lib/docker").split() == []


def test_docker_inside_a_host_gets_a_real_file_system(as_made: Environment) -> None:
    for host in hosts_file.read(as_made.name):
        assert inside(host, "stat", "--file-system", "--format=%T", "/var/lib/docker").strip() != "overlayfs"


def test_a_host_sets_its_own_network_and_never_the_machines_kernel(as_made: Environment) -> None:
    for host in hosts_file.read(as_made.name):
        inside(host, "sysctl", "-w", "net.ipv4.ip_forward=1")
        for area in ("fs", "kernel", "vm"):
            opened = inside(host, "find", f"/proc/sys/{area}", "-type", "f", "-writable").split()
            assert opened == [], f"{host.name} could change the machine's {area} settings"


def test_a_host_brings_the_clouds_packet_filter_only_where_it_was_asked_for(as_made: Environment) -> None:
    mail, vault = record(as_made, "mail1"), record(as_made, "aux1")
    rules = inside(mail, "iptables-save", "-t", "filter")
    assert "-A INPUT -j REJECT" in rules
    assert "-A OUTPUT -d 169.254.0.0/16 -j InstanceServices" in rules
    assert inside(mail, "systemctl", "is-enabled", "netfilter-persistent").strip() == "enabled"
    inside(vault, "test", "!", "-e", "/etc/iptables/rules.v4")


def test_hosts_install_packages_and_come_without_what_a_deployment_installs(as_made: Environment) -> None:
    for host in hosts_file.read(as_made.name):
        for program in ("docker", "fail2ban-client", "git", "curl", "nft"):
            inside(host, "sh", "-c", f"! command -v {program}")
    host = record(as_made, "aux1")
    inside(host, "sh", "-c", "apt-get -qq update && apt-get -qq install --yes --no-install-recommends hello >/dev/null 2>&1")
    assert inside(host, "hello", "--greeting=works").strip() == "works"


@pytest.mark.parametrize("turn", range(3))
def test_an_apply_that_was_killed_is_repaired_by_the_next(as_made: Environment, turn: int) -> None:
    seed = secrets.randbits(30)
    moment = random.Random(seed).uniform(0.3, 2.5)  # noqa: S311
    print(f"seed {seed}: killed after {moment:.2f} s")
    command = [str(PROGRAMS / "python"), "-m", "provision", "apply", "--env", as_made.name, "--replace", "aux1"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        time.sleep(moment)
        process.kill()
    as_made.provision("apply").expect()
    assert plan(as_made) == []
    for host in hosts_file.read(as_made.name):
        assert ssh(host, as_made, "sudo -n hostname") == host.name


def test_a_range_that_is_taken_is_named_with_the_setting_that_changes_it(as_made: Environment) -> None:
    name = "dev-machine-tests-twin"
    path = ROOT / "inventories" / f"{name}.yml"
    path.write_text(settings().replace("fd77:0:0:86", "fd77:0:0:87"))
    try:
        refused = Environment(name).provision("apply").expect(1)
        assert "172.31.86.0/24" in refused.errors
        assert "machines.docker.subnet" in refused.errors
    finally:
        Environment(name).provision("destroy", "--yes").expect()
        remove_files(Environment(name))


@pytest.fixture
def given(as_made: Environment) -> Iterator[Environment]:
    """An environment that is told of a host which exists already."""
    host = record(as_made, "aux1")
    name = "dev-machine-tests-given"
    path = ROOT / "inventories" / f"{name}.yml"
    path.write_text(GIVEN.format(key=host.key, address=host.public_address))
    yield Environment(name)
    remove_files(Environment(name))


def test_a_given_host_is_pinned_at_first_contact(given: Environment, as_made: Environment) -> None:
    first = given.provision("apply").expect()
    assert "pinned at first contact: SHA256:" in first.errors
    assert record(given, "aux1").host_key == record(as_made, "aux1").host_key
    assert record(given, "aux1").architecture == inside(record(as_made, "aux1"), "dpkg", "--print-architecture").strip()
    assert "first contact" not in given.provision("apply").expect().errors
    assert "nothing to change" in given.provision("destroy", "--yes").expect().output
    inside(record(as_made, "aux1"), "true")


def test_a_given_host_that_shows_another_key_is_refused_until_it_is_pinned_anew(given: Environment, as_made: Environment) -> None:
    given.provision("apply").expect()
    host, pinned = record(as_made, "aux1"), record(given, "aux1")
    inside(host, "sh", "-c", "rm /etc/ssh/ssh_host_*; systemctl restart ssh")
    refused = given.provision("apply").expect(1)
    assert "another machine answers" in refused.errors
    assert record(given, "aux1") == pinned
    given.provision("inventory", "--repin", "aux1").expect()
    assert record(given, "aux1").host_key != host.host_key
    as_made.provision("inventory").expect()  # the engine shows the new key by its own road


def test_a_given_host_that_is_silent_or_refuses_the_key_says_what_to_try(given: Environment, tmp_path: Path, as_made: Environment) -> None:
    path = ROOT / "inventories" / f"{given.name}.yml"
    host = record(as_made, "aux1")
    path.write_text(GIVEN.format(key=host.key, address="172.31.86.99"))
    assert "no SSH at 172.31.86.99:22 within 10 s" in given.provision("apply").expect(1).errors
    assert not hosts_file.path_of(given.name).exists()
    stranger = tmp_path / "stranger"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(stranger)], check=True)
    path.write_text(GIVEN.format(key=stranger, address=host.public_address))
    assert "authorized_keys" in given.provision("apply").expect(1).errors


def test_destroy_keeps_data_volumes_and_what_is_not_ours(as_made: Environment) -> None:
    engine = docker.from_env()
    stranger = engine.volumes.create(f"{as_made.name}-stranger")
    inside(record(as_made, "mail1"), "sh", "-c", "echo kept > /srv/mail/message")
    try:
        as_made.provision("destroy", "--yes").expect()
        label = filter_of(as_made.name)
        assert engine.containers.list(all=True, filters=label) == []
        assert engine.networks.list(filters=label) == []
        assert [volume.name for volume in engine.volumes.list(filters=label)] == [f"sams-{as_made.name}-mail1-data"]
        assert not hosts_file.path_of(as_made.name).exists()
        as_made.provision("apply").expect()
        assert inside(record(as_made, "mail1"), "cat", "/srv/mail/message") == "kept\n"
        engine.volumes.get(stranger.name)
    finally:
        stranger.remove()


def test_the_clean_up_takes_everything_of_an_environment_and_nothing_else(as_made: Environment) -> None:
    engine = docker.from_env()
    label = filter_of(as_made.name)
    others = {one.id for one in engine.containers.list(all=True)} - {one.id for one in engine.containers.list(all=True, filters=label)}
    subprocess.run([sys.executable, "provision/docker_clean.py", as_made.name], cwd=ROOT, check=True)
    assert engine.containers.list(all=True, filters=label) == []
    assert engine.networks.list(filters=label) == []
    assert engine.volumes.list(filters=label) == []
    assert list((ROOT / "inventories").glob(f".{as_made.name}.*")) == []
    assert others <= {one.id for one in engine.containers.list(all=True)}


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not so within {seconds} s"
        time.sleep(0.3)
