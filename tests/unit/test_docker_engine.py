"""Which Docker a host may get, and how it is set up."""

from __future__ import annotations

import json

import pytest

from facts.docker_engine import Containers, Engine, EngineState
from sams.core import docker_engine
from sams.core.settings import Docker


def test_debian_12_cannot_take_its_own_packages_and_is_told_which_setting_helps() -> None:
    why = docker_engine.refusal("distribution", "debian", "bookworm", [])
    assert "engine 20.10" in why
    assert "docker.packages: vendor" in why


@pytest.mark.parametrize(
    ("whose", "distribution", "codename"),
    [
        ("vendor", "debian", "bookworm"),
        ("distribution", "debian", "trixie"),
        ("distribution", "ubuntu", "noble"),
        ("vendor", "ubuntu", "jammy"),
    ],
)
def test_what_works_is_not_refused(whose: str, distribution: str, codename: str) -> None:
    assert docker_engine.refusal(whose, distribution, codename, []) == ""
    assert docker_engine.refusal(whose, distribution, codename, [whose]) == ""


def test_packages_of_the_other_source_are_not_replaced_behind_the_operators_back() -> None:
    why = docker_engine.refusal("vendor", "debian", "trixie", ["distribution"])
    assert "docker.packages: distribution" in why


def test_an_unknown_distribution_is_refused() -> None:
    assert "alpine" in docker_engine.refusal("vendor", "alpine", "3.20", [])


@pytest.mark.parametrize(
    ("engine", "compose", "said"),
    [
        ("26.1.5+dfsg1", "2.26.1-4", ""),
        ("24.0.0", "5.3.0", ""),
        ("20.10.24+dfsg1", "2.26.1", "seen 20.10.24+dfsg1"),
        ("", "2.26.1", "none that answers"),
        ("28.0.1", "", "seen none"),
        ("28.0.1", "1.29.2", "seen 1.29.2"),
    ],
)
def test_mailcow_accepts_engine_24_with_compose_2_and_nothing_less(engine: str, compose: str, said: str) -> None:
    why = docker_engine.shortcoming(engine, compose)
    assert (said in why) if said else not why


def test_held_are_the_engine_and_what_it_runs_on() -> None:
    assert docker_engine.held("distribution", "debian") == ("docker.io", "docker-cli", "docker-compose", "containerd", "runc")
    assert set(docker_engine.held("vendor", "ubuntu")) <= set(docker_engine.ENGINE_PACKAGES)


def test_container_logs_go_to_the_journal() -> None:
    options = json.loads(docker_engine.daemon(Docker()))
    assert options["log-driver"] == "journald"
    assert "ipv6" not in options


def test_ipv6_comes_with_its_filter() -> None:
    options = json.loads(docker_engine.daemon(Docker(ipv6=True, packages="distribution")))
    assert (options["ipv6"], options["ip6tables"], options["experimental"]) == (True, True, True)


def test_docker_waits_for_its_data_volumes() -> None:
    assert "RequiresMountsFor=/srv/mail /srv/more\n" in docker_engine.unit_drop_in(["/srv/mail", "/srv/more"])
    assert "RequiresMountsFor" not in docker_engine.unit_drop_in([])


def test_the_vendors_repository_is_trusted_for_one_key_only() -> None:
    assert docker_engine.source("https://example.test/linux", "debian", "trixie").splitlines()[1:] == [
        "Types: deb",
        "URIs: https://example.test/linux/debian",
        "Suites: trixie",
        "Components: stable",
        "Signed-By: /etc/apt/keyrings/docker.gpg",
    ]


def test_the_engine_fact_reads_versions_and_packages() -> None:
    output = ["package docker.io ii ", "package docker-ce un ", "engine 26.1.5+dfsg1", "compose 2.26.1-4"]
    assert Engine().process(output) == EngineState("26.1.5+dfsg1", "2.26.1-4", ("distribution",))


def test_an_engine_that_does_not_answer_has_no_version() -> None:
    assert Engine().process(["package docker.io ii", "compose "]) == EngineState("", "", ("distribution",))


def test_the_containers_fact_tells_image_and_state() -> None:
    row = '{"Names": "a", "Image": "b:1", "State": "running", "Status": "Up 2 hours (healthy)", "ID": "x"}'
    assert Containers().process([row]) == {"a": {"image": "b:1", "state": "running", "status": "Up 2 hours (healthy)"}}
