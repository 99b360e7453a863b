"""Mailcow's files at a release, with a real git and a real repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from sams.remote import exclusive, mailcow_checkout, mailcow_source
from sams.remote.errors import Failed

MAP = "data/conf/rspamd/custom/global_from_blacklist.map"
CONF = "data/conf/postfix/main.cf"


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=master")
    return subprocess.run(["git", *identity, "-C", str(folder), *arguments], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def upstream(tmp_path: Path) -> Path:
    """A repository with two releases and a commit after them."""
    folder = tmp_path / "upstream"
    folder.mkdir()
    git(folder, "init", "--quiet")
    for number, tag in enumerate(("2026-05c", "2026-07a", "")):
        for name in (MAP, CONF, "docker-compose.yml"):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{name} {number}\n")
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--message", f"state {number}")
        if tag:
            git(folder, "tag", tag)
    return folder


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exclusive, "LOCK", tmp_path / "lock")
    monkeypatch.setattr(mailcow_checkout, "EDITS", tmp_path / "edits")
    monkeypatch.setattr(mailcow_source, "PENDING", tmp_path / "edits" / "pending")


def job(tmp_path: Path, tag: str) -> dict[str, str]:
    return {"directory": str(tmp_path / "opt" / "mailcow"), "repository": str(tmp_path / "upstream"), "tag": tag}


def directory(tmp_path: Path) -> Path:
    return tmp_path / "opt" / "mailcow"


@pytest.mark.usefixtures("upstream")
class TestCheckout:
    """Each on a host without Mailcow."""

    def test_a_release_stands_on_the_local_branch(self, tmp_path: Path) -> None:
        assert not mailcow_source.run(job(tmp_path, "2026-07a"))["current"]
        answer = mailcow_checkout.run(job(tmp_path, "2026-07a"))
        assert answer["current"]
        assert git(directory(tmp_path), "symbolic-ref", "--short", "HEAD") == "sams"
        assert (directory(tmp_path) / CONF).read_text() == f"{CONF} 1\n"

    def test_a_wrong_release_names_the_nearest_and_leaves_nothing(self, tmp_path: Path) -> None:
        with pytest.raises(Failed, match=r"seen '2026-07b'; nearest: 2026-07a") as failure:
            mailcow_checkout.run(job(tmp_path, "2026-07b"))
        assert "nothing was changed" in str(failure.value)
        assert not (tmp_path / "opt").exists()

    def test_a_wrong_release_leaves_an_installation_as_it_is(self, tmp_path: Path) -> None:
        mailcow_checkout.run(job(tmp_path, "2026-05c"))
        with pytest.raises(Failed, match="nothing was changed"):
            mailcow_checkout.run(job(tmp_path, "2027-01"))
        assert mailcow_source.run(job(tmp_path, "2026-05c"))["current"]

    def test_what_an_interrupted_clone_left_is_cleared_away(self, tmp_path: Path) -> None:
        left = tmp_path / "opt" / "mailcow.sams-new"
        left.mkdir(parents=True)
        (left / "half").touch()
        mailcow_checkout.run(job(tmp_path, "2026-07a"))
        assert not left.exists()

    def test_files_of_others_are_not_overwritten(self, tmp_path: Path) -> None:
        directory(tmp_path).mkdir(parents=True)
        (directory(tmp_path) / "precious").touch()
        with pytest.raises(Failed, match="seen precious; next: move it away"):
            mailcow_checkout.run(job(tmp_path, "2026-07a"))
        assert (directory(tmp_path) / "precious").exists()

    def test_edits_alone_are_no_reason_to_act(self, tmp_path: Path) -> None:
        mailcow_checkout.run(job(tmp_path, "2026-07a"))
        (directory(tmp_path) / CONF).write_text("regenerated at every start\n")
        assert mailcow_source.run(job(tmp_path, "2026-07a"))["current"]

    def test_a_change_of_release_saves_edits_and_keeps_maps(self, tmp_path: Path) -> None:
        mailcow_checkout.run(job(tmp_path, "2026-05c"))
        (directory(tmp_path) / CONF).write_text("edited by hand\n")
        (directory(tmp_path) / MAP).write_text("/spammer/i\n")
        (directory(tmp_path) / "mailcow.conf").write_text("untracked\n")
        mailcow_checkout.run(job(tmp_path, "2026-07a"))
        assert (directory(tmp_path) / CONF).read_text() == f"{CONF} 1\n"
        assert (directory(tmp_path) / MAP).read_text() == "/spammer/i\n"
        assert (directory(tmp_path) / "mailcow.conf").read_text() == "untracked\n"
        (saved,) = (tmp_path / "edits").iterdir()
        assert "edited by hand" in (saved / "edits.patch").read_text()

    def test_maps_survive_a_run_that_died_after_the_checkout(self, tmp_path: Path) -> None:
        mailcow_checkout.run(job(tmp_path, "2026-05c"))
        (directory(tmp_path) / MAP).write_text("/spammer/i\n")
        mailcow_checkout.save_edits(directory(tmp_path))
        mailcow_checkout.checkout(directory(tmp_path), "2026-07a")
        assert not mailcow_source.run(job(tmp_path, "2026-07a"))["current"]
        mailcow_checkout.run(job(tmp_path, "2026-07a"))
        assert (directory(tmp_path) / MAP).read_text() == "/spammer/i\n"

    def test_a_lock_file_of_a_killed_git_does_not_stop_the_next_run(self, tmp_path: Path) -> None:
        mailcow_checkout.run(job(tmp_path, "2026-05c"))
        (directory(tmp_path) / ".git" / "index.lock").touch()
        assert mailcow_checkout.run(job(tmp_path, "2026-07a"))["current"]

    def test_a_release_made_after_the_clone_is_fetched(self, tmp_path: Path, upstream: Path) -> None:
        mailcow_checkout.run(job(tmp_path, "2026-07a"))
        git(upstream, "tag", "2026-08")
        assert mailcow_checkout.run(job(tmp_path, "2026-08"))["current"]
