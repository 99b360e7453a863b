"""What a maker of machines has to do: Docker, Oracle Cloud, or nobody (machines that exist already)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from provision.model import Change, Endpoint, Observed, Resource
from provision.report import Say
from sams.core.settings.machines import Machines


class Provider(Protocol):
    """Makes, observes and removes the resources of one environment; holds no state of its own."""

    name: str

    def desired(self) -> Sequence[Resource]:
        """The resources that the settings ask for, in the order in which they are made."""

    def observe(self) -> Sequence[Observed]:
        """The resources of this environment that there are, in the order in which they were made; found by their tags."""

    def updates_in_place(self, kind: str, attribute: str) -> bool:
        """Whether this attribute of a living resource can change; otherwise the resource is replaced."""

    def carry_out(self, change: Change, say: Say) -> None:
        """Carry out one change of a plan; doing it again after a kill ends in the same state."""

    def endpoints(self) -> Sequence[Endpoint]:
        """How the running machines are reached."""


def choose(env: str, machines: Machines) -> Provider:
    """The provider that the settings name; only its own library is loaded."""
    if machines.provider == "docker":
        from provision.docker.provider import DockerProvider

        return DockerProvider(env, machines)
    if machines.provider == "given":
        from provision.given import GivenProvider

        return GivenProvider(env, machines)
    from provision.report import ProvisionError

    raise ProvisionError(
        'machines.provider "oci" is not in this version. Make the machines by hand and use "given", or "docker" for test hosts.'
    )
