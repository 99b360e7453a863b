"""Make a Docker engine available on this machine: `python3 provision/docker_engine.py`.

Standard library only and Python 3.10, because it runs before there is a virtual environment. Does nothing where an engine
answers; otherwise installs the distribution's own on Debian 12/13 or Ubuntu 22.04/24.04, and starts it whether or not
systemd runs the machine. Where no registry answers, mmdebstrap is installed too: images are then built from packages.
Running it again is safe.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

LOG = Path("/var/log/sams-dockerd.log")
DATA = Path("/var/lib")
NEEDED_GB = 15
START_SECONDS = 60
#: An image that only a registry can give; small, and the test hosts start from it where there is a registry.
REGISTRY_IMAGE = "debian:trixie"
APT = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=300", "-qq")


class Missing(Exception):
    """Something that this machine lacks; the message is one sentence with the remedy."""


def main() -> int:
    """Exit status 0 when an engine answers, 1 with a sentence when not."""
    try:
        provide_engine()
        provide_image_builder()
    except Missing as why:
        print(why, file=sys.stderr)
        return 1
    return 0


def provide_engine() -> None:
    """Install and start an engine unless one answers."""
    if answer_of_engine() is None:
        return
    refuse_foreign_engine()
    if shutil.which("dockerd") is None:
        refuse_small_disk()
        print("Docker engine: installing docker.io from the distribution", flush=True)
        install("docker.io", "docker-cli")  # Debian 12 has no docker-cli: there the client is part of docker.io
    start()
    wait()
    print("Docker engine: answers", flush=True)


def provide_image_builder() -> None:
    """Install mmdebstrap where images cannot come from a registry."""
    if shutil.which("mmdebstrap") or output("docker", "image", "ls", "--quiet", REGISTRY_IMAGE):
        return
    if subprocess.run(["docker", "pull", "--quiet", REGISTRY_IMAGE], capture_output=True).returncode == 0:
        return
    print("No container registry answers: installing mmdebstrap to build images from packages", flush=True)
    install("mmdebstrap")


def answer_of_engine() -> str | None:
    """None when the engine answers this user, else what the client said."""
    if shutil.which("docker") is None:
        return "docker is not installed"
    done = subprocess.run(["docker", "version", "--format", "{{.Server.Version}}"], capture_output=True, text=True)
    return None if done.returncode == 0 else " ".join(done.stderr.split())


def refuse_foreign_engine() -> None:
    """Stop where an engine is there but not for this user, or where the environment names another one."""
    answer = answer_of_engine() or ""
    if os.environ.get("DOCKER_HOST"):
        raise Missing(f"DOCKER_HOST names {os.environ['DOCKER_HOST']}, which does not answer ({answer}): start it, or unset DOCKER_HOST.")
    if "permission denied" in answer:
        raise Missing(
            "The Docker engine runs, but you may not use it: sudo usermod -aG docker $USER, then log in anew; or run the command with sudo."
        )


def refuse_small_disk() -> None:
    """Stop before the disk is filled."""
    free = shutil.disk_usage(DATA).free / 1e9
    if free < NEEDED_GB:
        raise Missing(
            f"{DATA} has {free:.0f} GB free, but engine, images and test hosts need {NEEDED_GB} GB: "
            "free some space or mount a larger disk there."
        )


def install(*packages: str) -> None:
    """Install those packages that the distribution has; a running apt is waited for, half-configured packages completed first."""
    if shutil.which("apt-get") is None:
        raise Missing(f"This machine has no apt-get: install {' and '.join(packages)} by its own means, then run this again.")
    as_root("dpkg", "--configure", "-a")
    as_root(*APT, "update")
    known = [package for package in packages if output("apt-cache", "madison", package)]
    if not known:
        raise Missing(
            f"This machine's package sources have no {packages[0]}: add the distribution's main (Ubuntu: universe) and run this again."
        )
    as_root(*APT, "install", "--yes", "--no-install-recommends", *known)


def start() -> None:
    """Start the engine: by systemd where it runs the machine, else by itself."""
    if Path("/run/systemd/system").is_dir():
        as_root("systemctl", "enable", "--now", "docker.service")
        return
    running = Path("/run/docker.pid")
    if running.exists() and Path("/proc", running.read_text().strip()).exists():
        return  # it is starting
    print(f"Docker engine: starting without systemd, log in {LOG}", flush=True)
    as_root("sh", "-c", f"setsid dockerd >>{LOG} 2>&1 </dev/null &")


def wait() -> None:
    """Wait until the engine answers."""
    end = time.monotonic() + START_SECONDS
    while (answer := answer_of_engine()) is not None:
        refuse_foreign_engine()
        if time.monotonic() > end:
            where = f"journalctl -u docker, or {LOG}" if Path("/run/systemd/system").is_dir() else str(LOG)
            raise Missing(f"The Docker engine did not answer within {START_SECONDS} s ({answer}): its log says why, see {where}.")
        time.sleep(0.5)


def as_root(*command: str) -> None:
    """Run a command with root's rights and show what it prints."""
    if subprocess.run([*root_prefix(), *command]).returncode != 0:
        raise Missing(f"This failed: {' '.join(command)}. What it printed above says why; mend it and run this again.")


def root_prefix() -> list[str]:
    """What stands before a command that needs root's rights; a password is asked for only where somebody can type it."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        if sys.stdin.isatty():
            return ["sudo"]
        if subprocess.run(["sudo", "--non-interactive", "true"], capture_output=True).returncode == 0:
            return ["sudo", "--non-interactive"]
    raise Missing("Root's rights are needed to install and start a Docker engine: run this as root, or allow yourself sudo.")


def output(*command: str) -> str:
    """What a command prints; nothing when it fails."""
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


if __name__ == "__main__":
    sys.exit(main())
