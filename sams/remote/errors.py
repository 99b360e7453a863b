"""How a remote program says that it could not do its work."""

from __future__ import annotations


class Failed(Exception):
    """The work could not be done; the message names the object, what was expected, what was seen and what to do next."""
