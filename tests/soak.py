"""``make soak``: the long series whole: a death before every command of a first deployment, each on fresh hosts; every test marked soak.

Takes hours; `--points N` draws so many deaths (SAMS_SEED repeats a draw). Writes build/soak.json after each, and build/soak.md.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from xml.etree import ElementTree

import click

from sams.adapters import hosts_file
from tests.harness.end_state import differences, end_state
from tests.harness.environment import Environment
from tests.harness.killing import Commands, delicate_points, dice, killed_and_repaired, seed
from tests.harness.own_environment import derived, own_environment
from tests.harness.processes import ROOT, run
from tests.harness.site import Site, people, services
from tests.harness.witness import Kill

NAME, NETWORK = "dev-soak", 143
BUILD = ROOT / "build"
TESTS_PATIENCE = 6 * 3600.0


@dataclass(frozen=True)
class Row:
    """One thing that was tried: what, how long it took in seconds, and what was wrong with its end; nothing when it was right."""

    what: str
    seconds: float
    wrong: list[str]


@dataclass
class Report:
    """Everything so far."""

    seed: int
    commit: str
    begun: str
    kills: list[Row] = field(default_factory=list)
    tests: list[Row] = field(default_factory=list)

    @property
    def rows(self) -> list[Row]:
        """Kills and tests."""
        return [*self.kills, *self.tests]

    def write(self) -> None:
        """As JSON for programs and as a page for people."""
        BUILD.mkdir(exist_ok=True)
        (BUILD / "soak.json").write_text(json.dumps(asdict(self), indent=1) + "\n")
        (BUILD / "soak.md").write_text(self.page())

    def page(self) -> str:
        """What went wrong first, then everything."""
        wrong = [row for row in self.rows if row.wrong]
        lines = [
            f"# Soak of {self.begun}",
            "",
            f"Commit {self.commit}, SAMS_SEED={self.seed}: {len(self.rows)} tried, {len(wrong)} wrong.",
            "",
        ]
        for row in wrong:
            lines += [f"## {row.what}", "", *(f"    {line}" for text in row.wrong for line in text.splitlines()), ""]
        return "\n".join([*lines, "| what | seconds | end |", "|---|---|---|", *map(line_of, self.rows), ""])


def line_of(row: Row) -> str:
    """A line of the page's table."""
    what = row.what.replace("|", ":")  # a bar would end the cell
    return f"| {what} | {row.seconds:.0f} | {'wrong' if row.wrong else 'as without'} |"


def on_fresh_hosts(act: Callable[[Environment], None]) -> dict[str, object]:
    """The state of a site after something was done on fresh hosts."""
    with own_environment(NAME, derived(NAME, NETWORK), mailcow=True) as environment:
        act(environment)
        return end_state(Site(environment), hosts_file.read(NAME))


def uninterrupted() -> tuple[dict[str, object], Commands]:
    """The end of a deployment that nobody killed, and its commands."""
    seen: list[Commands] = []
    return on_fresh_hosts(lambda environment: seen.append(Commands.of(services(environment), people(environment)))), seen[0]


def tried(kill: Kill, expected: dict[str, object]) -> Row:
    """One death on fresh hosts, repaired, and compared with the end of a deployment without it."""
    started = time.monotonic()
    try:
        wrong = differences(expected, on_fresh_hosts(lambda environment: killed_and_repaired(environment, kill)))
    except AssertionError as error:
        wrong = [str(error)]
    return Row(str(kill), round(time.monotonic() - started), wrong)


def points(commands: Commands, number: int | None, draw: random.Random) -> list[Kill]:
    """Every point and the middle of the delicate operations, or so many of them."""
    every = [*commands.every_point(), *(kill for kill in delicate_points(commands, draw) if kill.after)]
    return every if number is None else draw.sample(every, number)


def marked_tests() -> list[Row]:
    """Every test marked soak."""
    target = BUILD / "soak-tests.xml"
    run("pytest", "-m", "soak", f"--junitxml={target}", timeout=TESTS_PATIENCE).expect(0, 1)
    return [row_of(case) for case in ElementTree.parse(target).iter("testcase")]  # noqa: S314 # written by pytest a moment ago


def row_of(case: ElementTree.Element) -> Row:
    """A test's result."""
    wrong = [found.get("message", "") + "\n" + (found.text or "") for kind in ("failure", "error") for found in case.iter(kind)]
    return Row(f"{case.get('classname')}: {case.get('name')}", float(case.get("time", "0")), wrong)


@click.command(help=__doc__)
@click.option("--points", "number", type=int, help="How many deaths to draw; without it, every one there is.")
@click.option("--tests/--no-tests", default=True, help="Whether the tests marked soak run too.")
def main(number: int | None, tests: bool) -> None:
    """Try everything, write it down as it comes, and end with 1 when something was wrong."""
    commit = run("git", "rev-parse", "--short", "HEAD").expect().output.strip()
    report = Report(seed(), commit, datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"))
    click.echo(f"SAMS_SEED={report.seed}")
    expected, commands = uninterrupted()
    for kill in points(commands, number, dice(report.seed)):
        report.kills.append(tried(kill, expected))
        report.write()
        show(report.kills[-1:])
    report.tests += marked_tests() if tests else []
    report.write()
    show(report.tests)
    sys.exit(1 if any(row.wrong for row in report.rows) else 0)


def show(rows: Sequence[Row]) -> None:
    """One line each."""
    for row in rows:
        click.echo(f"{row.what}: {'WRONG' if row.wrong else 'as without'} ({row.seconds:.0f} s)")


if __name__ == "__main__":
    main()
