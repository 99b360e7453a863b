"""Who is banned on a host."""

from __future__ import annotations

from facts.remote import RemoteFact


class Bans(RemoteFact):
    """Jail -> addresses in the kernel's sets and in Fail2Ban's own list, and ``faults``: what keeps bans from being in force.

    By hand: ``pyinfra inventories/docker.py fact facts.bans.Bans``. The kernel's sets are the truth; Fail2Ban's list is what it believes.
    """

    verb = "bans"
