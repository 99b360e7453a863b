"""A machine as a container that boots systemd."""

from __future__ import annotations

import io
import tarfile
import time
from typing import Any

from docker.errors import NotFound
from docker.models.containers import Container

from provision.docker import network, volumes
from provision.docker.control_groups import privileges
from provision.docker.engine import client
from provision.docker.images import host_image
from provision.docker.labels import ENV, HOST, SPEC, filter_of, labels_of, resource_of
from provision.model import Companion, Endpoint, Machine, Observed, State
from provision.report import ProvisionError, Say

#: The account's number in the host image, unless it is root.
OPERATOR_ID = 1500
HOST_KEY = "/etc/ssh/ssh_host_ed25519_key.pub"
HOST_KEY_DEADLINE = 60.0
PAUSE = 0.2
GIB = 1 << 30
#: Mount points in the host, not files of this machine.
MEMORY_FILESYSTEMS = {"/run": "", "/run/lock": "", "/tmp": "exec,mode=1777"}  # noqa: S108


def find(env: str, machine: str) -> Container | None:
    """The machine's container, if there is one."""
    found = client().containers.list(all=True, filters={"label": [f"{ENV}={env}", f"{HOST}={machine}"]})
    return found[0] if found else None


def existing(env: str, machine: str) -> Container:
    """The machine's container.

    Raises
    ------
    ProvisionError
        When it is gone.
    """
    container = find(env, machine)
    if container is None:
        raise ProvisionError(f"{machine}: its container is gone. Next: python -m provision apply --env {env}")
    return container


def observe(env: str) -> list[Observed]:
    """The environment's containers as they are, the oldest first: machines, and companions that are no host."""
    found = client().containers.list(all=True, filters=filter_of(env), ignore_removed=True)
    return [_observed(env, container) for container in sorted(found, key=lambda one: str(one.attrs["Created"]))]


def create(env: str, wanted: Machine, public_key: str, say: Say) -> None:
    """Make a machine and start it."""
    rules = None if wanted.packet_filter == "none" else wanted.packet_filter
    image = host_image(str(wanted.release), user=str(wanted.user), rules=rules, say=say)
    client().api.create_container(
        image, name=f"sams-{env}-{wanted.name}", hostname=wanted.name, labels=labels_of(env, wanted) | {HOST: wanted.name},
        host_config=_host_config(env, wanted, image),
        networking_config={"EndpointsConfig": {network.name_of(env): _attachment(env, wanted)}},
    )  # fmt: skip
    start(env, wanted, public_key)


def start(env: str, wanted: Machine, public_key: str) -> None:
    """Let the operator's key in and start the machine; a frozen one goes on."""
    container = existing(env, wanted.name)
    if container.status == "paused":
        container.unpause()
        return
    home, number = ("/root", 0) if wanted.user == "root" else (f"/home/{wanted.user}", OPERATOR_ID)
    container.put_archive(home, _authorized_keys(public_key, number))
    container.start()


def update(env: str, wanted: Machine) -> None:
    """Give a living machine its memory and its address."""
    container = existing(env, wanted.name)
    if wanted.memory_gib is not None:
        limit = int(wanted.memory_gib * GIB)
        container.update(mem_limit=limit, memswap_limit=limit)
    if wanted.address not in (None, network.address_in(container.attrs, network.name_of(env))):
        _move(env, wanted, container)


def remove(env: str, machine: str) -> None:
    """Remove a machine and its own disk; its data volume stays."""
    container = find(env, machine)
    if container is not None:
        container.remove(force=True, v=True)
    volumes.remove_own(env, machine)


def remove_companion(name: str) -> None:
    """Remove what others put beside the machines."""
    try:
        client().containers.get(name).remove(force=True, v=True)
    except NotFound:
        return  # it has ended by itself meanwhile


def endpoints(env: str) -> list[Endpoint]:
    """How the running machines are reached; their host keys are read over the engine, not over the network."""
    found = client().containers.list(filters={"label": [f"{ENV}={env}", HOST]})
    return [_endpoint(env, container) for container in sorted(found, key=lambda one: str(one.attrs["Created"]))]


def _observed(env: str, container: Container) -> Observed:
    identity = str(container.id)
    if HOST not in container.labels or SPEC not in container.labels:
        return Observed(Companion(str(container.name)), identity)
    limit = container.attrs["HostConfig"]["Memory"]
    machine = resource_of(
        Machine, container.labels, memory_gib=round(limit / GIB, 6) or None,
        address=network.address_in(container.attrs, network.name_of(env)),
    )  # fmt: skip
    return Observed(machine, identity, State.READY if container.status == "running" else State.STOPPED)


def _endpoint(env: str, container: Container) -> Endpoint:
    observed = _observed(env, container)
    machine = observed.resource
    attachment = container.attrs["NetworkSettings"]["Networks"].get(network.name_of(env))
    if not isinstance(machine, Machine) or not machine.address or attachment is None:
        raise ProvisionError(f"{container.name} is not attached to its network. Next: python -m provision apply --env {env}")
    return Endpoint(
        machine=machine, public_address=machine.address, private_address=machine.address, provider_id=observed.provider_id,
        ipv6_address=attachment.get("GlobalIPv6Address", ""), host_key=_host_key(container),
    )  # fmt: skip


def _host_key(container: Container) -> str:
    """The machine's public host key, as soon as its first start has made it."""
    end = time.monotonic() + HOST_KEY_DEADLINE
    while time.monotonic() < end:
        try:
            pieces, _ = container.get_archive(HOST_KEY)
        except NotFound:
            time.sleep(PAUSE)
            continue
        with tarfile.open(fileobj=io.BytesIO(b"".join(pieces))) as archive:
            member = archive.extractfile(archive.getmembers()[0])
            text = member.read().decode().split() if member else []
        if len(text) >= 2:
            return " ".join(text[:2])
        time.sleep(PAUSE)  # the file is there but not written yet
    raise ProvisionError(_why_not_started(container))


def _why_not_started(container: Container) -> str:
    container.reload()
    printed = "\n".join(f"    {line}" for line in container.logs(tail=15).decode(errors="replace").splitlines())
    return (
        f"{container.name}: no SSH host key within {HOST_KEY_DEADLINE:.0f} s; the container is {container.status}. It printed:\n{printed}\n"
        'If it speaks of "Too many open files", this machine allows too few inotify instances for so many hosts: '
        "sudo sysctl -w fs.inotify.max_user_instances=1024, then the same command again."
    )


def _host_config(env: str, wanted: Machine, image: str) -> dict[str, Any]:
    config = privileges(image)
    limit = int(wanted.memory_gib * GIB) if wanted.memory_gib else 0
    return config | {
        "Binds": [*config.get("Binds", []), *volumes.mounts(env, wanted)],
        "Tmpfs": MEMORY_FILESYSTEMS,
        "NetworkMode": network.name_of(env),
        "Memory": limit,
        "MemorySwap": limit,
        "RestartPolicy": {"Name": "unless-stopped"},  # a reboot from inside comes back, as a machine does
    }


def _attachment(env: str, wanted: Machine) -> dict[str, Any]:
    """How a machine hangs on the network: fixed addresses, and its full name beside its short one."""
    address = wanted.address or network.free_address(env)
    addresses = {"IPv4Address": address}
    ipv6_range = network.ipv6_range_of(env)
    if ipv6_range:
        addresses["IPv6Address"] = network.ipv6_of(address, ipv6_range)
    return {"IPAMConfig": addresses, "Aliases": [wanted.name, wanted.fqdn]}


def _move(env: str, wanted: Machine, container: Container) -> None:
    attachment = _attachment(env, wanted)
    living = network.existing(env)
    if network.address_in(container.attrs, network.name_of(env)) is not None:
        living.disconnect(container)
    addresses = attachment["IPAMConfig"]
    living.connect(
        container, aliases=attachment["Aliases"], ipv4_address=addresses["IPv4Address"], ipv6_address=addresses.get("IPv6Address")
    )


def _authorized_keys(public_key: str, number: int) -> bytes:
    content = f"{public_key}\n".encode()
    folder, file = tarfile.TarInfo(".ssh"), tarfile.TarInfo(".ssh/authorized_keys")
    folder.type, folder.mode, file.mode, file.size = tarfile.DIRTYPE, 0o700, 0o600, len(content)
    folder.uid = folder.gid = file.uid = file.gid = number
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(folder)
        archive.addfile(file, io.BytesIO(content))
    return stream.getvalue()
