"""A secret is never printed, whichever way it is asked."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from operations.remote import MaskedStdin, remote_command
from sams.core.secret import ALPHABET, PLACEHOLDER, Secret, invent


def test_every_way_of_printing_a_secret_shows_a_placeholder() -> None:
    secret = Secret("correct horse")
    shown = [str(secret), repr(secret), f"{secret}", f"{secret!r:>40}", f"{[secret]}", f"{ {'key': secret} }"]
    assert not [text for text in shown if "horse" in text]
    assert all(PLACEHOLDER in text for text in shown)


def test_a_secret_cannot_be_pickled_copied_or_put_into_json() -> None:
    for leave in (pickle.dumps, copy.copy, json.dumps):
        with pytest.raises(TypeError):
            leave(Secret("correct horse"))


def test_invented_secrets_are_long_different_and_safe_in_every_syntax() -> None:
    invented = {invent(28).reveal() for _ in range(100)}
    assert len(invented) == 100
    assert all(len(text) == 28 and set(text) <= set(ALPHABET) for text in invented)


def test_a_job_reveals_its_secrets_on_standard_input_only() -> None:
    command = remote_command("files_write", {"files": [], "password": Secret("correct horse")})
    assert "horse" not in repr(command) + str(command) + command.get_masked_value() + command.get_raw_value()
    stdin = command.connector_arguments["_stdin"]
    assert isinstance(stdin, MaskedStdin)
    assert "horse" not in repr(stdin)
    assert json.loads("".join(stdin.readlines()))["password"] == "correct horse"
    assert list(stdin) == stdin.readlines(), "a retry reads it again"
