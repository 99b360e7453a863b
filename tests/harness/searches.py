"""The places where a secret may have come to rest: files and journals of hosts, files of this machine, git, images, processes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from docker.models.images import Image

from provision.docker.engine import client
from sams.adapters.hosts_file import HostRecord
from sams.core.secret import Secret
from tests.harness import mailcow_shows
from tests.harness.host_state import MAILCOW
from tests.harness.hosts import inside
from tests.harness.image_times import IMAGES
from tests.harness.leaks import Leak, leaks_in, leaks_in_files, leaks_in_output

#: Everything on a host but what the kernel shows, what belongs to containers, and second names of folders.
LEFT_OUT = "/(proc|sys|dev|var|run|var/lib|(var/lib|run)/(docker|containerd))"
PLACES = f"find / /var /var/lib /run -mindepth 1 -maxdepth 1 ! -type l | grep -vxE '{LEFT_OUT}'"
#: Our own files that hold secrets: each for root alone.
CLOSED = {
    *(f"600 {MAILCOW}/{file}" for file in ("mailcow.conf", "data/assets/ssl/key.pem")),
    *(f"400 {folder}/{key}" for folder in ("/etc/openbao/private", "/run/openbao") for key in ("seal.key", "server.key")),
}
STORAGE = ("/var/lib/docker", "/run/docker", "/var/lib/containerd", "/run/containerd")


def host_files(record: HostRecord, secrets: Mapping[str, Secret]) -> set[Leak]:
    """Files of a host that hold a secret, each with its mode: ``600 /etc/key``; the engine's storage is not among them."""
    roots = inside(record, "sh", "-c", PLACES).split()
    found = leaks_in_files([*roots, "/dev/shm"], secrets, through=("docker", "exec", "--interactive", record.provider_id))
    return {Leak(leak.secret, f"{mode_of(record, leak.place)} {leak.place}") for leak in found}


def stray(found: Iterable[Leak]) -> set[Leak]:
    """Those of the files of a host that are neither ours, for root alone, nor such as Mailcow's containers write for themselves."""
    return {leak for leak in found if leak.place not in CLOSED and not mailcow_shows.in_file(*path_and_name(leak))}


def path_and_name(leak: Leak) -> tuple[str, str]:
    """The path of a file below Mailcow's folder, and Mailcow's own name for the secret."""
    return leak.place.partition(f" {MAILCOW}/")[2], mailcow_shows.own_name(leak.secret)


def mode_of(record: HostRecord, path: str) -> str:
    """Octal digits; of a file that is gone by now ``gone``."""
    return inside(record, "stat", "-c", "%a", path, check=False).strip() or "gone"


def open_files(record: HostRecord, secrets: Mapping[str, Secret]) -> set[Leak]:
    """Files of a host, the engine's storage among them, that hold a secret and that anybody who may log in can read."""
    roots = [*inside(record, "sh", "-c", PLACES).split(), *STORAGE, "/dev/shm"]
    return leaks_in_files(roots, secrets, through=("docker", "exec", "--interactive", "--user", "nobody", record.provider_id))


def journal(record: HostRecord) -> bytes:
    """The host's whole journal, with every field."""
    command = ["docker", "exec", record.provider_id, "journalctl", "--output=export", "--no-pager", "--all"]
    output = subprocess.run(command, capture_output=True, check=True).stdout
    if b"_SYSTEMD_UNIT=" not in output:
        raise AssertionError(f"{record.name}: expected a journal, seen {len(output)} bytes")
    return output


def git_leaks(repository: Path, secrets: Mapping[str, Secret]) -> set[Leak]:
    """Secrets in whatever was ever committed, in any branch, or at least added."""
    return leaks_in_output(["git", "-C", str(repository), "cat-file", "--batch", "--batch-all-objects", "--unordered"], secrets)


def image_leaks(images: Iterable[Image], secrets: Mapping[str, Secret]) -> set[Leak]:
    """Secrets in any file of any layer of images, in their configuration or in how they were built."""
    saved = leaks_in_output(["docker", "save", *(image.tags[0] for image in highest(images))], secrets)
    told = {f"image {image.tags[0]}": json.dumps([image.attrs, image.history()]).encode() for image in images}
    return saved | leaks_in(told, secrets)


def our_images() -> list[Image]:
    """The images that we build, as they are now."""
    return [client().images.get(tag) for make in IMAGES.values() for tag in make()]


def highest(images: Iterable[Image]) -> list[Image]:
    """As few images as have the layers of all."""
    by_layers = {tuple(image.attrs["RootFS"]["Layers"]): image for image in images}
    below = {layers[:height] for layers in by_layers for height in range(len(layers))}
    return [image for layers, image in by_layers.items() if layers not in below]


def processes(seen: Path) -> Iterator[tuple[int, str, str, str]]:
    """What the watcher of processes wrote: depth, program, arguments, environment."""
    for line in seen.read_text().splitlines():
        row = json.loads(line)
        yield row["depth"], Path(row["arguments"].split("\0")[0]).name, row["arguments"], row["environment"]
