"""What opens the OpenBao server when it starts, as its configuration says it (https://openbao.org/docs/configuration/seal/)."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

from sams.core.settings.vault import OciKms

STATIC = """\
# Written by deploys/vault. systemd hands the key file over in memory; on the disk it is for root alone.
seal "static" {{
  current_key_id = {key_id}
  current_key    = "file:///run/openbao/seal.key"
}}
"""

OCIKMS = """\
# Written by deploys/vault. The host itself is who Oracle Cloud lets use the key (instance principal).
plugin_directory = {directory}

plugin "kms" "ocikms" {{
  command   = {command}
  sha256sum = {sha256}
}}

seal "ocikms" {{
  key_id              = {key_id}
  crypto_endpoint     = {crypto_endpoint}
  management_endpoint = {management_endpoint}
}}
"""


def seal(seal_key_id: str, ocikms: OciKms | None) -> str:
    """The ``seal`` stanza: the key file of that name or, if given, the key of Oracle Cloud."""
    if ocikms is None:
        return STATIC.format(key_id=json.dumps(seal_key_id))
    plugin = PurePosixPath(ocikms.plugin)
    return OCIKMS.format(
        directory=json.dumps(str(plugin.parent)),
        command=json.dumps(plugin.name),
        sha256=json.dumps(ocikms.plugin_sha256),
        key_id=json.dumps(ocikms.key_id),
        crypto_endpoint=json.dumps(ocikms.crypto_endpoint),
        management_endpoint=json.dumps(ocikms.management_endpoint),
    )
