"""Settings of base, Docker, upgrades and alerts: what is refused, and what hosts are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from deploys.base.data_volumes import data_volumes
from operations.machine import difference, sysctl_file
from sams.adapters.alerts import PasswordFileUnusable, alerts_document
from sams.core.settings import Alerts, Base, Docker, Settings, UnattendedUpgrades

SYSCTLS = {"vm.overcommit_memory": "1"}
MAIL = {"host": "smtp.example.org", "from": "alerts@example.org", "to": ["admin@example.org"]}


@pytest.mark.parametrize(
    ("section", "values", "said"),
    [
        (Base, {"time_zone": "Europe/Wien"}, "not a time zone"),
        (Base, {"volumes": {"mail1": [{"device": "sdb", "mount_point": "/srv/mail"}]}}, "not the path of a device"),
        (Base, {"volumes": {"mail1": [{"device": "/dev/sdb", "mount_point": "/var"}]}}, "no place for a data volume"),
        (Base, {"firewall": {"ports": [{"port": 70000, "service": "x"}]}}, "less than or equal to 65535"),
        (Docker, {"fingerprint": "9DC8"}, "not a fingerprint"),
        (Docker, {"repository": "ftp://example.org"}, "not an address"),
        (UnattendedUpgrades, {"at": "3:30"}, "not a time of day"),
        (UnattendedUpgrades, {"excluded": ["bad name"]}, "not the name of a package"),
        (UnattendedUpgrades, {"origins": ['x";']}, "not a pattern"),
        (Alerts, {"smtp": {**MAIL, "user": "alerts"}}, "half a login"),
        (Alerts, {"smtp": {**MAIL, "user": "a", "password_file": "/x", "security": "none"}}, "password in clear"),
        (Alerts, {"smtp": {**MAIL, "to": ["nobody"]}}, "not a mail address"),
        (Alerts, {"webhook": "chat.example.org"}, "not an address"),
    ],
)
def test_a_wrong_setting_is_refused_with_a_sentence(section: Any, values: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        section.model_validate(values)


def test_a_fingerprint_may_be_written_as_it_is_printed() -> None:
    assert Docker(fingerprint="9dc8 5822 9fc7 dd38 854a  e2d8 8d81 803c 0ebf cd88").fingerprint == Docker().fingerprint


def test_hosts_learn_the_password_from_its_file_and_it_is_not_printed(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("open sesame\n")
    file.chmod(0o600)
    document = alerts_document(Alerts.model_validate({"smtp": {**MAIL, "user": "a", "password_file": str(file)}}))
    assert "sesame" not in f"{document} {document!r}"
    told = json.loads(document.reveal())
    assert told["smtp"]["password"] == "open sesame"
    assert told["smtp"]["from"] == "alerts@example.org"
    assert "password_file" not in told["smtp"]


@pytest.mark.parametrize(
    ("content", "mode", "said"), [(None, 0, "no such file"), ("x", 0o644, "readable by others"), ("\n", 0o600, "is empty")]
)
def test_a_password_file_that_cannot_be_used_is_named(tmp_path: Path, content: str | None, mode: int, said: str) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_text(content)
        file.chmod(mode)
    alerts = Alerts.model_validate({"smtp": {**MAIL, "user": "a", "password_file": str(file)}})
    with pytest.raises(PasswordFileUnusable, match=said):
        alerts_document(alerts)


def machine(**values: Any) -> dict[str, Any]:
    """A machine on which everything is right."""
    right = {"container": "none", "time_zone": "Etc/UTC", "clock": "chrony.service", "swaps": ["/swapfile"], "sysctls": SYSCTLS}
    return {**right, "sysctl_file": sysctl_file(SYSCTLS), **values}


def test_a_machine_on_which_everything_is_right_is_left_alone() -> None:
    assert difference(machine(), "Etc/UTC", SYSCTLS, 1024) == {}


@pytest.mark.parametrize(
    ("seen", "wanted"),
    [
        ({"time_zone": "Europe/Vienna"}, {"time_zone": "Etc/UTC"}),
        ({"swaps": []}, {"swap_mib": 1024}),
        ({"clock": ""}, {"clock": True}),
        ({"sysctls": {"vm.overcommit_memory": "0"}}, {"sysctl_file": sysctl_file(SYSCTLS)}),
        ({"sysctl_file": ""}, {"sysctl_file": sysctl_file(SYSCTLS)}),
    ],
)
def test_what_is_wrong_is_set_and_nothing_else(seen: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert difference(machine(**seen), "Etc/UTC", SYSCTLS, 1024) == wanted


def test_a_container_gets_its_time_zone_and_keeps_its_machines_kernel_swap_and_clock() -> None:
    wrong = machine(container="docker", time_zone="x", swaps=[], clock="", sysctls={"vm.overcommit_memory": "0"}, sysctl_file="")
    assert difference(wrong, "Etc/UTC", SYSCTLS, 1024) == {"time_zone": "Etc/UTC"}


def environment(provider: str, **base: Any) -> Settings:
    """An environment with one mail host, which has a data volume where the provider makes it."""
    shape = {"address": "203.0.113.7"} if provider == "given" else {"data_volume": {"mount": "/srv/data"}}
    machines = {"provider": provider, "hosts": {"mail1": {"groups": ["mailservers"], "fqdn": "mail.example.org", **shape}}}
    return Settings.model_validate({"version": 1, "machines": machines, "base": base})


def test_a_volume_that_the_cloud_attaches_is_mounted_and_one_that_docker_mounts_is_not() -> None:
    oci = [{"device": "/dev/oracleoci/oraclevdb", "mount_point": "/srv/data", "file_system": "ext4"}]
    assert data_volumes(environment("oci"), "mail1") == oci
    assert data_volumes(environment("docker"), "mail1") == []


def test_volumes_of_the_settings_belong_to_their_host() -> None:
    volume = {"device": "/dev/sdb", "mount_point": "/srv/mail", "file_system": "xfs"}
    assert data_volumes(environment("given", volumes={"mail1": [volume]}), "mail1") == [volume]
