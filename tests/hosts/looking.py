"""Looking at a host by other roads than the one that changed it."""

from __future__ import annotations

from sams.adapters.hosts_file import HostRecord
from tests.harness.hosts import inside, restart
from tests.harness.processes import Finished, run


def shell(record: HostRecord, script: str, *, check: bool = True) -> str:
    """Run a line of shell on the host."""
    return inside(record, "sh", "-c", script, check=check)


def busybox_image(record: HostRecord, name: str) -> None:
    """Make an image on the host that holds busybox alone; no registry is asked."""
    shell(
        record,
        f"DEBIAN_FRONTEND=noninteractive apt-get install -y -qq busybox-static >/dev/null 2>&1; mkdir -p /tmp/{name}/bin; "
        f"cp /usr/bin/busybox /tmp/{name}/bin/; tar -C /tmp/{name} -c . | docker import - {name} >/dev/null",
    )


def login(record: HostRecord, user: str, *options: str) -> Finished:
    """Log in as an operator would, by OpenSSH's own client."""
    words = ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "ConnectTimeout=10", *options]
    return run("ssh", *(f"-o{word}" for word in words), "-i", record.key, f"{user}@{record.public_address}", "true", timeout=60)


def started_again(record: HostRecord) -> None:
    """Restart a host and wait until it has come up."""
    restart(record)
    shell(record, "timeout 90 sh -c 'until systemctl is-system-running --wait | grep -q running; do sleep 0.3; done'")


def table(record: HostRecord) -> str:
    """The firewall as the host's kernel has it."""
    return inside(record, "nft", "-s", "list", "table", "inet", "sams_host")
