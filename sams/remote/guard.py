"""A change that could lock the operator out undoes itself, unless it is confirmed in time.

`sams-revert@CHANGE.timer` (put on hosts by the base deploy) runs the verb `revert`. It is enabled while a change is on trial, so that it
starts again after a reboot; confirming the change puts it away.
"""

from __future__ import annotations

from sams.remote.systemd import systemctl


def timer(change: str) -> str:
    """The timer that reverts a change."""
    return f"sams-revert@{change}.timer"


def arm(change: str) -> None:
    """From now on the change is on trial."""
    systemctl("daemon-reload")
    systemctl("enable", timer(change))
    systemctl("restart", timer(change))


def disarm(change: str) -> None:
    """The change stays, or has been reverted."""
    systemctl("disable", "--now", timer(change))
