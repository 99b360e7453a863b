"""Names of hosts, domains and mailboxes, checked where they enter (RFC 1123 section 2.1, RFC 5321 section 4.5.3.1)."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
#: What every mail server of the last 30 years accepts; a plus sign is a mailbox's own tag, so it is no part of its name.
LOCAL_PART = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9_-])?")


def domain_name(text: str) -> str:
    """A domain or host name with at least one dot, in lower case.

    Raises
    ------
    ValueError:
        Saying which part is wrong.
    """
    if text != text.lower():
        raise ValueError(f'has capital letters\nWrite "{text.lower()}".')
    if not text.isascii():
        raise ValueError("has letters beyond ASCII\nWrite the name's xn-- form.")
    labels = text.split(".")
    if len(text) > 253 or len(labels) < 2:
        raise ValueError("is no full domain name\nWrite it with its domain, for example mail.example.org.")
    wrong = next((label for label in labels if not LABEL.fullmatch(label)), None)
    if wrong is not None:
        raise ValueError(f'is no domain name: "{wrong}"\nUse letters, digits and inner dashes, at most 63 between two dots.')
    if labels[-1].isdigit():
        raise ValueError("is an address, not a name\nWrite the name that DNS knows it by.")
    return text


def host_label(text: str) -> str:
    """The short name of a machine: one label that starts with a letter.

    Raises
    ------
    ValueError:
        Saying what such a name is made of.
    """
    if not LABEL.fullmatch(text) or not text[0].isalpha():
        raise ValueError("is no name for a machine\nUse small letters, digits and inner dashes, a letter in front, such as mail1.")
    return text


def local_part(text: str) -> str:
    """The part of an address before the @, in lower case.

    Raises
    ------
    ValueError:
        Saying what is wrong.
    """
    if text != text.lower():
        raise ValueError(f'has capital letters\nWrite "{text.lower()}"; mail to any spelling arrives there.')
    if "@" in text:
        raise ValueError(f'has an @\nWrite "{text.split("@")[0]}"; the domain stands above it.')
    if len(text) > 64 or ".." in text or not LOCAL_PART.fullmatch(text):
        raise ValueError("is no mailbox name\nUse letters, digits, dots, dashes and underscores, at most 64, no dash or dot in front.")
    return text


def address(text: str) -> str:
    """A whole mail address, in lower case.

    Raises
    ------
    ValueError:
        Saying which part is wrong.
    """
    name, at, domain = text.rpartition("@")
    if not at:
        raise ValueError("is no mail address\nWrite it with its domain, for example office@example.org.")
    return f"{local_part(name)}@{domain_name(domain)}"


def display_name(text: str) -> str:
    """A person's or a mailbox's name as people read it: one line, at most 255 characters.

    Raises
    ------
    ValueError:
        When it is empty, too long or holds control characters.
    """
    if not text.strip() or len(text) > 255 or not text.isprintable():
        raise ValueError("is no name\nWrite one line of at most 255 visible characters.")
    return text.strip()


def _words(pattern: str, words: str) -> WithJsonSchema:
    """What editors and the reference page know of a name; the checks above say more."""
    return WithJsonSchema({"type": "string", "pattern": pattern, "x-words": words})


HostLabel = Annotated[str, AfterValidator(host_label), _words("^[a-z][a-z0-9-]*$", "a short name (mail1)")]
DomainName = Annotated[str, AfterValidator(domain_name), _words(r"^[a-z0-9-]+(\.[a-z0-9-]+)+$", "a domain name")]
LocalPart = Annotated[str, AfterValidator(local_part), _words("^[a-z0-9._-]+$", "a mailbox name")]
Address = Annotated[str, AfterValidator(address), _words("^[^@ ]+@[^@ ]+$", "a mail address")]
DisplayName = Annotated[str, AfterValidator(display_name)]
