"""What Fail2Ban and the kernel are told: `jail.local`, `fail2ban.local` and the nftables table, rendered from the settings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sams.core.bans import HostAddresses, allow_list, of_family
from sams.core.settings import Settings
from sams.core.settings.fail2ban import Jail as JailSettings

TABLE = "sams_bans"
HEADER = "# Made by SAMS from inventories/<environment>.yml, section fail2ban; changes here are undone by the next deployment.\n"
LOG = "/var/log/fail2ban.log"
DAY = 86400

#: Names of the containers whose lines are read; compose project and services are Mailcow's own and fixed.
POSTFIX = "mailcowdockerized-postfix-mailcow-1"
DOVECOT = "mailcowdockerized-dovecot-mailcow-1"
REDIS = "mailcowdockerized-redis-mailcow-1"

OUTAGE_SCRIPT = "/etc/fail2ban/filter.d/ignorecommands/mailcow-outage"

#: In Dovecot's log, the only sign that passwords could not be checked; every login then looks like a wrong password. Anchored at the start
#: of the line, because user names are free text and may say the same.
OUTAGE_SIGN = r"^\w+ +\d+ [\d:]+ \S+ dovecot: auth(-worker)?(\(\d+\))?: HTTP request failed with "


@dataclass(frozen=True)
class Jail:
    """One jail: what it counts, when it bans (seconds), and the ports it closes; no ports are all ports."""

    name: str
    maxretry: int
    findtime: int
    bantime: int
    ports: tuple[int, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)


def jails(settings: Settings, ports: Mapping[str, tuple[int, ...]]) -> tuple[Jail, ...]:
    """The jails of a host: ``ports`` names those of its services (``sshd``, on mail hosts also ``postfix`` and ``dovecot``)."""
    named = {"sshd": sshd, "postfix": postfix, "dovecot": dovecot}
    return (*(named[service](settings, ports[service]) for service in named if service in ports), repeat_offenders(settings))


def sshd(settings: Settings, ports: tuple[int, ...]) -> Jail:
    """Failed logins by SSH; newer versions log as ``sshd-session``."""
    match = "_SYSTEMD_UNIT=ssh.service + _COMM=sshd + _COMM=sshd-session"
    return counted("sshd", settings.fail2ban.sshd, ports, {"filter": "sshd", "journalmatch": match})


def postfix(settings: Settings, ports: tuple[int, ...]) -> Jail:
    """Failed logins and abuse by SMTP."""
    relaying = "counted" if settings.fail2ban.count_refused_relaying else "ignored"
    options = {"filter": f"mailcow-postfix[relaying={relaying}]", **container(settings, POSTFIX)}
    return counted("mailcow-postfix", settings.fail2ban.postfix, ports, options)


def dovecot(settings: Settings, ports: tuple[int, ...]) -> Jail:
    """Failed logins by IMAP, POP3 and ManageSieve."""
    return counted("mailcow-dovecot", settings.fail2ban.dovecot, ports, {"filter": "mailcow-dovecot", **container(settings, DOVECOT)})


def container(settings: Settings, name: str) -> dict[str, str]:
    """Options of a jail that reads a container's lines and counts none that was written while passwords could not be checked."""
    question = f'{OUTAGE_SCRIPT} "<time>" "<restored>" {settings.fail2ban.outage_minutes * 60}'
    return {"journalmatch": f"CONTAINER_NAME={name}", "ignorecommand": question}


def outage_script() -> str:
    """The program that Fail2Ban asks; it asks the journal, so nothing that it goes by can be stale or lost."""
    return f"""#!/bin/sh
# Made by SAMS. Whether a mail login failed because Mailcow could not check passwords; Fail2Ban asks for each failure.
# Usage: {OUTAGE_SCRIPT} TIME RESTORED SECONDS
# TIME is when the login failed (Fail2Ban reads old lines again when it starts); a sign of the outage in the SECONDS before it excuses it.
# RESTORED is 0 for a failure. For a ban that Fail2Ban puts back at its start it is 1, or "<restored>" before version 1.1: these stay.
[ "$2" = 0 ] || exit 1
failed=${{1%.*}}
exec journalctl --quiet --lines=1 --output=cat --since="@$((failed - $3))" --until="@$((failed + 2))" \\
  --grep='{OUTAGE_SIGN}' CONTAINER_NAME={DOVECOT}
"""


def outage_watch(settings: Settings) -> str:
    """The job of the service that watches for outages, as JSON."""
    job = {"dovecot": DOVECOT, "redis": REDIS, "sign": OUTAGE_SIGN, "minutes": settings.fail2ban.outage_minutes}
    return json.dumps(job, indent=2) + "\n"


def repeat_offenders(settings: Settings) -> Jail:
    """Addresses that other jails banned again and again, read in Fail2Ban's own log; its length is fixed."""
    wanted = settings.fail2ban.repeat_offenders
    options = {"filter": "recidive", "backend": "polling", "logpath": LOG, "bantime.increment": "false"}
    return Jail("recidive", wanted.maxretry, wanted.findtime_hours * 3600, wanted.bantime_hours * 3600, options=options)


def counted(name: str, wanted: JailSettings, ports: tuple[int, ...], options: Mapping[str, str]) -> Jail:
    """A jail with these settings."""
    return Jail(name, wanted.maxretry, wanted.findtime_minutes * 60, wanted.bantime_minutes * 60, tuple(sorted(ports)), options)


def jail_local(settings: Settings, host: HostAddresses, wanted: Iterable[Jail]) -> str:
    """`/etc/fail2ban/jail.local`."""
    default = {
        "backend": "systemd",
        "usedns": "no",
        "ignoreself": "true",
        "ignoreip": " ".join(allow_list(settings, host)),
        "bantime.increment": "true",
        "bantime.maxtime": str(settings.fail2ban.longest_ban_hours * 3600),
        "action": "sams-bans[name=%(__name__)s]",
    }
    return HEADER + section("DEFAULT", default) + "".join(section(jail.name, jail_options(jail)) for jail in wanted)


def jail_options(jail: Jail) -> dict[str, str]:
    """The lines of one jail."""
    times = {"maxretry": str(jail.maxretry), "findtime": str(jail.findtime), "bantime": str(jail.bantime)}
    return {"enabled": "true", **jail.options, **times}


def fail2ban_local(settings: Settings) -> str:
    """`/etc/fail2ban/fail2ban.local`: bans are remembered longer than the longest lasts, or a restart would forget them.

    The lines that led to them are not kept: they quote digests of passwords.
    """
    longest = max(settings.fail2ban.longest_ban_hours, settings.fail2ban.repeat_offenders.bantime_hours) * 3600
    options = {"logtarget": LOG, "loglevel": "INFO", "dbpurgeage": str(longest + DAY), "dbmaxmatches": "0"}
    return HEADER + section("Definition", options)


def section(name: str, options: Mapping[str, str]) -> str:
    """A section of Fail2Ban's configuration."""
    return f"\n[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in options.items())


def table(settings: Settings, host: HostAddresses, wanted: Iterable[Jail]) -> str:
    """`/etc/fail2ban/bans.nft`: our table, loaded in one step, hooked before Docker's address translation.

    There it sees the ports that clients dial, of the host and of containers alike, and no chain of Docker's or Mailcow's is touched.
    """
    wanted = tuple(wanted)
    allowed = allow_list(settings, host)
    sets = [allowed_set(allowed, version) for version in (4, 6)]
    sets += [f"  set {jail.name}-inet{version} {{ type ipv{version}_addr; flags timeout; }}" for jail in wanted for version in (4, 6)]
    rules = [rule("", "allowed", version, "accept") for version in (4, 6)]
    rules += [rule(dialled(jail), jail.name, version, "drop") for jail in wanted for version in (4, 6)]
    chain = ["  chain prerouting {", "    type filter hook prerouting priority -150; policy accept;", *rules, "  }"]
    return HEADER + "\n".join([f"table inet {TABLE}", f"delete table inet {TABLE}", f"table inet {TABLE} {{", *sets, *chain, "}", ""])


def allowed_set(allowed: Iterable[str], version: int) -> str:
    """The set of those never banned: not even a ban by hand keeps them out."""
    elements = ", ".join(of_family(allowed, version))
    return f"  set allowed-inet{version} {{ type ipv{version}_addr; flags interval; elements = {{ {elements} }} }}"


def dialled(jail: Jail) -> str:
    """The match on a jail's ports."""
    return f"tcp dport {{ {', '.join(map(str, jail.ports))} }} " if jail.ports else ""


def rule(match: str, name: str, version: int, verdict: str) -> str:
    """One rule of the chain."""
    return f"    {match}{'ip' if version == 4 else 'ip6'} saddr @{name}-inet{version} {verdict}"
