"""While Mailcow cannot check passwords, every login looks like a guess: lift the bans that Mailcow itself makes on such guesses.

Runs as a service. Fail2Ban asks the journal before it counts; Mailcow's netfilter does not, so its bans are taken back here, through the
queue in Redis that Mailcow's own web interface uses for it. Bans from before the outage stay.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from typing import IO, Any

from sams.remote import commands
from sams.remote.errors import Failed

#: Between two looks at Mailcow's bans during an outage, in seconds.
PAUSE = 5
#: Redis' password is in the container's environment already; it never leaves the container.
REDIS = 'REDISCLI_AUTH="$REDISPASS" exec redis-cli --raw "$@"'


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"dovecot", "redis", "sign", "minutes"}``: follow the journal until it ends, which is an error."""
    follow = ["journalctl", "--follow", "--lines=0", "--quiet", "--output=cat", f"--grep={job['sign']}", f"CONTAINER_NAME={job['dovecot']}"]
    with subprocess.Popen(follow, stdout=subprocess.PIPE) as journal:
        if journal.stdout is None:
            raise Failed("journalctl gave no output to follow")
        watch(journal.stdout, Outage(job["redis"], 60 * job["minutes"]))
    raise Failed(f"journalctl ended with status {journal.returncode}. Next: journalctl --verify")


def watch(signs: IO[bytes], outage: Outage) -> None:
    """Act on every sign, and every few seconds while an outage lasts; returns when no more can come."""
    while True:
        ready, _, _ = select.select([signs], [], [], PAUSE if outage.lasts() else None)
        if ready:
            if not os.read(signs.fileno(), 65536):
                return
            outage.sign()
        outage.pardon()


class Outage:
    """The present outage, if there is one: until when it lasts, and whom Mailcow had banned before it."""

    def __init__(self, redis: str, seconds: int) -> None:
        self._redis, self._seconds = redis, seconds
        self._end = 0.0
        self._before: set[str] | None = None
        self._pardoned: set[str] = set()

    def lasts(self) -> bool:
        """Whether there is one now."""
        return time.monotonic() < self._end

    def sign(self) -> None:
        """Passwords could not be checked a moment ago."""
        if not self.lasts():
            tell(f"Mailcow cannot check passwords; no mail login is punished until {self._seconds // 60} minutes after it can")
            self._before, self._pardoned = self.banned(), set()
        self._end = time.monotonic() + self._seconds

    def pardon(self) -> None:
        """Ask Mailcow to lift the bans that it made since the outage began."""
        banned = self.banned() if self.lasts() else None
        if banned is None or self._before is None:
            self._before = banned if self._before is None else self._before
            return
        for network in sorted(banned - self._before):
            self.ask("HSET", "F2B_QUEUE_UNBAN", network, "1")
            if network not in self._pardoned:
                tell(f"lifts Mailcow's ban of {network}")
        self._pardoned |= banned - self._before

    def banned(self) -> set[str] | None:
        """Networks that Mailcow bans now; none when Redis does not answer, which an outage may well include."""
        answer = self.ask("HKEYS", "F2B_ACTIVE_BANS")
        return None if answer is None else set(answer.split())

    def ask(self, *command: str) -> str | None:
        """Redis' answer."""
        done = commands.run("docker", "exec", self._redis, "sh", "-c", REDIS, "redis", *command)
        return done.stdout if done.returncode == 0 else None


def tell(sentence: str) -> None:
    """A line for the journal."""
    print(sentence, file=sys.stderr, flush=True)
