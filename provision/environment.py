"""An environment's machines: plan, apply, destroy, inventory."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from provision import keys, lock, ssh
from provision import plan as planner
from provision.model import Endpoint, Plan
from provision.provider import Provider, choose
from provision.report import ProvisionError, Say, timed
from sams.adapters import hosts_file
from sams.adapters.hosts_file import HostRecord
from sams.adapters.settings import settings
from sams.core.settings.machines import Machines

#: Machines that are logged in to at the same time.
AT_ONCE = 8


@dataclass(frozen=True)
class Environment:
    """An environment, its settings and the provider that these name."""

    name: str
    machines: Machines
    provider: Provider

    @classmethod
    def named(cls, env: str) -> Environment:
        """The environment of `inventories/<env>.yml`.

        Raises
        ------
        SamsError
            When there is none, it is wrong, or its provider is not at hand.
        """
        machines = settings(env).machines
        return cls(env, machines, choose(env, machines))

    def plan(self, replace: Iterable[str], remove: Iterable[str]) -> Plan:
        """What `apply` would change.

        Parameters
        ----------
        replace, remove:
            Names of machines that may be replaced or removed.
        """
        wanted = self.provider.desired()
        return planner.plan(wanted, self.provider.observe(), self.provider.updates_in_place, frozenset(replace), frozenset(remove))

    def apply(self, replace: Iterable[str], remove: Iterable[str], say: Say) -> tuple[HostRecord, ...]:
        """Make the machines as the settings say; the hosts file is written last.

        Raises
        ------
        ProvisionError
            When a step needs an option that was not given (then nothing is changed), or a machine does not answer.
        WaitingError
            When another command is changing the environment.
        """
        with lock.alone(self.name):
            plan = self.plan(replace, remove)
            refuse_blocked(plan)
            self._carry_out(plan, say)
            return self._record(frozenset(), say)

    def removal(self, purge: bool) -> Plan:
        """What `destroy` would remove and keep."""
        return planner.removal(self.provider.observe(), purge)

    def destroy(self, plan: Plan, say: Say) -> None:
        """Carry out a removal and forget the hosts; the environment's SSH key is kept for the next machines."""
        with lock.alone(self.name):
            hosts_file.forget(self.name)
            self._carry_out(plan, say)

    def inventory(self, repin: frozenset[str], say: Say) -> tuple[HostRecord, ...]:
        """Write the hosts file again from the machines' tags; `repin` names those whose pinned host key is forgotten."""
        with lock.alone(self.name):
            return self._record(repin, say)

    def _carry_out(self, plan: Plan, say: Say) -> None:
        for change in plan.changes:
            with timed(say, str(change)):
                self.provider.carry_out(change, say)

    def _record(self, repin: frozenset[str], say: Say) -> tuple[HostRecord, ...]:
        endpoints = self.provider.endpoints()
        if not endpoints:
            raise ProvisionError(f"no machine of environment {self.name} is running. Next: python -m provision apply --env {self.name}")
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            records = tuple(pool.map(lambda one: _checked(one, self._login(one, repin), say), endpoints))
        hosts_file.write(self.name, records)
        return records

    def _login(self, endpoint: Endpoint, repin: frozenset[str]) -> ssh.Login:
        machine = endpoint.machine
        pinned = {record.name: record.host_key for record in hosts_file.read_or_none(self.name) if record.name not in repin}
        return ssh.Login(
            name=machine.name,
            address=endpoint.public_address,
            user=machine.user or self.machines.ssh.user,
            key=keys.private_key(self.name, self.machines.ssh.key),
            host_key=endpoint.host_key or pinned.get(machine.name, ""),
        )


def refuse_blocked(plan: Plan) -> None:
    """Stop before anything is changed when the plan holds a step that nobody has allowed."""
    if plan.blocked:
        steps = "\n".join(f"    {change}: needs {change.needs}" for change in plan.blocked)
        raise ProvisionError(
            f"nothing was changed, because these steps lose a machine's own disk:\n{steps}\n"
            "Allow them by these options, or put the settings back."
        )


def _checked(endpoint: Endpoint, login: ssh.Login, say: Say) -> HostRecord:
    answer = ssh.wait_for(login, endpoint.patience)
    pinned = "host key is the pinned one" if login.host_key else f"host key pinned at first contact: {answer.fingerprint}"
    say(f"{login.name}: SSH answers at {login.address}, {pinned}")
    return HostRecord(
        name=login.name,
        groups=endpoint.machine.groups,
        fqdn=endpoint.machine.fqdn,
        public_address=endpoint.public_address,
        private_address=endpoint.private_address,
        user=login.user,
        key=login.key,
        host_key=answer.host_key,
        architecture=answer.architecture,
        provider_id=endpoint.provider_id,
        ipv6_address=endpoint.ipv6_address,
    )
