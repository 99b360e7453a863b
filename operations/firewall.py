"""The host firewall."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from pyinfra.api.command import PyinfraCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from facts.machine import Firewall
from operations.on_trial import on_trial
from operations.remote import fail_host
from sams.core.firewall import ruleset
from sams.core.image_rules import RuleNotUnderstood, instance_rules
from sams.core.ports import Port

#: What is assumed of a host that cannot be asked yet (a plan on a fresh host).
FRESH: dict[str, Any] = {
    "confirmed": "",
    "loaded": False,
    "at_boot": False,
    "ssh_ports": [22],
    "rivals": [],
    "image": {"rules_v4": "", "pending": [], "loader": False},
}


@operation()
def loaded(*, ports: Sequence[Port], private_addresses: Sequence[str]) -> Generator[PyinfraCommand, None, None]:
    """Make the host firewall stand, now and at boot; the ports of the SSH server are always open.

    A packet filter that the image brought is taken over: its rules for the cloud's link-local services are kept in our table.

    + ports: what is open on this host
    + private_addresses: addresses of the environment's hosts, which may reach ports of private scope
    """
    found = host.get_fact(Firewall) or FRESH
    if rivals := found["rivals"]:
        yield fail_host(
            f"firewall: {', '.join(rivals)} is active and would block what Docker publishes, or the other way round. "
            f"Next: on the host run '{'ufw disable' if 'ufw' in rivals else 'systemctl disable --now firewalld'}', then run again."
        )
        return
    image = found["image"]
    try:
        kept = instance_rules(image["rules_v4"])
    except RuleNotUnderstood as error:
        yield fail_host(f"firewall: {error}")
        return
    wanted = ruleset(ports, ssh_ports=found["ssh_ports"], private_addresses=private_addresses, instance_rules=kept)
    if found["confirmed"] == wanted and found["loaded"] and found["at_boot"] and not image["pending"] and not image["loader"]:
        host.noop(f"{len(ports)} ports are open, everything else is closed")
        return
    if image["pending"] or image["loader"]:
        host.log(f"takes over the image's packet filter ({', '.join(image['pending']) or 'its loader'})")
    yield from on_trial("firewall", {"ruleset": wanted})
