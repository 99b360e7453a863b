"""Errors of input files: every mistake at once, each with its place, what was expected, what was seen and what to do."""

from __future__ import annotations

from typing import Literal

import pytest
from pydantic import Field, model_validator

from sams.core import schema
from sams.core.errors import InputError, Problem
from sams.core.names import DomainName
from sams.core.reference_page import page
from sams.core.settings.model import Section
from sams.core.strict_yaml import parse
from sams.core.units import Size
from sams.core.validation import plain, validated


class Oven(Section):
    """An oven."""

    heat: int = Field(default=200, ge=50, le=300, description="Heat in degrees.")
    fan: bool = Field(default=False, description="Whether the fan runs.")
    door: Literal["open", "shut"] = Field(default="shut", description="The door.")


class Bakery(Section):
    """A bakery."""

    name: str = Field(description="Its name.", examples=["Corner"])
    site: DomainName | None = Field(default=None, description="Its site.")
    flour: Size = Field(default=5 * 2**30, description="Flour.")
    oven: Oven = Field(default=Oven(heat=220), description="The first oven.")
    ovens: dict[str, Oven] = Field(default={}, description="More ovens.")
    breads: tuple[str, ...] = Field(default=(), min_length=0, max_length=2, description="What is baked.", examples=[["rye"]])

    @model_validator(mode="after")
    def _rye_needs_heat(self) -> Bakery:
        if "rye" in self.breads and self.oven.heat < 220:
            raise ValueError("rye needs 220 degrees\nRaise oven.heat.")
        return self


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        validated(Bakery, parse(text, "bakery.yml"))
    return caught.value.problems


def test_a_right_file_becomes_its_model() -> None:
    bakery = validated(Bakery, parse("name: Corner\nflour: 2GiB\novens: {second: {heat: 250}}\nbreads: [rye]", "bakery.yml"))
    assert (bakery.name, bakery.flour, bakery.ovens["second"].heat, bakery.breads) == ("Corner", 2 * 2**30, 250, ("rye",))


def test_a_section_whose_keys_are_all_commented_out_means_its_defaults() -> None:
    assert validated(Bakery, parse("name: Corner\noven:\n  #heat: 250\n", "bakery.yml")).oven.heat == 200


def test_an_unknown_key_is_told_with_the_nearest_known_one() -> None:
    [problem] = problems("name: Corner\novens:\n  second:\n    haet: 250\n")
    assert problem == Problem(
        file="bakery.yml",
        line=4,
        column=5,
        key="ovens.second.haet",
        message="unknown key",
        expected="one of heat, fan, door",
        seen="haet",
        nearest="heat",
        remedy='Write "heat", or remove the key.',
    )


def test_a_missing_key_is_told_with_an_example() -> None:
    [problem] = problems("flour: 2GiB\n")
    assert (problem.key, problem.message, problem.expected) == ("name", "is missing", "Its name.")
    assert problem.remedy == 'Add it, for example "name: Corner".'


@pytest.mark.parametrize(
    ("text", "key", "message", "expected", "seen"),
    [
        ("oven: {heat: hot}", "oven.heat", "is of the wrong kind", "a whole number, 50 to 300", "hot"),
        ("oven: {heat: 20}", "oven.heat", "is too small", "a whole number, 50 to 300", "20"),
        ("oven: {heat: 900}", "oven.heat", "is too large", "a whole number, 50 to 300", "900"),
        ("oven: {heat: true}", "oven.heat", "is of the wrong kind", "a whole number, 50 to 300", "true"),
        ("oven: {fan: sometimes}", "oven.fan", "is of the wrong kind", "true or false", "sometimes"),
        ("oven: 5", "oven", "is of the wrong kind", "keys with values", "5"),
        ("ovens: [a]", "ovens", "is of the wrong kind", "names, each with keys with values", "[a]"),
        ("breads: rye", "breads", "is of the wrong kind", "a list of text, for example [rye]", "rye"),
        ("breads: [a, b, c]", "breads", "has too many entries", "a list of text, for example [rye]", "[a, b, c]"),
        ("flour: 5G", "flour", "is not a size", "", "5G"),
        ("site: Corner.example", "site", "has capital letters", "", "Corner.example"),
        ("site: corner", "site", "is no full domain name", "", "corner"),
    ],
)
def test_a_wrong_value_is_told_with_what_was_expected(text: str, key: str, message: str, expected: str, seen: str) -> None:
    [problem] = problems(f"name: Corner\n{text}\n")
    assert (problem.key, problem.message, problem.expected, problem.seen) == (key, message, expected, seen)
    assert problem.line == 2


def test_a_wrong_choice_is_told_with_the_nearest_right_one() -> None:
    [problem] = problems("name: Corner\noven: {door: opne}\n")
    assert (problem.message, problem.expected, problem.nearest) == ("is not allowed", "one of open, shut", "open")


def test_a_number_where_text_belongs_keeps_its_writing_in_the_remedy() -> None:
    [problem] = problems("name: 1.10\n")
    assert (problem.seen, problem.remedy) == ("1.10", 'Put quotes around it: "1.10".')


def test_a_rule_between_keys_tells_what_to_do() -> None:
    [problem] = problems("name: Corner\nbreads: [rye]\noven: {heat: 200}\n")
    assert (problem.message, problem.remedy) == ("rye needs 220 degrees", "Raise oven.heat.")


def test_a_placeholder_is_refused_by_name_and_hides_what_it_breaks() -> None:
    [problem] = problems("name: Corner\nsite: <the bakery's site>\n")
    assert (problem.key, problem.message, problem.seen) == ("site", "still has its placeholder", "<the bakery's site>")


def test_all_mistakes_are_told_in_the_order_of_the_file() -> None:
    found = problems("nmae: Corner\noven: {heat: 20, door: ajar}\nflour: 1\nbreads: [a, b, c]\n")
    assert [problem.key for problem in found] == ["name", "nmae", "oven.heat", "oven.door", "breads"]


def test_a_problem_prints_its_place_first_and_one_line_for_each_part() -> None:
    [problem] = problems("name: Corner\noven: {door: opne}\n")
    assert str(problem).splitlines() == [
        "bakery.yml:2:8: oven.door: is not allowed",
        "    expected  one of open, shut",
        "    seen      opne",
        "    nearest   open",
    ]
    assert problem.as_dict()["line"] == 2


@pytest.mark.parametrize("text", ["- a", "5", "text", ""])
def test_a_file_that_is_no_mapping_is_refused(text: str) -> None:
    assert problems(text)


def test_the_reference_page_shows_types_defaults_and_meaning() -> None:
    lines = page(schema.of(Bakery)).splitlines()
    assert "| `name` | text | **required** | Its name. Example: `Corner`. |" in lines
    assert "| `flour` | a size (5GiB) | `5GiB` | Flour. |" in lines
    assert "| `oven.heat` | a whole number, 50 to 300 | `220` | Heat in degrees. |" in lines
    assert "| `ovens.NAME.door` | one of open, shut | `shut` | The door. |" in lines


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (None, "null"), ("5", '"5"'), ("rye", "rye"), ({"a": ["b", 1]}, "{a: [b, 1]}"), ("off", '"off"')],
)
def test_a_value_is_shown_as_it_would_be_written(value: object, text: str) -> None:
    assert plain(value) == text
    assert parse(f"key: {text}", "file.yml").data == {"key": value}
