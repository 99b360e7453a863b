"""The Docker provider: an environment's resources as containers, volumes and a network of this machine."""

from __future__ import annotations

from collections.abc import Sequence

from docker.errors import APIError

from provision import keys
from provision.desired import data_volumes_of, machines_of
from provision.docker import containers, network, volumes
from provision.model import Action, Change, Companion, DataVolume, Endpoint, Machine, Network, Observed, Resource
from provision.report import ProvisionError, Say
from sams.core.settings.machines import Machines

DEFAULT_RELEASE = "trixie"
#: What can change while a container lives.
IN_PLACE = {(Machine.kind, "memory_gib"), (Machine.kind, "address")}


class DockerProvider:
    """Makes test hosts; see `provision.provider.Provider`."""

    name = "docker"

    def __init__(self, env: str, machines: Machines) -> None:
        self._env, self._machines = env, machines

    def desired(self) -> Sequence[Resource]:
        """Network, data volumes, machines; IPv6 only where this machine has it. Volumes have no size of their own here."""
        docker = self._machines.docker
        ipv6 = str(docker.ipv6_subnet) if docker.ipv6_subnet and network.machine_has_ipv6() else None
        disks = [DataVolume(volume.name, volume.machine) for volume in data_volumes_of(self._machines)]
        return [
            Network(network.name_of(self._env), str(docker.subnet), ipv6),
            *disks,
            *machines_of(self._machines, DEFAULT_RELEASE),
        ]

    def observe(self) -> Sequence[Observed]:
        """What carries this environment's label."""
        return [*network.observe(self._env), *volumes.observe(self._env), *containers.observe(self._env)]

    def updates_in_place(self, kind: str, attribute: str) -> bool:
        """Memory and address; labels, mounts and images of a living container cannot change."""
        return (kind, attribute) in IN_PLACE

    def carry_out(self, change: Change, say: Say) -> None:
        """Carry out one change; what the engine refuses is told with the change."""
        try:
            self._carry_out(change, say)
        except APIError as error:
            raise ProvisionError(f"{change}: the Docker engine refused: {error.explanation}") from error

    def endpoints(self) -> Sequence[Endpoint]:
        """The running containers."""
        return containers.endpoints(self._env)

    def _carry_out(self, change: Change, say: Say) -> None:
        resource = change.resource
        if isinstance(resource, Network):
            network.create(self._env, resource) if change.action is Action.CREATE else network.remove(self._env)
        elif isinstance(resource, DataVolume):
            volumes.create(self._env, resource) if change.action is Action.CREATE else volumes.remove(self._env, resource)
        elif isinstance(resource, Companion):
            containers.remove_companion(resource.name)
        else:
            self._change_machine(change.action, resource, say)

    def _change_machine(self, action: Action, machine: Machine, say: Say) -> None:
        if action in (Action.REPLACE, Action.REMOVE):
            containers.remove(self._env, machine.name)
        if action in (Action.REPLACE, Action.CREATE):
            containers.create(self._env, machine, self._public_key(), say)
        if action is Action.START:
            containers.start(self._env, machine, self._public_key())
        if action is Action.UPDATE:
            containers.update(self._env, machine)

    def _public_key(self) -> str:
        return keys.public_key(keys.private_key(self._env, self._machines.ssh.key))
