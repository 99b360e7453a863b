"""No secret shows: every one that the first deployment invented or used is looked for everywhere that it passed.

They are canaries by being random: what the deployment invents is kept in Vault before the first host hears of it, and each is found again
wherever it stands. That the search finds them is shown by canaries planted in every kind of place.
"""

from __future__ import annotations

import io
import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker.models.images import Image

from provision.docker.engine import client
from provision.docker.images.build import context_of
from provision.docker.labels import ENV, SHARED
from sams.core.secret import Secret, invent
from tests.harness import known_secrets, mailcow_shows
from tests.harness.first_deployment import FirstDeployment
from tests.harness.hosts import inside
from tests.harness.leaks import Leak, leaks, leaks_in, leaks_in_files
from tests.harness.processes import ROOT
from tests.harness.searches import CLOSED, git_leaks, host_files, image_leaks, journal, open_files, our_images, processes, stray
from tests.harness.site import Site
from tests.harness.watching import processes_watched

HOSTS = ("mailservers", "auxiliary")


@pytest.fixture(scope="module")
def secrets(site: Site) -> dict[str, Secret]:
    """Every secret of the site."""
    found = known_secrets.secrets_of(site.environment.name)
    assert len(found) > 15
    return found


@pytest.fixture
def canary() -> dict[str, Secret]:
    """A secret that nothing knows."""
    return {"canary": invent(30)}


# What was said


def test_the_loudest_output_shows_no_secret(first_deployment: FirstDeployment, secrets: dict[str, Secret]) -> None:
    runs = {"plan": first_deployment.plan, "site": first_deployment.services.finished, "people": first_deployment.people.finished}
    places = {f"output of {name}": (run.output + run.errors).encode() for name, run in runs.items()}
    assert all(b"mailcow" in place for place in places.values())
    assert leaks(places, secrets) == []


@pytest.mark.parametrize("group", HOSTS)
def test_the_journals_show_no_secret(site: Site, group: str, secrets: dict[str, Secret]) -> None:
    assert leaks({"journal": journal(site.host(group))}, secrets) == []


def test_a_secret_in_a_journal_is_found(site: Site, canary: dict[str, Secret]) -> None:
    say = f"printf '%s' 'login with {canary['canary'].reveal()} failed' | systemd-cat -t planted; journalctl --sync"
    inside(site.host("auxiliary"), "sh", "-c", say)
    assert leaks({"journal": journal(site.host("auxiliary"))}, canary) == ["canary in journal"]


# What ran


def shown_by_processes(seen: Path, secrets: dict[str, Secret]) -> Iterator[Leak]:
    """What arguments and environment of processes show and Mailcow's own containers do not explain."""
    for depth, program, arguments, environment in processes(seen):
        for leak in leaks_in({"arguments": arguments.encode("latin-1"), "environment": environment.encode("latin-1")}, secrets):
            name = mailcow_shows.own_name(leak.secret)
            explained = mailcow_shows.in_environment(name) if leak.place == "environment" else mailcow_shows.in_arguments(program, name)
            if not (depth == 2 and explained):
                yield Leak(leak.secret, f"{leak.place} of {program} ({('machine', 'host', 'container')[min(depth, 2)]})")


def test_no_process_shows_a_secret(first_deployment: FirstDeployment, secrets: dict[str, Secret]) -> None:
    seen = first_deployment.processes
    programs = {(depth, program) for depth, program, _, _ in processes(seen)}
    assert {(0, "python"), (1, "python3"), (1, "sshd:"), (2, "mariadbd")} - {
        (depth, name.split(" ")[0]) for depth, name in programs
    } == set()
    assert set(shown_by_processes(seen, secrets)) == set()


def test_a_secret_in_arguments_or_environment_is_found_wherever_the_process_runs(
    site: Site, canary: dict[str, Secret], tmp_path: Path
) -> None:
    text = canary["canary"].reveal()
    command = f"sleep 0.3; PLANTED={text} sleep 0.3"
    with processes_watched(tmp_path / "processes"):
        subprocess.run(["sh", "-c", command], check=True)
        inside(site.host("mailservers"), "sh", "-c", command)
        inside(site.host("mailservers"), "docker", "exec", "mailcowdockerized-redis-mailcow-1", "sh", "-c", command)
    found = {leak.place for leak in shown_by_processes(tmp_path / "processes", canary)}
    assert found >= {
        f"{what} ({where})" for where in ("machine", "host", "container") for what in ("arguments of sh", "environment of sleep")
    }


def test_containers_hold_only_the_secrets_that_mailcow_gives_them(site: Site, secrets: dict[str, Secret]) -> None:
    answer = inside(site.host("mailservers"), "sh", "-c", "docker inspect $(docker ps --all --quiet)")
    containers = {row["Config"]["Labels"]["com.docker.compose.service"]: json.dumps(row).encode() for row in json.loads(answer)}
    found = {(leak.place, mailcow_shows.own_name(leak.secret) or leak.secret) for leak in leaks_in(containers, secrets)}
    allowed = {(service, secret) for service, given in mailcow_shows.ENVIRONMENT.items() for secret in given}
    assert found - allowed == set()
    assert len(found) > 10


# What lies on disks


def test_secrets_on_hosts_lie_in_our_closed_files_and_in_mailcows_own(site: Site, secrets: dict[str, Secret]) -> None:
    found = {leak for group in HOSTS for leak in host_files(site.host(group), secrets)}
    assert stray(found) == set()
    assert {leak.place for leak in found} >= CLOSED


@pytest.mark.parametrize("group", HOSTS)
def test_nobody_but_root_can_read_a_file_with_a_secret(site: Site, group: str, secrets: dict[str, Secret]) -> None:
    assert open_files(site.host(group), secrets) == set()


def test_a_secret_in_a_file_of_a_host_is_found(site: Site, canary: dict[str, Secret]) -> None:
    record, text = site.host("auxiliary"), canary["canary"].reveal()
    planted = {f"{folder}/planted" for folder in ("/etc/sams", "/tmp", "/run", "/var/log", "/var/lib/sams", "/home/ops", "/root")}
    for path in planted:
        inside(record, "sh", "-c", f"printf '\\0\\1key={text}\\n' > {path}; chmod 640 {path}")
    inside(record, "sh", "-c", f"printf 'x%s' {text} | base64 -w0 > /usr/local/planted")
    try:
        assert host_files(record, canary) == {
            *(Leak("canary", f"640 {path}") for path in planted),
            Leak("canary", "644 /usr/local/planted"),
        }
        assert open_files(record, canary) == {Leak("canary", "/usr/local/planted")}
    finally:
        inside(record, "rm", *planted, "/usr/local/planted")


def test_this_machine_holds_secrets_in_the_custody_file_and_key_files_alone(site: Site, secrets: dict[str, Secret]) -> None:
    env = site.environment.name
    roots = [str(ROOT), *(str(folder) for folder in (Path("~/.config").expanduser(), Path("~/.cache").expanduser()) if folder.exists())]
    found = {leak.place for leak in leaks_in_files(roots, secrets)}
    kept = {str(path) for path in (known_secrets.custody_file(env), *known_secrets.key_paths(env))}
    assert found == kept
    assert {Path(path).stat().st_mode & 0o777 for path in kept} == {0o600}


def test_temporary_files_of_this_machine_hold_no_secret(secrets: dict[str, Secret]) -> None:
    found = leaks_in_files([tempfile.gettempdir()], secrets, without=["pytest-of-*"])
    assert {leak for leak in found if not Path(leak.place).is_relative_to(ROOT)} == set()


def test_a_secret_in_a_file_of_this_machine_is_found(canary: dict[str, Secret], tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "debug.log").write_text(f"token={canary['canary'].reveal()}\n")
    assert leaks_in_files([str(tmp_path)], canary) == {Leak("canary", f"{tmp_path}/folder/debug.log")}


# What leaves this machine


def test_git_holds_no_secret(secrets: dict[str, Secret]) -> None:
    assert git_leaks(ROOT, secrets) == set()


def test_a_secret_that_was_committed_and_removed_is_found(canary: dict[str, Secret], tmp_path: Path) -> None:
    git = ["git", "-C", str(tmp_path), "-c", "user.name=test", "-c", "user.email=test@example.test"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    (tmp_path / "file").write_text(canary["canary"].reveal())
    subprocess.run([*git, "add", "file"], check=True)
    subprocess.run([*git, "rm", "--quiet", "--cached", "file"], check=True)
    assert {leak.secret for leak in git_leaks(tmp_path, canary)} == {"canary"}


def test_images_hold_no_secret(secrets: dict[str, Secret]) -> None:
    images = our_images()
    assert len(images) > 3
    assert image_leaks(images, secrets) == set()


def test_a_secret_in_a_layer_or_in_the_history_of_an_image_is_found(canary: dict[str, Secret]) -> None:
    text, repository = canary["canary"].reveal().encode(), f"sams/planted-{invent(8).reveal().lower()}"
    layer = imported(repository, {"etc/key": b"\0" + text})
    clean = imported(f"{repository}-clean", {"etc/key": b"nothing"})
    dockerfile = f"FROM {clean.tags[0]}\nLABEL key={text.decode()}\n".encode()
    told, _ = client().images.build(fileobj=io.BytesIO(dockerfile), tag=f"{repository}-told", labels=SHARED, rm=True)
    try:
        assert {leak.secret for leak in image_leaks([layer], canary)} == {"canary"}
        assert image_leaks([clean], canary) == set()
        assert Leak("canary", f"image {told.tags[0]}") in image_leaks([told], canary)
    finally:
        for image in (told, layer, clean):
            client().images.remove(image.tags[0])


def imported(repository: str, files: dict[str, bytes]) -> Image:
    """A new image of ours with these files."""
    client().api.import_image_from_data(context_of(files).read(), repository=repository, tag="test", changes=[f"LABEL {ENV}={SHARED[ENV]}"])
    return client().images.get(f"{repository}:test")
