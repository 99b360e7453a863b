"""Two states of a site are compared without what a dice or the network decided, and everything else that differs is told."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.end_state import differences
from tests.harness.host_state import LISTING, neutral

PEM = "-----BEGIN PRIVATE KEY-----\nabc\ndef\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DBPASS=xyzzy123\n", "DBPASS=<dbpass>\n"),
        ("allow 172.31.140.11;", "allow network N 11;"),
        ("allow fd77:0:0:140::11;", "allow network N 11;"),
        (f"key:\n{PEM}end", "key:\n<PRIVATE KEY>\nend"),
        (f"digest {'0f' * 32}.", "digest <digest>."),
        ("id 797821ba-4ec6-435b-bdc5-2cbd34e19ca3", "id <uuid>"),
        ("allow 172.22.1.0/24", "allow 172.22.1.0/24"),
    ],
)
def test_what_must_differ_is_put_in_other_words(text: str, expected: str) -> None:
    assert neutral(text, {"xyzzy123": "<dbpass>"}) == expected


FILE = {"mode": "644", "content": "one\ntwo\n"}


def test_equal_states_have_no_differences() -> None:
    state = {"files": {"/etc/a": FILE}, "units": ["a", "b"], "release": "1"}
    assert differences(state, json.loads(json.dumps(state))) == []


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({}, [f"/files//etc/a: {FILE!r} is not None"]),
        ({"/etc/a": {**FILE, "mode": "600"}}, ["/files//etc/a/mode: '644' is not '600'"]),
        (
            {"/etc/a": {**FILE, "content": "one\nthree\n"}},
            ["/files//etc/a/content: missing 'two'", "/files//etc/a/content: too much 'three'"],
        ),
        ({"/etc/a": FILE, "/etc/b": []}, ["/files//etc/b: None is not []"]),
    ],
)
def test_every_difference_is_told_with_its_place(other: dict[str, object], told: list[str]) -> None:
    assert differences({"files": {"/etc/a": FILE}}, {"files": other}) == told


def test_a_line_that_is_there_twice_as_often_is_a_difference() -> None:
    assert differences(["a"], ["a", "a"]) == [": 1 times 'a' is not 2 times"]


def test_a_listing_tells_mode_owner_and_content(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello\n")
    (tmp_path / "text").chmod(0o640)
    (tmp_path / "binary").write_bytes(b"\xff\x00")
    (tmp_path / "link").symlink_to("text")
    (tmp_path / "lost").symlink_to("nowhere")
    done = subprocess.run([sys.executable, "-c", LISTING, str(tmp_path), "/nowhere"], capture_output=True, text=True, check=True)
    listed = {Path(path).name: (mode, content) for path, (mode, _, content) in json.loads(done.stdout).items()}
    assert listed["text"] == ("640", "hello\n")
    assert listed["binary"][1].startswith("sha256 ")
    assert (listed["link"][1], listed["lost"][1]) == ("-> text", "-> nowhere")
    assert listed[tmp_path.name][1] == "folder"
