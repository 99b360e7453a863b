"""What goes into the images of test hosts, and how they are found again."""

from __future__ import annotations

import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import replace

import pytest

from provision.docker.images import bootstrap, machine_apt
from provision.docker.images.build import Recipe, context_of, tag_of
from provision.docker.images.machine_apt import carried_options, sources_for
from provision.report import ProvisionError

RECIPE = Recipe("base:trixie", {"Dockerfile": b"FROM x"}, {"PACKAGES": "systemd"})
TARGETS = [
    "http://deb.example.test/debian/ bookworm main",
    "http://deb.example.test/debian/ bookworm contrib",
    "http://deb.example.test/debian/ bookworm main",
    "http://deb.example.test/security/ bookworm-security main",
]


def test_sources_follow_the_machines_mirrors_to_another_suite() -> None:
    assert sources_for("trixie", TARGETS) == [
        "deb http://deb.example.test/debian/ trixie contrib main",
        "deb http://deb.example.test/security/ trixie-security main",
    ]


def test_no_source_is_invented_where_the_machine_has_none() -> None:
    assert sources_for("trixie", []) == []


def test_a_proxy_and_clock_checks_are_carried_along_and_nothing_else() -> None:
    dump = "\n".join(
        [
            'Acquire::http::Proxy "http://cache.example.test:3142";',
            'Acquire::Check-Date "false";',
            'Acquire::http::Proxy::login "secret";',
            'APT::Install-Recommends "false";',
            'Dir::Etc::netrc "auth.conf";',
        ]
    )
    assert carried_options(dump, {}) == ['Acquire::http::Proxy "http://cache.example.test:3142";', 'Acquire::Check-Date "false";']


def test_a_proxy_of_the_environment_counts_unless_apt_has_its_own() -> None:
    environment = {"http_proxy": "http://other.example.test:80", "https_proxy": "http://other.example.test:81"}
    assert carried_options('Acquire::http::Proxy "http://own.example.test";', environment) == [
        'Acquire::http::Proxy "http://own.example.test";',
        'Acquire::https::Proxy "http://other.example.test:81";',
    ]


def test_no_credentials_are_carried_along(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the two programs that tell of sources and options are asked; auth.conf is not read."""
    asked: list[str] = []

    def answer(*command: str) -> str:
        asked.append(command[0])
        return "http://deb.example.test/debian/ bookworm main\n" if command[0] == "apt-get" else ""

    monkeypatch.setattr(machine_apt, "_run", answer)
    configuration = machine_apt.apt_configuration("trixie")
    assert configuration.sources == "deb http://deb.example.test/debian/ trixie main\n"
    assert set(asked) == {"apt-config", "apt-get"}


def test_the_tag_changes_with_whatever_the_image_is_made_from() -> None:
    variants = [
        RECIPE,
        replace(RECIPE, files={"Dockerfile": b"FROM y"}),
        replace(RECIPE, files={"Other": b"FROM x"}),
        replace(RECIPE, arguments={"PACKAGES": "systemd dbus"}),
        replace(RECIPE, name="base:bookworm"),
    ]
    tags = {tag_of(recipe, "2026w47") for recipe in variants} | {tag_of(RECIPE, "2026w48")}
    assert len(tags) == 6
    assert tag_of(RECIPE, "2026w47") == tag_of(RECIPE, "2026w47")
    assert tag_of(RECIPE, "2026w47").startswith("sams/base:trixie-2026w47-")


def test_the_build_context_holds_the_files_at_their_paths() -> None:
    with tarfile.open(fileobj=context_of({"a/b": b"text", "Dockerfile": b"FROM x"})) as archive:
        assert archive.getnames() == ["Dockerfile", "a/b"]
        member = archive.extractfile("a/b")
        assert member is not None
        assert member.read() == b"text"


def test_what_a_deployment_should_install_is_not_in_the_images() -> None:
    from provision.docker.images import PACKAGES

    assert not {"docker.io", "fail2ban", "python3", "curl", "nftables", "unattended-upgrades", "git"} & set(PACKAGES)


def test_a_builder_that_fails_midway_leaves_no_half_image(monkeypatch: pytest.MonkeyPatch) -> None:
    """The archive stream itself breaks, so the engine cannot take what came before for a whole image."""
    monkeypatch.setattr(bootstrap, "command", lambda *_: ["sh", "-c", "echo half; echo 'E: no space' >&2; exit 3"])
    received: list[bytes] = []

    def take(_suite: str, archive: Iterator[bytes]) -> str:
        received.extend(archive)
        return "image"

    monkeypatch.setattr(bootstrap, "_import", take)
    with pytest.raises(ProvisionError, match=r"(?s)status 3.*no space"):
        bootstrap.bootstrap("trixie", "", (), lambda _line: None)
    assert received == [b"half\n"]


def test_the_builders_command_line_names_no_mirror() -> None:
    assert not [word for word in bootstrap.command("trixie", ("systemd",)) if "://" in word]
    assert subprocess.list2cmdline(bootstrap.command("trixie", ("systemd",))).endswith("trixie - -")
