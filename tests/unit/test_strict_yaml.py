"""The strict YAML loader: what it reads, what it refuses, and where it says a mistake is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sams.core import strict_yaml
from sams.core.errors import InputError, Problem
from sams.core.strict_yaml import dotted, is_more_than_text, load, nearest, parse


def data(text: str) -> Any:
    return parse(text, "file.yml").data


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        parse(text, "file.yml")
    return caught.value.problems


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("5", 5),
        ("-5", -5),
        ("1.5", 1.5),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0123", "0123"),
        ("0x1F", "0x1F"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("1e3", "1e3"),
        ("2026-11-01", "2026-11-01"),
        ("172.22.1", "172.22.1"),
        ('"5"', "5"),
        ("'yes'", "yes"),
        ("|\n  5", "5"),
        ("9" * 20, "9" * 20),
    ],
)
def test_a_scalar_is_read_as_it_looks(written: str, read: object) -> None:
    value = data(f"key: {written}")["key"]
    assert (value, type(value)) == (read, type(read))


@pytest.mark.parametrize("word", ["yes", "No", "ON", "off"])
def test_a_word_that_two_versions_of_yaml_read_differently_is_refused(word: str) -> None:
    [problem] = problems(f"key: {word}")
    assert (problem.key, problem.seen, problem.line, problem.column) == ("key", word, 1, 6)
    assert is_more_than_text(word)


def test_keys_are_always_text() -> None:
    assert data("1: a\ntrue: b\nno: c\n2026-11-01: d") == {"1": "a", "true": "b", "no": "c", "2026-11-01": "d"}


def test_every_value_keeps_its_line_and_column() -> None:
    document = parse("top:\n  list:\n    - a\n    - {b: 1}\n", "file.yml")
    places = {
        path: (document.find(path)[1].line, document.find(path)[1].column)
        for path in [("top",), ("top", "list"), ("top", "list", 1), ("top", "list", 1, "b")]
    }
    assert places == {("top",): (1, 1), ("top", "list"): (2, 3), ("top", "list", 1): (4, 7), ("top", "list", 1, "b"): (4, 8)}


def test_a_path_that_the_file_does_not_have_is_placed_at_the_nearest_key_above() -> None:
    document = parse("a:\n  b: 1\n", "file.yml")
    problem = document.problem(("a", "c"), "is missing")
    assert (problem.line, problem.column, problem.key) == (1, 1, "a.c")


@pytest.mark.parametrize(
    ("text", "key", "message"),
    [
        ("a: &x 1", "a", "anchors are not used here"),
        ("a: *x", "a", "aliases are not used here"),
        ("a: !!str 1", "a", "tags are not used here"),
        ("a: !python/object:os.system {}", "a", "tags are not used here"),
        ("! a: 1", "", "tags are not used here"),
        ("a: 1\nb: 2\na: 3", "a", "stands twice (first in line 1)"),
        ("a: 1\n---\nb: 1", "", "a second document starts here"),
        ("? [a]\n: 1", "", "is not YAML"),
        ("a: [1", "", "is not YAML"),
        ("a:\n\t- b", "", "is not YAML"),
        ("a: b: c", "", "is not YAML"),
        ("a: \x07", "", "is not YAML"),
        ("[" * 40 + "]" * 40, "", "is not YAML"),
    ],
)
def test_what_surprises_people_is_refused(text: str, key: str, message: str) -> None:
    assert (key, message) in {(problem.key, problem.message) for problem in problems(text)}


def test_all_refusals_of_a_file_are_told_at_once_in_its_order() -> None:
    found = problems("a: &x 1\nb: *x\nc: !!str 1\na: 2\nd: yes\n")
    assert [problem.line for problem in found] == [1, 2, 3, 4, 5]


def test_an_alias_bomb_does_not_grow() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    assert len(problems("\n".join(lines))) == 9 + 9 * 8


def test_a_huge_file_is_refused_before_it_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strict_yaml, "LARGEST", 10)
    [problem] = problems("a: 12345678")
    assert problem.message == "is too large"


def test_a_missing_file_and_one_that_is_not_utf8_are_told_by_name(tmp_path: Path) -> None:
    (tmp_path / "latin.yml").write_bytes(b"name: Caf\xe9")
    for name, message in (("none.yml", "cannot be read: No such file or directory"), ("latin.yml", "is not UTF-8 (byte 9)")):
        with pytest.raises(InputError) as caught:
            load(tmp_path / name)
        assert f"{tmp_path / name}:1:1: {message}" in str(caught.value)


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    (tmp_path / "bom.yml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert load(tmp_path / "bom.yml").data == {"a": 1}


def test_a_path_of_keys_is_written_with_dots_and_indexes() -> None:
    assert dotted(("machines", "hosts", "mail1", "groups", 0)) == "machines.hosts.mail1.groups[0]"


def test_the_nearest_word_is_found_only_when_it_is_near() -> None:
    assert nearest("grups", ["groups", "fqdn"]) == "groups"
    assert nearest("colour", ["groups", "fqdn"]) == ""


@given(st.text())
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    refused: tuple[Problem, ...] = ()
    try:
        parse(text, "file.yml")
    except InputError as error:
        refused = error.problems
    assert all(problem.line >= 1 and problem.column >= 1 and problem.message for problem in refused)


TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(st.characters(codec="ascii", categories=["L", "N", "P"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
    max_leaves=10,
)


@given(TREES)
def test_what_json_says_is_read_as_json_means_it(tree: object) -> None:
    """JSON is YAML: quoted text stays text, numbers stay numbers."""
    assert data(json.dumps({"tree": tree})) == {"tree": tree}
