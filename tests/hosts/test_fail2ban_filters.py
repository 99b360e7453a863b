"""The filters against every recorded line of a mail host, by Fail2Ban's own tool, as packaged for each distribution."""

from __future__ import annotations

import io
import struct
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from docker.models.containers import Container

from deploys.fail2ban import FILES
from sams.core.bans_files import DOVECOT, POSTFIX, outage_script
from tests.harness.hosts import executed
from tests.lab.attack import stranger

DATA = Path(__file__).parent.parent / "data" / "mailcow-logs"
CONTAINERS = {"postfix": POSTFIX, "dovecot": DOVECOT}
#: In the recorded names, the address that attackers tried to have banned in their place.
FORGED = "203.0.113.7"
CARRIAGE_RETURN = {"postfix": "", "dovecot": "\r"}


@dataclass(frozen=True)
class Event:
    """One recorded event: what must count (line number -> address) and why."""

    log: str
    verdict: str
    hits: dict[int, str]
    name: str


def lines(log: str) -> dict[int, str]:
    """The recorded lines of a log by number, without comments."""
    numbered = enumerate((DATA / f"{log}.log").read_text().split("\n"), 1)
    return {number: line for number, line in numbered if line.strip() and not line.startswith("#")}


def events() -> list[Event]:
    """The verdicts."""
    rows = [row.split("\t") for row in (DATA / "verdicts.tsv").read_text().splitlines() if not row.startswith("#")]
    return [
        Event(log, verdict, {} if numbers == "-" else {int(number): address for number in numbers.split(",")}, name)
        for log, verdict, address, numbers, name in rows
    ]


def expected(log: str) -> dict[int, str]:
    """Line number -> address, of all lines that must count."""
    return {number: address for event in events() if event.log == log for number, address in event.hits.items()}


@dataclass(frozen=True)
class Tool:
    """A container with Fail2Ban as a distribution packages it, our filters in place."""

    container: Container

    def run(self, *command: str) -> tuple[int, str]:
        """Run a program inside."""
        done = executed(str(self.container.id), *command)
        return done.returncode, done.stdout.decode() + done.stderr.decode()

    def put(self, path: str, content: bytes) -> None:
        """Place a file inside."""
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as archive:
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        self.container.put_archive("/", stream.getvalue())

    def counted(self, source: str, filter_name: str, *options: str) -> list[tuple[str, str]]:
        """(address, line) of everything that a filter counts in a log, in order."""
        command = ("fail2ban-regex", "--raw", *options, "--out", "<ip>\t<matches>", source, filter_name)
        status, output = self.run(*command)
        assert status in (0, 1), output
        rows = [line.split("\t", 1) for line in output.replace("\r", "").splitlines() if "\t" in line]
        return [(address, line) for address, line in rows]

    def journal(self, entries: list[bytes]) -> str:
        """A directory with a journal of these entries in the journal's export format."""
        self.put("/tmp/export", b"\n".join(entries) + b"\n")
        status, output = self.run(
            "sh", "-c", "rm -rf /tmp/j; mkdir /tmp/j; /lib/systemd/systemd-journal-remote -o /tmp/j/x.journal /tmp/export"
        )
        assert status == 0, output
        return "/tmp/j"


@pytest.fixture(scope="module", params=["bookworm", "trixie"])
def tool(request: pytest.FixtureRequest) -> Iterator[Tool]:
    with stranger("test-filters", "none", suite=request.param) as running:
        tool = Tool(running.container)
        for name in ("mailcow-postfix.conf", "mailcow-dovecot.conf"):
            tool.put(f"/etc/fail2ban/filter.d/{name}", (FILES / name).read_bytes())
        yield tool


def entry(message: str, container: str, seconds: int) -> bytes:
    """A journal entry as Docker's driver makes it: a message with a control character is a binary field."""
    data = message.encode()
    binary = b"MESSAGE\n" + struct.pack("<Q", len(data)) + data + b"\n"
    fields = {
        "__REALTIME_TIMESTAMP": seconds * 1_000_000,
        "__MONOTONIC_TIMESTAMP": seconds * 1_000_000,
        "_BOOT_ID": "0123456789abcdef0123456789abcdef",
        "PRIORITY": 6,
        "CONTAINER_NAME": container,
        "SYSLOG_IDENTIFIER": "1a71b96662a4",
        "_HOSTNAME": "mail1",
        "_PID": 77,
    }
    return "".join(f"{name}={value}\n" for name, value in fields.items()).encode() + binary


def by_line(log: str, counted: list[tuple[str, str]]) -> dict[int, str]:
    """Line number -> address; a line that counts twice is an error, as it would halve the threshold."""
    found: dict[int, str] = {}
    for address, text in counted:
        number = next(number for number, line in lines(log).items() if line.strip() in text and number not in found)
        found[number] = address
    return found


@pytest.mark.parametrize("log", ["postfix", "dovecot"])
@pytest.mark.parametrize("ending", ["", "\r"], ids=["plain", "carriage return"])
def test_every_recorded_line_gets_its_verdict_in_a_file(tool: Tool, log: str, ending: str) -> None:
    tool.put("/tmp/log", "".join(f"{line}{ending}\n" for line in lines(log).values()).encode())
    assert by_line(log, tool.counted("/tmp/log", f"mailcow-{log}")) == expected(log)


@pytest.mark.parametrize("log", ["postfix", "dovecot"])
def test_every_recorded_line_gets_its_verdict_in_the_journal(tool: Tool, log: str) -> None:
    ending = CARRIAGE_RETURN[log]
    entries = [entry(line + ending, CONTAINERS[log], 1_700_000_000 + number) for number, line in lines(log).items()]
    elsewhere = [entry(lines(log)[number] + ending, "another-container-1", 1_700_009_999) for number in expected(log)]
    directory = tool.journal([*entries, *elsewhere])
    match = ("--journalmatch", f"CONTAINER_NAME={CONTAINERS[log]}")
    counted = tool.counted(f"systemd-journal[journalpath={directory}]", f"mailcow-{log}", *match)
    assert by_line(log, counted) == expected(log)


def test_the_table_of_verdicts_names_every_recorded_event() -> None:
    for log, header in (("postfix", 2), ("dovecot", 1)):
        comments = [line[2:] for line in (DATA / f"{log}.log").read_text().splitlines() if line.startswith("# ")]
        assert [event.name for event in events() if event.log == log] == comments[header:]


def test_an_address_forged_in_a_user_name_is_never_taken() -> None:
    forged = [event for event in events() if FORGED in event.name or any(FORGED in lines(event.log)[number] for number in event.hits)]
    assert len(forged) > 10
    assert FORGED not in {address for event in events() for address in event.hits.values()}


def test_refused_relaying_counts_only_where_the_settings_say_so(tool: Tool) -> None:
    tool.put("/tmp/log", "".join(f"{line}\n" for line in lines("postfix").values()).encode())
    more = set(tool.counted("/tmp/log", "mailcow-postfix[relaying=counted]")) - set(tool.counted("/tmp/log", "mailcow-postfix"))
    assert [(address, "Relay access denied" in line) for address, line in more] == [("198.51.100.100", True)]


SIGN = "Nov 22 08:41:07 b142394e1899 dovecot: auth-worker(262): HTTP request failed with connection refused for user carol@example.org\r"
NO_SIGN = (
    "Nov 22 08:36:22 b142394e1899 dovecot: imap-login: Disconnected: Aborted login by logging out (auth failed, 1 attempts in 2 secs): "
    "user=<dovecot: auth-worker(262): HTTP request failed with 500 for user x>, method=PLAIN, rip=203.0.113.7, lip=172.22.1.250, TLS\r"
)


def excused(tool: Tool, entries: list[bytes], failed: float, *, restored: str = "0") -> bool:
    """Whether the program that Fail2Ban asks excuses a login that failed at this time, with this journal."""
    directory = tool.journal(entries)
    tool.put("/tmp/outage", outage_script().replace("journalctl", f"journalctl --directory={directory}", 1).encode())
    status, output = tool.run("sh", "/tmp/outage", str(failed), restored, "300")
    assert status in (0, 1), output
    return status == 0


@pytest.mark.parametrize(
    ("message", "container", "outage"),
    [(SIGN, DOVECOT, True), (SIGN.replace("connection refused", "500"), DOVECOT, True), (NO_SIGN, DOVECOT, False), (SIGN, POSTFIX, False)],
    ids=["no back end", "back end answers 500", "a user name that says so", "another container"],
)
def test_the_sign_of_an_outage_is_known_in_the_journal_and_cannot_be_forged(tool: Tool, message: str, container: str, outage: bool) -> None:
    assert excused(tool, [entry(message, container, 1_700_000_000)], 1_700_000_060.5) is outage


@pytest.mark.parametrize(("later", "outage"), [(0, True), (299, True), (302, False), (-60, False)])
def test_an_outage_excuses_what_failed_in_it_or_shortly_after_however_late_it_is_read(tool: Tool, later: int, outage: bool) -> None:
    assert excused(tool, [entry(SIGN, DOVECOT, 1_700_000_000)], 1_700_000_000 + later) is outage


@pytest.mark.parametrize("restored", ["1", "<restored>"])
def test_bans_from_before_an_outage_are_put_back_when_fail2ban_starts_in_it(tool: Tool, restored: str) -> None:
    assert not excused(tool, [entry(SIGN, DOVECOT, 1_700_000_000)], 1_700_000_001, restored=restored)
