"""Machines that exist already: listed in the settings, reached by SSH, never made or removed."""

from __future__ import annotations

from collections.abc import Sequence

from provision.desired import machines_of
from provision.model import Change, Endpoint, Observed, Resource
from provision.report import ProvisionError, Say
from sams.core.settings.machines import Machines

#: Seconds: a machine that is said to exist has no first start to wait for.
PATIENCE = 10.0


class GivenProvider:
    """Takes the settings' word for what there is; that each machine answers is checked by SSH when the hosts file is written."""

    name = "given"

    def __init__(self, env: str, machines: Machines) -> None:
        self._env, self._machines = env, machines

    def desired(self) -> Sequence[Resource]:
        """Nothing: there is nothing to make."""
        return []

    def observe(self) -> Sequence[Observed]:
        """Nothing: there is nothing to remove."""
        return []

    def updates_in_place(self, kind: str, attribute: str) -> bool:
        """Nothing of theirs is ours to change."""
        return False

    def carry_out(self, change: Change, say: Say) -> None:
        """Refuse: the machines are not ours."""
        raise ProvisionError(f"{change}: machines of provider given are not made or removed from here.")

    def endpoints(self) -> Sequence[Endpoint]:
        """The addresses of the settings; SSH is the only road, so no host key is known beforehand."""
        found = machines_of(self._machines, None)
        return [Endpoint(one, str(one.address), str(one.address), one.name, patience=PATIENCE) for one in found]
