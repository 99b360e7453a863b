"""Remove everything of ours from the Docker engine: `python3 provision/docker_clean.py [ENV]`.

Ours is what carries the label sams.env: containers, volumes, networks, images. Nothing else is touched, nor the engine. The
files of those environments beside the inventories (hosts, pinned keys, SSH key) go too; those of environments whose machines
are not here stay. With ENV only that environment goes, even when its settings cannot be read any more.
Standard library only: it runs when there is no virtual environment (any more).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

LABEL = "sams.env"
INVENTORIES = Path(__file__).resolve().parent.parent / "inventories"
ENVIRONMENT_FILES = ("hosts.json", "known_hosts", "key", "lock")
#: In the order in which they free each other; each with the arguments that list and that remove.
KINDS = (
    ("container", ("ps", "--all", "--quiet"), ("rm", "--force", "--volumes")),
    ("network", ("network", "ls", "--quiet"), ("network", "rm")),
    ("volume", ("volume", "ls", "--quiet"), ("volume", "rm")),
)


def main() -> int:
    """Exit status 0 when nothing of ours is left, 1 when something could not be removed."""
    if shutil.which("docker") is None or docker("info").returncode != 0:
        print("No Docker engine answers, so nothing of ours is removed from it", file=sys.stderr)
        return 0
    label = f"{LABEL}={sys.argv[1]}" if len(sys.argv) > 1 else LABEL
    environments = labelled_environments(label)
    left = [line for kind, listing, removal in KINDS for line in remove(kind, ours(label, *listing), removal)]
    left += remove("image", images(label), ("image", "rm"))
    for environment in environments:
        for suffix in ENVIRONMENT_FILES:
            (INVENTORIES / f".{environment}.{suffix}").unlink(missing_ok=True)
    print("\n".join(left), file=sys.stderr, end="\n" if left else "")
    return 1 if left else 0


def ours(label: str, *listing: str) -> list[str]:
    """What a listing command shows of ours."""
    return list(dict.fromkeys(docker(*listing, "--filter", f"label={label}").stdout.split()))


def images(label: str) -> list[str]:
    """Our images: by tag, so that a tag of somebody else's on the same image stays; those without a tag by number."""
    listing = docker("image", "ls", "--filter", f"label={label}", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}").stdout
    rows = [row.split() for row in listing.splitlines()]
    return [number if "<none>" in tag else tag for tag, number in rows]


def labelled_environments(label: str) -> set[str]:
    """The environments whose machines are in this engine."""
    return set(docker("ps", "--all", "--filter", f"label={label}", "--format", f'{{{{.Label "{LABEL}"}}}}').stdout.split())


def remove(kind: str, names: list[str], removal: tuple[str, ...]) -> list[str]:
    """Remove things one by one; a line for each that could not be removed."""
    failed = []
    for name in names:
        done = docker(*removal, name)
        if done.returncode != 0 and "no such" not in done.stderr.lower():
            failed.append(f"{kind} {name} stays: {done.stderr.strip()}")
    if names:
        print(f"removed {len(names) - len(failed)} {kind}{'' if len(names) - len(failed) == 1 else 's'}")
    return failed


def docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the Docker client."""
    return subprocess.run(["docker", *arguments], capture_output=True, text=True)


if __name__ == "__main__":
    sys.exit(main())
