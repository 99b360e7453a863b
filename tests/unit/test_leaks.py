"""The search for secrets finds a planted one in whatever form it leaked."""

from __future__ import annotations

import base64

import pytest

from sams.core.secret import Secret, invent
from tests.harness.leaks import leaks

SECRET = Secret("correctHorseBattery7")


@pytest.mark.parametrize("shift", range(3))
def test_a_secret_inside_base64_is_found_wherever_it_begins(shift: int) -> None:
    payload = base64.b64encode(b"x" * shift + SECRET.reveal().encode() + b" and more")
    assert leaks({"output": b"... " + payload}, {"password": SECRET}) == ["password in output"]


def test_a_secret_in_clear_is_found_and_another_is_not() -> None:
    assert leaks({"log": b"PASS correctHorseBattery7\r\n"}, {"password": SECRET, "other": invent()}) == ["password in log"]
