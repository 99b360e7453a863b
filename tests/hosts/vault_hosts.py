"""A Vault host and a mail host for the tests of Vault, and what the tests do to them behind SAMS' back."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sams.adapters import custody, hosts_file
from sams.adapters.hosts_file import HostRecord
from sams.core.secret import Secret
from sams.core.vault_custody import Custody
from tests.harness.environment import Deployed, Environment
from tests.harness.hosts import container, inside
from tests.harness.processes import PROGRAMS, ROOT, Finished

SERVICES = "../tests/hosts/vault_alone.py"
NAME = "dev-vault-tests"
SETTINGS = """\
version: 1
machines:
  provider: docker
  docker: {{subnet: 172.31.121.0/24, ipv6_subnet: null}}
  hosts:
    mail1: {{groups: [mailservers], fqdn: mail.example.test, release: trixie}}
    aux1: {{groups: [auxiliary], fqdn: vault.example.test, release: bookworm}}
vault: {{custody_file: {custody}}}
"""
#: Everything that deploys/vault makes on its host but the program.
MADE = (
    "/etc/openbao /var/lib/openbao /var/log/openbao /etc/systemd/system/openbao.service /etc/logrotate.d/openbao "
    "/var/lib/sams/activated/openbao.service"
)
STORAGE = "/var/lib/openbao"
STANZA = "/etc/openbao/private/initialize.json"


@dataclass(frozen=True)
class VaultHosts:
    """The environment, its custody file, and what its first deployment said."""

    environment: Environment
    custody_file: Path
    plan: Finished
    first: Deployed
    processes: Path

    @property
    def server(self) -> HostRecord:
        """The host that runs Vault."""
        return record(self.environment.name, "aux1")

    @property
    def mail(self) -> HostRecord:
        """The host whose secrets are kept."""
        return record(self.environment.name, "mail1")

    def custody(self) -> Custody:
        """What the custody file holds now."""
        found = custody.read(self.custody_file, self.environment.name)
        assert found is not None
        return found

    def deploy(self, *arguments: str, kill_before: int | None = None) -> Deployed:
        """Deploy Vault and the mail host's secrets."""
        return self.environment.deploy(SERVICES, *arguments, kill_before=kill_before)

    def deploy_well(self, *arguments: str) -> Deployed:
        """A run that must work."""
        deployed = self.deploy(*arguments)
        deployed.finished.expect()
        return deployed

    def shell(self, script: str, *, check: bool = True) -> str:
        """Run a script on the Vault host, not by SSH."""
        return inside(self.server, "sh", "-c", script, check=check)

    def forget(self) -> None:
        """Make the host and the operator's machine forget that there was a Vault; the program stays."""
        self.shell(f"systemctl disable --now openbao; systemctl reset-failed openbao; rm -rf {MADE}; systemctl daemon-reload", check=False)
        self.custody_file.unlink(missing_ok=True)

    def cut_power_after_start(self, seconds: float) -> None:
        """Deploy, and cut the Vault host's power so many seconds after OpenBao's process appeared; then switch it on again."""
        command = [str(PROGRAMS / "pyinfra"), f"inventories/{self.environment.name}.py", f"deploys/{SERVICES}", "-y", "--limit", "aux1"]
        running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: "bao server" in str(container(self.server).top(ps_args="-o pid,args")), "OpenBao's process")
        time.sleep(seconds)
        container(self.server).kill()
        running.wait(timeout=120)
        self.switch_on()

    def switch_on(self) -> None:
        """Start the Vault host and wait for its SSH."""
        container(self.server).start()
        wait_until(lambda: "active" in self.shell("systemctl is-active ssh", check=False).split(), "SSH of the Vault host")

    def seal_state(self) -> Any:
        """What `facts.vault.SealState` says of the Vault host."""
        return self.environment.fact("facts.vault.SealState", "--limit", "aux1")["facts.vault.SealState"]["aux1"]

    def secrets(self) -> dict[str, Secret]:
        """Every secret of the custody file, by name."""
        found = self.custody()
        ids = {f"{name} {part}": getattr(role, part) for name, role in found.roles.items() for part in ("role_id", "secret_id")}
        keys = {"CA key": found.authority.key, "server key": found.server.key}
        lines = {name: Secret(key.reveal().splitlines()[1]) for name, key in keys.items()}
        return {**ids, **lines, "seal key": found.seal_key}


def record(env: str, name: str) -> HostRecord:
    """One host of an environment."""
    return next(found for found in hosts_file.read(env) if found.name == name)


def wait_until(holds: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"expected {what} within {seconds:.0f} s")
        time.sleep(0.05)


def results(deployed: Deployed) -> dict[str, str]:
    """Operation -> what became of it on the Vault host: ``success``, ``error`` or ``no_change``."""
    rows = json.loads(deployed.finished.output)["results"]["operations"]
    return {row["name"]: state for row in rows for state in ("success", "error", "no_change") if "aux1" in row[state]}
