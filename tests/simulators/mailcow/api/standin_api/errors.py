"""What can go wrong inside a call, by what the client gets to see of it."""

from __future__ import annotations


class Refused(Exception):
    """One object is refused with a message; the other objects of the call go on.

    Args:
        key: message key, for example ``domain_invalid``.
        arguments: what follows the key in the answer.
        kind: type of the entry, ``danger`` or ``warning``.
    """

    def __init__(self, key: str, *arguments: object, kind: str = "danger") -> None:
        super().__init__(key)
        self.key = key
        self.arguments = arguments
        self.kind = kind


class Stopped(Exception):
    """The rest of the call is not done; what was said so far is the answer."""


class Crash(Exception):
    """The handler dies: 200 with an empty answer, and what was done before stays done."""


class NotBuilt(Exception):
    """A route of Mailcow that the stand-in does not have; answered 501 so that no test can take it for Mailcow."""


class Unreachable(Exception):
    """A server behind the API does not answer: any call ends with 500 and a line of HTML.

    Args:
        what: the server's name in the page.
        why: the reason shown.
    """

    def __init__(self, what: str, why: str) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
