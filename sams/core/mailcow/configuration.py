"""mailcow.conf: the values that settings ask for, and whether a host's file may be brought to them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sams.core.mailcow.keys import IMMUTABLE, LOOPBACK_PORTS, MAIL_PORTS, WEB_PORTS
from sams.core.secret import Secret
from sams.core.settings import Settings

PROJECT = "mailcowdockerized"


def wanted_values(settings: Settings, fqdn: str) -> dict[str, str]:
    """The values of mailcow.conf that are no secrets, for a host of this name."""
    mailcow, ipv6 = settings.mailcow, settings.docker.ipv6
    return {
        "MAILCOW_HOSTNAME": fqdn,
        "TZ": settings.base.time_zone,
        "COMPOSE_PROJECT_NAME": PROJECT,
        "DOCKER_COMPOSE_VERSION": "native",
        "SKIP_CLAMD": no(mailcow.antivirus),
        "SKIP_OLEFY": no(mailcow.office_scan),
        "SKIP_SOGO": no(mailcow.webmail),
        "SKIP_FTS": no(mailcow.search),
        "SKIP_LETS_ENCRYPT": no(mailcow.tls.mode == "acme"),
        "IPV4_NETWORK": mailcow.ipv4_network,
        "IPV6_NETWORK": mailcow.ipv6_network,
        "ENABLE_IPV6": "true" if ipv6 else "false",
        "API_ALLOW_FROM": ",".join(api_clients(settings)),
        **addresses(ipv6=ipv6),
        **mailcow.configuration,
    }


def no(enabled: bool) -> str:
    """Mailcow asks whether to leave something out."""
    return "n" if enabled else "y"


def addresses(*, ipv6: bool) -> dict[str, str]:
    """Where the ports are bound.

    Without IPv6 in the containers a port must not be bound to the host's IPv6 addresses: Docker's proxy would hand such a
    connection on from the gateway's address, which Postfix trusts, and the server would relay for everybody.
    """
    bind = "" if ipv6 else "0.0.0.0"  # noqa: S104 # a mail server's ports are for the world
    prefix = f"{bind}:" if bind else ""
    return {
        "HTTP_BIND": bind,
        "HTTPS_BIND": bind,
        **{key: str(port) for key, port in WEB_PORTS.items()},
        **{key: f"{prefix}{port}" for key, port in MAIL_PORTS.items()},
        **{key: f"127.0.0.1:{port}" for key, port in LOOPBACK_PORTS.items()},
    }


def api_clients(settings: Settings) -> tuple[str, ...]:
    """Who may use the API: this host, seen through Docker as the gateway, and whom the settings name."""
    ipv4, ipv6 = settings.mailcow.ipv4_network, settings.mailcow.ipv6_network.removesuffix("/64")
    own = (f"{ipv4}.1", "127.0.0.1", *((f"{ipv6}1", "::1") if settings.docker.ipv6 else ()))
    return (*own, *settings.mailcow.api_allow_from)


@dataclass(frozen=True)
class Decision:
    """What to do with a host's mailcow.conf."""

    changes: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()


def decide(observed: Mapping[str, Any], public: Mapping[str, str], secrets: Mapping[str, Secret]) -> Decision:
    """The keys to write, or why nothing may be written.

    Parameters
    ----------
    observed:
        Answer of the host's verb ``mailcow_configuration``.
    public:
        Wanted values that may be told.
    secrets:
        Wanted secrets, as they stand in Vault.
    """
    if not observed["exists"]:
        return Decision(refusals=(DATABASE_WITHOUT_FILE,)) if observed["volumes"] else Decision(changes=("all keys",))
    different = [key for key, value in public.items() if observed["values"].get(key) != value]
    different += [key for key, value in secrets.items() if observed["digests"].get(key) != digest(value)]
    frozen = sorted(IMMUTABLE & set(different)) if observed["volumes"] else []
    extra = [] if observed["private"] else ["file mode"]
    extra += [] if observed["version"] else ["version file"]
    return Decision(tuple(sorted(set(different) - set(frozen)) + extra), tuple(map(refusal, frozen)))


def digest(value: Secret) -> str:
    """What the host tells of a secret: its SHA-256."""
    return hashlib.sha256(value.reveal().encode()).hexdigest()


def writable(values: Mapping[str, Any], *, volumes: bool) -> dict[str, Any]:
    """What may be written: the immutable keys only before the database exists."""
    return {key: value for key, value in values.items() if not (volumes and key in IMMUTABLE)}


DATABASE_WITHOUT_FILE = (
    "mailcow.conf: expected beside the existing database, seen no file (or one cut short); a new one would have other passwords than the "
    "database; next: put back mailcow.conf from a backup, then run again; nothing was changed"
)


def refusal(key: str) -> str:
    """Why a key that differs is not written."""
    return (
        f"mailcow.conf: {key} differs from what is wanted (a secret: from Vault), but Mailcow's database and volumes exist and keep "
        f"the old value: a new one would lock Mailcow out; next: put the value of mailcow.conf into Vault at "
        f"mail/servers/HOST/mailcow, key {key}, then run again; nothing was changed"
    )
