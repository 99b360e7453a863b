"""Entry point on hosts: ``python3 remote.pyz VERB [JSON | -]``.

The job is the JSON argument, or standard input when the argument is ``-`` (the road for secrets), or empty. The answer is one line of
JSON on standard output. Exit status: 0 done, 1 failed (the answer is then ``{"error": …}`` and the reason stands on standard error too).
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

from sams.remote.errors import Failed

#: What can be asked for; each is a module of this package with a function ``run(job)``.
VERBS = (
    "auth_outage",
    "apt_repository_state",
    "apt_repository_trust",
    "bans",
    "files_state",
    "files_write",
    "firewall_keep",
    "firewall_state",
    "firewall_try",
    "machine_state",
    "machine_tune",
    "mailcow_admin",
    "mailcow_administer",
    "mailcow_aliases",
    "mailcow_answers",
    "mailcow_apply",
    "mailcow_checkout",
    "mailcow_configuration",
    "mailcow_configure",
    "mailcow_containers",
    "mailcow_domains",
    "mailcow_mailboxes",
    "mailcow_people",
    "mailcow_preflight",
    "mailcow_ready",
    "mailcow_source",
    "mailcow_stack",
    "mailcow_up",
    "mailcow_version",
    "mailcow_wait",
    "revert",
    "ssh_keep",
    "ssh_state",
    "ssh_try",
    "unit_act",
    "unit_state",
    "unpack",
    "upgrades_report",
    "vault_open",
    "vault_state",
    "volumes_mount",
    "volumes_state",
)


def read_job(arguments: list[str]) -> dict[str, Any]:
    """The job, from the argument or from standard input."""
    text = arguments[0] if arguments else "{}"
    job: dict[str, Any] = json.loads(sys.stdin.read() if text == "-" else text)
    return job


def main(arguments: list[str]) -> int:
    """Run one verb and print its answer."""
    if not arguments or arguments[0] not in VERBS:
        print(f"remote.pyz: no such verb; expected one of: {', '.join(VERBS)}", file=sys.stderr)
        return 1
    try:
        answer = importlib.import_module(f"sams.remote.{arguments[0]}").run(read_job(arguments[1:]))
    except Failed as failure:
        print(json.dumps({"error": str(failure)}))
        print(failure, file=sys.stderr)
        return 1
    print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
