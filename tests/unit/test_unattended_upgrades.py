"""What is upgraded, when, and what pending upgrades look like."""

from __future__ import annotations

import re

from facts.upgrades import HeldPackages, PendingUpgrades
from sams.core import unattended_upgrades as upgrades
from sams.core.docker_engine import ENGINE_PACKAGES
from sams.core.settings import UnattendedUpgrades

POLICY = upgrades.policy(UnattendedUpgrades(excluded=("linux-image-amd64", "libstdc++6"), origins=("origin=Example,suite=stable",)))


def entries(name: str) -> list[str]:
    """The values of one list."""
    found = re.search(rf"^Unattended-Upgrade::{name} {{\n(.*?)^}};", POLICY, re.DOTALL | re.MULTILINE)
    assert found
    return re.findall(r'"(.*)";', found.group(1))


def test_lists_of_the_distribution_are_emptied_before_ours_are_added() -> None:
    for name in ("Allowed-Origins", "Origins-Pattern", "Package-Blacklist"):
        assert POLICY.index(f"#clear Unattended-Upgrade::{name};") < POLICY.index(f"Unattended-Upgrade::{name} {{")


def test_the_engine_and_what_the_operator_names_are_left_alone_by_whole_names() -> None:
    patterns = [re.compile(entry) for entry in entries("Package-Blacklist")]

    def left_alone(package: str) -> bool:
        return any(pattern.match(package) for pattern in patterns)

    assert all(left_alone(package) for package in (*ENGINE_PACKAGES, "linux-image-amd64", "libstdc++6"))
    assert not any(left_alone(package) for package in ("docker-ce-other", "runc-dev", "openssl", "libstdcxx6"))


def test_further_origins_are_added_to_the_security_archives() -> None:
    assert entries("Origins-Pattern") == [*upgrades.ORIGINS, "origin=Example,suite=stable"]


def test_nothing_reboots_by_itself_unless_it_is_told_when() -> None:
    assert 'Automatic-Reboot "false";' in POLICY
    assert "Automatic-Reboot-Time" not in POLICY
    told = upgrades.policy(UnattendedUpgrades(reboot_at="04:45"))
    assert 'Automatic-Reboot "true";' in told
    assert 'Automatic-Reboot-Time "04:45";' in told


def test_ubuntu_does_not_restart_docker_after_an_upgrade_of_its_libraries() -> None:
    assert "$nrconf{override_rc}->{qr(^(docker|containerd)\\.service$)} = 0;" in upgrades.no_restart()


def test_no_mail_program_is_needed() -> None:
    assert 'Unattended-Upgrade::Mail "";' in POLICY


def test_lists_are_fetched_before_the_window_opens() -> None:
    wanted = UnattendedUpgrades(at="01:15", spread_minutes=30)
    assert "OnCalendar=*-*-* 23:15\nRandomizedDelaySec=90min" in upgrades.lists_timer(wanted)
    assert "OnCalendar=\nOnCalendar=*-*-* 01:15\nRandomizedDelaySec=30min" in upgrades.upgrade_timer(wanted)


def test_pending_upgrades_tell_security_from_the_rest() -> None:
    output = [
        "Inst openssl [3.0.1-1] (3.0.2-1 Debian-Security:12/stable-security [amd64])",
        "Inst base-files [12.4] (12.5 Debian:12.5/stable [amd64]) []",
        "Inst new-package (1.0 Debian:12.5/stable [amd64])",
    ]
    assert PendingUpgrades().process(output) == {
        "openssl": {"installed": "3.0.1-1", "available": "3.0.2-1", "security": True},
        "base-files": {"installed": "12.4", "available": "12.5", "security": False},
    }


def test_held_packages_are_listed_in_order() -> None:
    assert HeldPackages().process(["runc", "docker.io"]) == ["docker.io", "runc"]
