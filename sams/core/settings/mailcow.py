"""Settings of Mailcow."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from sams.core.addresses import EGRESS_DNS, EGRESS_SMTP, MAILCOW_REPOSITORY
from sams.core.mailcow.keys import OWNED
from sams.core.settings.model import Section
from sams.core.units import Size

GIB = 2**30


def target(value: str) -> str:
    """A place to connect to."""
    if not re.fullmatch(r"(\[[0-9a-f:]+\]|[A-Za-z0-9][A-Za-z0-9.-]*)(:[0-9]{1,5})?", value):
        raise ValueError("is no place to connect to\nWrite host:port, for example mx.example.net:25.")
    return value


Target = Annotated[str, AfterValidator(target)]


class Checks(Section):
    """What is checked before anything is changed; null leaves a check out."""

    smtp: Target | None = Field(
        default=EGRESS_SMTP,
        description="A mail server (host:port) to which a connection is opened, to see that mail can leave. null: not checked, "
        "for hosts that send through a smarthost.",
        examples=[EGRESS_SMTP],
    )
    dns: Target | None = Field(
        default=EGRESS_DNS,
        description="A name server (address:port) that is asked over UDP and TCP, as Mailcow's own resolver will. null: not checked.",
        examples=[EGRESS_DNS],
    )
    clock_seconds: int | None = Field(
        default=60, ge=1, description="How far the host's clock may be from the operator's, in seconds. null: not checked."
    )


class Tls(Section):
    """Where the certificate comes from."""

    mode: Literal["acme", "own"] = Field(default="acme", description="acme: Let's Encrypt, by Mailcow itself. own: the files named here.")
    certificate: str | None = Field(
        default=None,
        description="own: file on the operator's machine with the certificate and its chain (PEM).",
        examples=["~/tls/mail.example.org.pem"],
    )
    key: str | None = Field(
        default=None,
        description="own: file on the operator's machine with the private key (PEM, no passphrase).",
        examples=["~/tls/mail.example.org.key"],
    )

    @model_validator(mode="after")
    def _own_has_files(self) -> Tls:
        if self.mode == "own" and not (self.certificate and self.key):
            raise ValueError("own needs two files\nName them in mailcow.tls.certificate and mailcow.tls.key, or take mode: acme.")
        return self


class Mailcow(Section):
    """Mailcow on the mail hosts."""

    repository: str = Field(
        default=MAILCOW_REPOSITORY, description="Git repository of Mailcow, or of your mirror of it.", examples=[MAILCOW_REPOSITORY]
    )
    tag: str = Field(default="2026-07a", description="Release of Mailcow, a tag of the repository.", examples=["2026-07a"])
    directory: str = Field(default="/opt/mailcow-dockerized", description="Where Mailcow is installed on the host.")
    tls: Tls = Field(default_factory=Tls, description="Where the certificate comes from.")
    antivirus: bool = Field(default=True, description="Whether ClamAV runs; it needs more than 1 GiB of memory.")
    office_scan: bool = Field(default=True, description="Whether office documents are searched for macros (Olefy).")
    webmail: bool = Field(default=True, description="Whether SOGo runs: webmail, calendars, contacts, ActiveSync.")
    search: bool = Field(default=True, description="Whether Dovecot keeps a full-text index.")
    ipv4_network: str = Field(
        default="172.22.1",
        pattern=r"^(10|172|192)\.[0-9]{1,3}\.[0-9]{1,3}$",
        description="First three numbers of the containers' IPv4 network.",
    )
    ipv6_network: str = Field(
        default="fd4d:6169:6c63:6f77::/64", pattern=r"^f[cd][0-9a-f:]+/64$", description="The containers' IPv6 network."
    )
    network_mtu: int | None = Field(
        default=None, ge=1280, le=9000, description="MTU of the containers' network in bytes, where the host's is below 1500."
    )
    minimum_memory: Size = Field(default=6 * GIB, description="Least memory of the host.")
    minimum_disk: Size = Field(default=20 * GIB, description="Least free disk space before the first start.")
    disk_reserve: Size = Field(default=2 * GIB, description="Least free disk space of a running mail host.")
    checks: Checks = Field(default_factory=Checks, description="What is checked before anything is changed.")
    patience_seconds: int = Field(
        default=900, ge=30, le=7200, description="How long Mailcow may take after a start until every port answers, in seconds."
    )
    api_allow_from: tuple[str, ...] = Field(
        default=(), description="Further addresses and networks that may use Mailcow's API; the host itself always may."
    )
    configuration: dict[str, str] = Field(
        default={},
        description="Further keys of mailcow.conf.",
        examples=[{"WATCHDOG_NOTIFY_BAN": "n", "MAILDIR_GC_TIME": "14400"}],
    )
    postfix: dict[str, str] = Field(
        default={}, description="Lines of Postfix' extra.cf, by parameter.", examples=[{"message_size_limit": "52428800"}]
    )
    dovecot: dict[str, str] = Field(
        default={}, description="Lines of Dovecot's extra.conf, by parameter.", examples=[{"mail_max_userip_connections": "50"}]
    )

    @field_validator("repository")
    @classmethod
    def _is_a_repository(cls, value: str) -> str:
        if not re.fullmatch(r"(https?|git|ssh|file)://[^\s'\"]+", value):
            raise ValueError(f"is not the address of a git repository\nWrite it like {MAILCOW_REPOSITORY}.")
        return value

    @field_validator("tag")
    @classmethod
    def _is_a_tag(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", value):
            raise ValueError("is not a release\nWrite a tag of the repository, for example 2026-07a.")
        return value

    @field_validator("directory")
    @classmethod
    def _is_a_directory(cls, value: str) -> str:
        if not re.fullmatch(r"(/[A-Za-z0-9._-]+){2,}", value):
            raise ValueError("is no place for Mailcow\nWrite an absolute path such as /opt/mailcow-dockerized.")
        return value

    @field_validator("configuration")
    @classmethod
    def _leaves_owned_keys(cls, value: dict[str, str]) -> dict[str, str]:
        for key, text in value.items():
            if not re.fullmatch(r"[A-Z][A-Z0-9_]*", key):
                raise ValueError(f'"{key}" is no key of mailcow.conf\nKeys are capital letters, digits and underscores.')
            if key in OWNED:
                raise ValueError(f"{key} is not yours to set here\nIt follows from other settings or from Vault; remove it.")
            if not re.fullmatch(r"[A-Za-z0-9.,:;/@%+=_*{}\[\]-]*", text):
                raise ValueError(f"{key} has a character that mailcow.conf cannot hold\nUse letters, digits and .,:;/@%+=_*{{}}[]- only.")
        return value

    @field_validator("postfix", "dovecot")
    @classmethod
    def _is_one_line(cls, value: dict[str, str]) -> dict[str, str]:
        """Mailcow passes extra.cf through `echo -e` at every start, which would turn backslashes into something else."""
        for key, text in value.items():
            if not re.fullmatch(r"[A-Za-z0-9_/.-]+", key) or "\\" in text or not text.isprintable():
                raise ValueError(f'"{key}" is not a parameter with a value of one line without backslashes\nWrite it as parameter: value.')
            if "myhostname" in f"{key} {text}".replace("$myhostname", ""):
                raise ValueError("myhostname is Mailcow's own\nSet the host's fqdn in machines.hosts, or write $myhostname in a value.")
        return value
