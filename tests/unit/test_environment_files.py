"""The environment files that come with the project: docker.yml works as it is, prod.yml is complete and says what to fill in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sams.core import schema
from sams.core.errors import InputError
from sams.core.settings import Settings
from sams.core.settings.load import load
from sams.core.strict_yaml import Node, parse
from sams.core.validation import validated

INVENTORIES = Path(__file__).resolve().parents[2] / "inventories"
PROD = (INVENTORIES / "prod.yml").read_text(encoding="utf-8")
#: What an operator might fill in, by what the placeholder asks for.
ANSWERS = {
    "full name of the mail host": "mail.club.org",
    "full name of the auxiliary host": "vault.club.org",
    "your office": "198.51.100.0/28",
    "mail server that takes alerts": "smtp.club.net",
    "sender of alerts": "alerts@club.org",
    "who is told": "admin@club.net",
}


def answered(match: re.Match[str]) -> str:
    return next((answer for question, answer in ANSWERS.items() if question in match[0]), "answer")


def uncommented(text: str) -> str:
    """The file with every "#key: value" line put to use."""
    return re.sub(r"(?m)^(\s*)#(?=[a-z_0-9]+:|- )", r"\1", text)


def key_paths(part: schema.Schema, root: schema.Schema, path: str = "") -> Iterator[str]:
    """Every key of a schema; names that an operator chooses are a star."""
    for form in schema.alternatives(part, root):
        for key, inner in form.get("properties", {}).items():
            yield f"{path}.{key}"
            yield from key_paths(inner, root, f"{path}.{key}")
        if (members := schema.members(form)) is not None:
            yield from key_paths(members, root, f"{path}.*")


def written_paths(node: Node, part: schema.Schema, root: schema.Schema, path: str = "") -> Iterator[str]:
    """Every key of a file, written the same way."""
    named = {key for form in schema.alternatives(part, root) for key in form.get("properties", {})}
    for key, child in node.children.items():
        below = f"{path}.{key}" if key in named else f"{path}.*"
        yield below
        yield from written_paths(child, next(schema.below(part, key, root), {}), root, below)


def test_the_docker_environment_works_as_it_is() -> None:
    settings = load(INVENTORIES / "docker.yml")
    assert settings.machines.provider == "docker"
    assert {group for host in settings.machines.hosts.values() for group in host.groups} == {"mailservers", "auxiliary"}


def test_the_example_for_production_is_refused_until_every_placeholder_is_replaced() -> None:
    with pytest.raises(InputError) as caught:
        validated(Settings, parse(PROD, "prod.yml"))
    assert {problem.message for problem in caught.value.problems} == {"still has its placeholder"}
    placeholders = [number for number, line in enumerate(PROD.splitlines(), 1) if re.search(r"[:-] <[^>]+>", line)]
    assert [problem.line for problem in caught.value.problems] == placeholders


def test_the_example_for_production_is_right_once_they_are_replaced() -> None:
    settings = validated(Settings, parse(re.sub(r"<[^>\n]+>", answered, PROD), "prod.yml"))
    assert settings.machines.hosts["mail1"].fqdn == "mail.club.org"


def test_the_example_for_production_shows_every_setting_there_is() -> None:
    root = schema.of(Settings)
    shown = set(written_paths(parse(uncommented(PROD), "prod.yml").root, root, root))
    missing = sorted(set(key_paths(root, root)) - shown)
    assert not missing, f"inventories/prod.yml does not show {missing}"


def test_the_example_for_production_shows_the_defaults_as_they_are() -> None:
    """A commented line "#key: value" of a scalar with a default shows that default, unless it shows an alternative after a none."""
    root = schema.of(Settings)
    document = parse(uncommented(PROD), "prod.yml")
    commented = {number for number, line in enumerate(PROD.splitlines(), 1) if re.match(r"\s*#[a-z_0-9]+:", line)}
    wrong = []
    for path, node in leaves(document.root):
        default = schema.at(root, path).get("default")
        if node.line in commented and default is not None and not node.children and node.value != default:
            wrong.append(f"{path}: {node.value} instead of {default}")
    assert not wrong


def leaves(node: Node, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Node]]:
    if not node.children:
        yield path, node
    for key, child in node.children.items():
        yield from leaves(child, (*path, key))
