"""The section machines of the settings: what fits together and what does not."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from provision.desired import data_volumes_of, machines_of
from provision.docker.labels import SPEC, labels_of, resource_of
from provision.model import DataVolume, Machine, Network
from sams.core.settings.machines import Machines


def machines(provider: str = "docker", host: dict[str, Any] | None = None, **more: Any) -> Machines:
    first = {"groups": ["mailservers"], "fqdn": "mail.example.test", **(host or {})}
    return Machines.model_validate({"provider": provider, "hosts": {"mail1": first}, **more})


def test_the_settings_become_machines_with_open_choices() -> None:
    [machine] = machines_of(machines(), "trixie")
    assert machine == Machine("mail1", ("mailservers",), "mail.example.test", release="trixie", user="ops")


def test_a_data_volume_is_a_resource_of_its_own_and_a_mount_of_its_machine() -> None:
    settings = machines(host={"data_volume": {"size_gib": 80, "mount": "/srv/mail"}})
    assert data_volumes_of(settings) == (DataVolume("mail1-data", "mail1", 80),)
    assert machines_of(settings, None)[0].mounts == ("/srv/mail",)


@pytest.mark.parametrize("name", ["Mail1", "mail_1", "-mail", "1mail", "mail."])
def test_a_machine_is_named_as_a_label_of_dns(name: str) -> None:
    with pytest.raises(ValidationError):
        Machines.model_validate({"provider": "docker", "hosts": {name: {"groups": ["mailservers"], "fqdn": "mail.example.test"}}})


@pytest.mark.parametrize("fqdn", ["mail", "mail.example.test.", "mail..test", "Mail.example.test", "mail.example.1", "a b.example.test"])
def test_a_full_name_is_a_full_name(fqdn: str) -> None:
    with pytest.raises(ValidationError):
        machines(host={"fqdn": fqdn})


def test_two_hosts_share_neither_name_nor_address() -> None:
    twin = {"groups": ["auxiliary"], "fqdn": "mail.example.test"}
    first = {"groups": ["mailservers"], "fqdn": "mail.example.test"}
    with pytest.raises(ValidationError, match=r"mail\.example\.test is given to two hosts"):
        Machines.model_validate({"provider": "docker", "hosts": {"mail1": first, "aux1": twin}})


@pytest.mark.parametrize("address", ["10.0.0.11", "172.31.77.0", "172.31.77.1", "172.31.77.128", "172.31.77.255"])
def test_an_address_of_a_test_host_lies_where_the_engine_gives_none_away(address: str) -> None:
    with pytest.raises(ValidationError, match="not a host's address"):
        machines(host={"address": address})


def test_a_test_network_has_room() -> None:
    with pytest.raises(ValidationError, match="too few addresses"):
        machines(docker={"subnet": "172.31.77.0/28"})


def test_a_given_host_needs_an_address_and_takes_no_shape() -> None:
    with pytest.raises(ValidationError, match="has no address"):
        machines("given")
    with pytest.raises(ValidationError, match="its memory_gib is not chosen here"):
        machines("given", {"address": "203.0.113.7", "memory_gib": 6})
    assert machines("given", {"address": "203.0.113.7"}).hosts["mail1"].release is None


def test_labels_tell_a_resource_back() -> None:
    machine = Machine("mail1", ("mailservers", "auxiliary"), "mail.example.test", release="trixie", user="ops", mounts=("/srv",))
    assert resource_of(Machine, labels_of("club", machine)) == machine
    assert resource_of(Machine, labels_of("club", machine), address="172.31.0.11").address == "172.31.0.11"


def test_labels_of_another_version_are_understood_as_far_as_they_go() -> None:
    labels = {SPEC: '{"name": "sams-club", "ipv4_range": "172.31.0.0/24", "of_tomorrow": 1}'}
    assert resource_of(Network, labels) == Network("sams-club", "172.31.0.0/24")
