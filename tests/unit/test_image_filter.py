"""Which rules of an image are taken out of the kernel: those of its own file, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from sams.remote import image_filter

SAVED = """\
*nat
:PREROUTING ACCEPT [0:0]
-A PREROUTING -j RETURN
COMMIT
*filter
:INPUT ACCEPT [0:0]
:InstanceServices - [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -j REJECT --reject-with icmp-host-prohibited
-A InstanceServices -d 169.254.0.2/32 -m comment --comment "two words" -j ACCEPT
COMMIT
"""


def test_rules_of_the_filter_table_are_read_with_their_words() -> None:
    assert list(image_filter.rules(SAVED)) == [
        ["INPUT", "-i", "lo", "-j", "ACCEPT"],
        ["INPUT", "-j", "REJECT", "--reject-with", "icmp-host-prohibited"],
        ["InstanceServices", "-d", "169.254.0.2/32", "-m", "comment", "--comment", "two words", "-j", "ACCEPT"],
    ]


def test_only_chains_that_the_image_made_itself_are_removed() -> None:
    assert list(image_filter.chains(SAVED)) == ["InstanceServices"]


def test_the_file_is_kept_aside_and_read_from_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_filter, "FOLDER", tmp_path)
    (tmp_path / "rules.v4").write_text(SAVED)
    image_filter.keep_aside(tmp_path / "rules.v4")
    assert not (tmp_path / "rules.v4").exists()
    assert image_filter.text("rules.v4") == SAVED


def test_the_original_is_not_overwritten_by_a_file_that_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_filter, "FOLDER", tmp_path)
    (tmp_path / "rules.v4.before-sams").write_text(SAVED)
    (tmp_path / "rules.v4").write_text("saved by accident, with Docker's rules in it")
    image_filter.keep_aside(tmp_path / "rules.v4")
    assert image_filter.text("rules.v4") == SAVED
