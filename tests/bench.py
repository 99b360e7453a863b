"""``make bench``: what a first run and a no-change run of the whole site cost, and the images; writes build/bench.json."""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.harness.environment import Deployed
from tests.harness.image_times import image_times
from tests.harness.own_environment import derived, own_environment
from tests.harness.processes import ROOT
from tests.harness.site import people, services

NAME, NETWORK = "dev-bench", 142
MAIL_HOST = "mail1"
#: Targets of a run that changes nothing.
COMMANDS, SECONDS = 120, 10
REPEATS = 3
REPORT = ROOT / "build" / "bench.json"

console = Console(highlight=False, width=120)
Share = dict[str, Any]


def timed(run: Callable[[], Deployed]) -> Share:
    """A run's wall time in seconds, its remote commands by host, and each service's share of both."""
    started = time.monotonic()
    deployed = run()
    seconds = round(time.monotonic() - started, 2)
    return {"seconds": seconds, "commands": deployed.commands(), "services": shares(deployed.counts)}


def shares(counts: Sequence[dict[str, Any]]) -> dict[str, Share]:
    """By service: commands by host, and seconds; hosts work side by side, so an operation takes as long as on its slowest host."""
    commands: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    slowest: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in counts:
        service = row["operation"].split(" | ")[0]
        commands[service][row["host"]] += row["commands"]
        slowest[service][row["operation"]] = max(slowest[service][row["operation"]], row["seconds"])
    return {name: {"commands": hosts, "seconds": round(sum(slowest[name].values()), 2)} for name, hosts in commands.items()}


def measured() -> dict[str, Any]:
    """Everything, on fresh test hosts."""
    with own_environment(NAME, derived(NAME, NETWORK), mailcow=True) as environment:
        first = timed(lambda: services(environment))
        first_people = timed(lambda: people(environment))
        again = [timed(lambda: services(environment)) for _ in range(REPEATS)]
        again_people = timed(lambda: people(environment))
    no_change = min(again, key=lambda run: abs(run["seconds"] - statistics.median(one["seconds"] for one in again)))
    return {
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "first": first,
        "no_change": no_change,
        "first_people": first_people,
        "no_change_people": again_people,
        "images": image_times(),
    }


def runs_table(report: dict[str, Any]) -> Table:
    """First and no-change run side by side, service by service."""
    table = Table("service", *(f"{run}: {what}" for run in ("first", "again") for what in ("mail1", "aux1", "seconds")))
    first, again = report["first"]["services"], report["no_change"]["services"]
    for service in first:
        table.add_row(service, *cells(first[service]), *cells(again.get(service, {"commands": {}, "seconds": 0})))
    table.add_section()
    table.add_row("whole run", *cells(report["first"]), *cells(report["no_change"]))
    table.add_row("people", *cells(report["first_people"]), *cells(report["no_change_people"]))
    return table


def cells(share: Share) -> tuple[str, str, str]:
    """Commands on the mail host and on the auxiliary host, and seconds."""
    commands = share["commands"]
    return str(commands.get(MAIL_HOST, 0)), str(commands.get("aux1", 0)), f"{share['seconds']:.1f}"


def images_table(report: dict[str, Any]) -> Table:
    """What the images cost."""
    table = Table("image", "cold: seconds", "warm: seconds", "MB")
    for row in report["images"]:
        table.add_row(row["image"], f"{row['cold_seconds']:.1f}", f"{row['warm_seconds']:.2f}", str(row["megabytes"]))
    table.add_section()
    cold, warm = (sum(row[key] for row in report["images"]) for key in ("cold_seconds", "warm_seconds"))
    table.add_row("all", f"{cold:.1f}", f"{warm:.2f}", "")
    return table


def missed(report: dict[str, Any]) -> list[str]:
    """The targets that were missed, in words."""
    commands, seconds = report["no_change"]["commands"][MAIL_HOST], report["no_change"]["seconds"]
    sentences = {
        f"remote commands of a no-change run on {MAIL_HOST}: expected at most {COMMANDS}, seen {commands}": commands > COMMANDS,
        f"seconds of a no-change run: expected less than {SECONDS}, seen {seconds:.1f}": seconds >= SECONDS,
    }
    return [sentence for sentence, is_missed in sentences.items() if is_missed]


def main() -> int:
    """Measure, write, show; exit status 2 when a target is missed."""
    report = measured()
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=1) + "\n")
    for table in (runs_table(report), images_table(report)):
        console.print(table)
    console.print(f"{report['cores']} cores, load {report['load'][0]:.1f}; written to {REPORT.relative_to(ROOT)}")
    for sentence in missed(report):
        console.print(f"[red]{sentence}[/red]")
    return 2 if missed(report) else 0


if __name__ == "__main__":
    sys.exit(main())
