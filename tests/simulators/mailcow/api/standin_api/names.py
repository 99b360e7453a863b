"""Names: domains, mail addresses, host names and networks, as Mailcow accepts them."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from .loose import text

_DOMAIN = re.compile(r"[a-z\d](-*[a-z\d])*(\.[a-z\d](-*[a-z\d])*)*", re.IGNORECASE)
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_TOP_LABEL = re.compile(r"[a-z][a-z0-9]*(-+[a-z0-9]+)*", re.IGNORECASE)
_HOST_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_USER = re.compile(r"[A-Za-z0-9]+")


def a_label(name: Any) -> str:
    """ASCII form of a domain name in lower case; empty when there is none."""
    lowered = text(name).lower()
    if lowered.isascii():
        return lowered
    try:
        return lowered.encode("idna").decode()
    except UnicodeError:
        return ""


def u_label(name: str) -> str:
    """Unicode form of a domain name."""
    try:
        return name.encode().decode("idna")
    except UnicodeError:
        return name


def is_domain(name: Any) -> bool:
    """True for a domain name; one label is enough, underscores are not allowed.

    Raises:
        Crash: a list instead of a name.
    """
    label = a_label(name)
    return bool(0 < len(label) <= 253 and _DOMAIN.fullmatch(label) and all(len(part) <= 63 for part in label.split(".")))


def is_address(value: Any) -> bool:
    """True for a mail address with an ASCII local part of at most 64 characters and a domain of two labels or more."""
    if not isinstance(value, str):
        return False
    local_part, _, domain = value.rpartition("@")
    labels = domain.split(".")
    return bool(
        len(value) <= 320
        and len(local_part) <= 64
        and _LOCAL_PART.fullmatch(local_part)
        and len(labels) > 1
        and domain.isascii()
        and is_domain(domain)
        and _TOP_LABEL.fullmatch(labels[-1])
    )


def split_address(value: str) -> tuple[str, str]:
    """Local part and ASCII domain of an address, each empty where there is no ``@``."""
    local_part, sign, domain = value.partition("@")
    return (local_part, a_label(domain)) if sign else ("", "")


def is_user_name(value: str) -> bool:
    """True for the name of an administrator: letters, digits, ``_ . -``."""
    return bool(_USER.fullmatch(re.sub("[_.-]", "", value)))


def is_host(value: str) -> bool:
    """True for a host name, one label included."""
    return len(value) <= 253 and all(_HOST_LABEL.fullmatch(label) for label in value.split("."))


def is_network(value: Any) -> bool:
    """True for an IP address or a network with a prefix length."""
    if not isinstance(value, str):
        return False
    address, slash, prefix = value.partition("/")
    try:
        bits = ipaddress.ip_address(address).max_prefixlen
    except ValueError:
        return False
    return not slash or (prefix.isdigit() and int(prefix) <= bits)
