"""Data volumes on real block devices (loop devices of this machine): made only where nothing is, mounted by UUID, there after a restart."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from typing import Any

import pytest
from docker.models.containers import Container

from provision.docker.control_groups import privileges
from provision.docker.engine import client
from provision.docker.images import host_image
from provision.docker.labels import SHARED
from sams.adapters.remote_archive import LINK, archive
from tests.harness.hosts import executed

MOUNT_POINT = "/srv/mail"
#: Loop devices and the node that hands them out (devices.txt of the kernel: block 7, char 10:237).
LOOP_DEVICES = ["b 7:* rwm", "c 10:237 rwm"]
#: Test hosts have no udev; this is the part of it that a mount by UUID needs.
UDEV = """
systemd-run --quiet --unit=udev-stand-in sh -c 'mkdir -p /dev/disk/by-uuid; while sleep 0.2; do for device in $(losetup -nO NAME); do
  uuid=$(blkid -p -s UUID -o value $device) && ln -sfn $device /dev/disk/by-uuid/$uuid; done; done'
"""
PREPARED = """
set -e
[ -e /dev/loop-control ] || mknod /dev/loop-control c 10 237
for number in $(seq 0 15); do [ -e /dev/loop$number ] || mknod /dev/loop$number b 7 $number; done
apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3 e2fsprogs xfsprogs util-linux fdisk >/dev/null 2>&1
"""


class Disks:
    """A host with loop devices."""

    def __init__(self, container: Container) -> None:
        self.container = container

    def shell(self, script: str) -> str:
        done = executed(str(self.container.id), "bash", "-c", script)
        assert done.returncode == 0, f"{script}: {done.stderr.decode()}"
        return done.stdout.decode()

    def blank(self, mib: int = 64) -> str:
        """A new device on which there is nothing."""
        return self.shell(f"file=$(mktemp /srv/disk.XXXX); truncate -s {mib}M $file; losetup --find --show $file").strip()

    def verb(self, name: str, *volumes: dict[str, str]) -> dict[str, Any]:
        """Run a program of ours and give its answer, an error included."""
        done = executed(str(self.container.id), "python3", LINK, name, json.dumps({"volumes": volumes}))
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


def packed(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as bundle:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            bundle.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


@pytest.fixture(scope="module")
def disks() -> Iterator[Disks]:
    image = host_image("bookworm")
    api = client().api
    config = {**api.create_host_config(tmpfs={"/run": "", "/run/lock": ""}), **privileges(image), "DeviceCgroupRules": LOOP_DEVICES}
    container = client().containers.get(api.create_container(image, labels=SHARED, host_config=config)["Id"])
    made = Disks(container)
    try:
        container.start()
        container.put_archive("/", packed({LINK.lstrip("/"): archive()}))
        made.shell("until systemctl is-system-running --wait | grep -qE 'running|degraded'; do sleep 0.3; done")
        made.shell(PREPARED)
        made.shell(UDEV)
        yield made
    finally:
        made.shell("umount -A /srv/* 2>/dev/null; losetup -nO NAME,BACK-FILE | awk '$2 ~ \"/srv/disk\" {print $1}' | xargs -r losetup -d")
        container.remove(force=True, v=True)


def volume(device: str, mount_point: str = MOUNT_POINT, file_system: str = "ext4") -> dict[str, str]:
    return {"device": device, "mount_point": mount_point, "file_system": file_system}


def test_a_blank_device_gets_a_file_system_and_is_mounted_by_its_uuid(disks: Disks) -> None:
    wanted = volume(disks.blank())
    assert disks.verb("volumes_state", wanted)[MOUNT_POINT]["ready"] is False
    assert disks.verb("volumes_mount", wanted) == {MOUNT_POINT: "made and mounted"}
    assert disks.verb("volumes_state", wanted)[MOUNT_POINT]["ready"] is True
    unit = disks.shell("cat /etc/systemd/system/srv-mail.mount")
    uuid = disks.shell(f"blkid -p -s UUID -o value {wanted['device']}").strip()
    assert f"What=/dev/disk/by-uuid/{uuid}\n" in unit
    assert disks.shell("systemctl is-enabled srv-mail.mount").strip() == "enabled"


def test_a_second_time_changes_nothing_and_keeps_what_is_on_it(disks: Disks) -> None:
    wanted = volume(disks.shell(f"findmnt -no SOURCE {MOUNT_POINT}").strip())
    disks.shell(f"echo precious > {MOUNT_POINT}/letter")
    assert disks.verb("volumes_mount", wanted) == {MOUNT_POINT: "was mounted"}
    disks.shell(f"umount {MOUNT_POINT}")
    assert disks.verb("volumes_mount", wanted) == {MOUNT_POINT: "mounted"}
    assert disks.shell(f"cat {MOUNT_POINT}/letter") == "precious\n"


def test_docker_does_not_start_without_its_volume(disks: Disks) -> None:
    """With the drop-in that the Docker deploy writes, on a service that stands for the engine."""
    disks.shell(
        "printf '[Unit]\\nRequiresMountsFor=/srv/mail\\n[Service]\\nExecStart=/bin/sleep 1d\\n' > /etc/systemd/system/engine.service; "
        "systemctl daemon-reload; systemctl stop srv-mail.mount"
    )
    disks.shell("systemctl start engine.service && findmnt /srv/mail")
    disks.shell("systemctl stop engine.service srv-mail.mount; systemctl mask --runtime srv-mail.mount")
    disks.shell("! systemctl start engine.service; systemctl unmask --runtime srv-mail.mount; systemctl start srv-mail.mount")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ("mkfs.xfs -q -f {}", "expected ext4 or a blank device, seen xfs"),
        ("mkswap -q {}", "seen swap"),
        ("sfdisk -q {} <<< ',,L'", "seen dos"),
        ("printf data | dd of={} bs=1 seek=1000 conv=notrunc status=none", "data without a file system"),
        ("printf data | dd of={} bs=1M seek=319 conv=notrunc status=none", "data without a file system"),
    ],
    ids=["another file system", "swap", "partitions", "data at the start", "data at the end"],
)
def test_a_device_that_holds_anything_is_left_alone(disks: Disks, spoil: str, said: str) -> None:
    device = disks.blank(mib=320)
    disks.shell(spoil.format(device))
    before = disks.shell(f"sha256sum {device}")
    wanted = volume(device, "/srv/other")
    assert said in disks.verb("volumes_state", wanted)["/srv/other"]["problem"]
    assert said in disks.verb("volumes_mount", wanted)["error"]
    assert disks.shell(f"sha256sum {device}") == before


def test_a_folder_with_files_in_it_is_not_hidden(disks: Disks) -> None:
    disks.shell("mkdir -p /srv/full; echo x > /srv/full/file")
    assert "holds files" in disks.verb("volumes_mount", volume(disks.blank(), "/srv/full"))["error"]


def test_a_missing_device_is_named(disks: Disks) -> None:
    assert "/dev/sdz: no such block device" in disks.verb("volumes_mount", volume("/dev/sdz"))["error"]


def test_xfs_works_too(disks: Disks) -> None:
    wanted = volume(disks.blank(mib=320), "/srv/xfs", "xfs")
    assert disks.verb("volumes_mount", wanted) == {"/srv/xfs": "made and mounted"}
    assert disks.shell("findmnt -no FSTYPE /srv/xfs").strip() == "xfs"
