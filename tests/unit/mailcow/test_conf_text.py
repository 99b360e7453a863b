"""mailcow.conf as text: what is known is brought to its value, everything else stays."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sams.remote.mailcow_conf import converge, parse

KEYS = st.text(string.ascii_uppercase + "_", min_size=1, max_size=6)
VALUES = st.text(string.ascii_letters + string.digits + ".:,-", max_size=8)
LINES = st.one_of(
    st.builds("{}={}".format, KEYS, VALUES),
    st.builds("#{}={}".format, KEYS, VALUES),
    st.sampled_from(["", "# a comment", "# ------", "#KEY without sign"]),
)


def test_a_value_changes_in_its_place() -> None:
    assert converge("A=1\nB=2\nC=3\n", {"B": "9"}) == "A=1\nB=9\nC=3\n"


def test_a_commented_key_takes_the_place_of_its_comment() -> None:
    assert converge("A=1\n#API_KEY=\nC=3\n", {"API_KEY": "xyz"}) == "A=1\nAPI_KEY=xyz\nC=3\n"


def test_a_new_key_is_added_at_the_end() -> None:
    assert converge("A=1", {"B": "2"}) == "A=1\nB=2\n"


def test_doubles_of_a_key_go_when_it_changes() -> None:
    assert converge("A=1\nB=2\nA=3\n", {"A": "4"}) == "B=2\nA=4\n"


def test_the_last_assignment_is_the_one_in_force() -> None:
    assert parse("A=1\nA=2\n") == {"A": "2"}


def test_quotes_around_a_value_do_not_count_as_a_difference() -> None:
    text = "A='1'\nB=\"two\"\n"
    assert converge(text, {"A": "1", "B": "two"}) == text


@pytest.mark.parametrize("value", ["a b", "a'b", 'a"b', "$(id)", "`id`", "a\nb", "a\\b", "a#b", "a&b"])
def test_a_value_that_compose_and_shell_read_differently_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="KEY may hold"):
        converge("KEY=1\n", {"KEY": value})


@given(st.lists(LINES), st.dictionaries(KEYS, VALUES))
def test_any_file_gets_the_wanted_values_and_keeps_the_others(lines: list[str], wanted: dict[str, str]) -> None:
    before = "\n".join(lines)
    after = converge(before, wanted)
    assert parse(after) == {**parse(before), **wanted}
    assert converge(after, wanted) == after
    known = {*parse(before), *wanted}
    kept = [line for line in before.splitlines() if line.lstrip("# ").partition("=")[0] not in known]
    assert [line for line in kept if line not in after.splitlines()] == []
