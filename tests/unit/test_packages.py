"""What dpkg says, understood."""

from __future__ import annotations

from facts.packages import Packages, PackageState
from sams.core.ports import PORTS, ports_of

OUTPUT = ["curl 7.88.1-10 ii ", "gone 1.0 rc ", "half 2.0 iF ", "::", "docker.io", "::", ""]


def test_only_fully_installed_packages_count_as_installed() -> None:
    assert Packages().process(OUTPUT) == PackageState({"curl": "7.88.1-10"}, ("docker.io",), False)


def test_what_a_killed_run_left_half_configured_is_seen() -> None:
    assert Packages().process([*OUTPUT[:-1], "The following packages are only half configured:"]).unfinished


def test_a_host_of_both_groups_opens_the_ports_of_both_once() -> None:
    numbers = [port.number for port in ports_of(["mailservers", "auxiliary"])]
    assert numbers == sorted({port.number for port in PORTS})
