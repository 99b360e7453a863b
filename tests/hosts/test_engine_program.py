"""`python3 provision/docker_engine.py` on fresh machines: with systemd, without, and where something is missing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from docker.models.containers import Container

from provision.docker.containers import MEMORY_FILESYSTEMS
from provision.docker.control_groups import privileges
from provision.docker.engine import client
from provision.docker.images import base_image, host_image
from provision.docker.images.build import Recipe, context_of, ensure
from tests.harness.processes import ROOT

PROGRAM = ("python3", "/root/docker_engine.py")
LABELS = {"sams.env": "dev-engine-tests"}
#: The operator's machine has Python itself, as `make` needs it.
WITH_PYTHON = b"""ARG BASE
FROM ${BASE}
RUN apt-get -qq update && apt-get -qq install --yes --no-install-recommends python3 && rm -rf /var/lib/apt/lists/*
"""


def operators(image: str) -> str:
    name = image.removeprefix("sams/").partition("-2")[0]
    return ensure(Recipe(f"operators-{name}", {"Dockerfile": WITH_PYTHON}, {"BASE": image}), lambda: image, print)


@contextmanager
def fresh(image: str, command: list[str], **more: Any) -> Iterator[Container]:
    """A machine without Docker, holding nothing of ours but the program."""
    configuration = privileges(image) | {"Tmpfs": MEMORY_FILESYSTEMS} | more
    api = client().api
    made = api.create_container(image, command, labels=LABELS, host_config=configuration, volumes=["/var/lib/docker"], detach=True)
    container = client().containers.get(made["Id"])
    try:
        program = (ROOT / "provision" / "docker_engine.py").read_bytes()
        container.put_archive("/root", context_of({"docker_engine.py": program}).getvalue())
        container.start()
        yield container
    finally:
        container.remove(force=True, v=True)


def run(container: Container, *command: str, user: str = "root") -> tuple[int, str]:
    status, output = container.exec_run(list(command), user=user)
    assert isinstance(output, bytes)
    return int(status or 0), output.decode()


def wait_until_booted(container: Container) -> None:
    """Wait for systemd itself too: before it listens, its own ``--wait`` ends at once."""
    deadline = time.monotonic() + 60
    while run(container, "systemctl", "is-system-running")[1].strip() not in ("running", "degraded"):
        assert time.monotonic() < deadline, "the machine has not booted within 60 s"
        time.sleep(0.5)


def works(container: Container) -> bool:
    return run(container, "docker", "info")[0] == 0


def test_without_systemd_the_engine_is_installed_and_started_by_itself() -> None:
    with fresh(operators(base_image("trixie")), ["sleep", "infinity"]) as machine:
        status, printed = run(machine, *PROGRAM)
        assert status == 0, printed
        assert works(machine)
        assert "log in /var/log/sams-dockerd.log" in printed
        assert run(machine, *PROGRAM) == (0, "")


def test_with_systemd_the_engine_is_a_unit_and_a_user_is_told_how_to_get_at_it() -> None:
    with fresh(operators(host_image("bookworm")), ["/sbin/init"]) as machine:
        wait_until_booted(machine)
        run(machine, "cp", "/root/docker_engine.py", "/srv/")
        run(machine, "chmod", "644", "/srv/docker_engine.py")
        status, printed = run(machine, "python3", "/srv/docker_engine.py", user="ops")
        assert (status, "usermod -aG docker" in printed) == (1, True), printed
        assert run(machine, "systemctl", "is-enabled", "docker.service")[1].strip() == "enabled"
        assert works(machine)
        status, printed = run(machine, *PROGRAM)
        assert status == 0, printed


def test_what_is_missing_is_said_in_one_sentence_with_the_remedy() -> None:
    with fresh(operators(base_image("bookworm")), ["sleep", "infinity"], Tmpfs={"/var/lib": "size=100m"}) as machine:
        assert_refused(run(machine, *PROGRAM), "/var/lib has 0 GB free", "15 GB")
    with fresh(operators(base_image("bookworm")), ["sleep", "infinity"]) as machine:
        run(machine, "chmod", "-R", "a+rX", "/root")
        assert_refused(run(machine, *PROGRAM, user="nobody"), "Root's rights are needed", "sudo")
        run(machine, "mv", "/usr/bin/apt-get", "/usr/bin/hidden")
        assert_refused(run(machine, *PROGRAM), "no apt-get", "install docker.io")
        status, printed = run(machine, "env", "DOCKER_HOST=tcp://127.0.0.1:1", *PROGRAM)
        assert_refused((status, printed), "DOCKER_HOST names tcp://127.0.0.1:1", "unset DOCKER_HOST")


def assert_refused(outcome: tuple[int, str], *words: str) -> None:
    status, printed = outcome
    assert status == 1, printed
    [sentence] = [line for line in printed.splitlines() if words[0] in line]
    assert [word for word in words if word not in sentence] == []
    assert "Traceback" not in printed
