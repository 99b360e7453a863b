"""Facts about the host below its services: firewall, SSH server, machine, volumes."""

from __future__ import annotations

from facts.remote import RemoteFact


class Firewall(RemoteFact):
    """The confirmed ruleset, whether the kernel has it, SSH ports, other firewalls, and the image's own packet filter."""

    verb = "firewall_state"


class SshServer(RemoteFact):
    """Our part of the SSH server's configuration (``drop_in``) and the last one proven by a new login (``confirmed``)."""

    verb = "ssh_state"


class Machine(RemoteFact):
    """Time zone, clock, swap, and the kernel's values of ``sysctls``; ``container`` says whether the kernel is the host's own."""

    verb = "machine_state"


class Volumes(RemoteFact):
    """State of data ``volumes`` by mount point."""

    verb = "volumes_state"
