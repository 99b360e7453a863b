"""Every secret that a site has, by name: those that the deployment invented, and the keys that an operator's machine holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sams.adapters import custody, hosts_file
from sams.adapters.settings import settings
from sams.adapters.vault import vault
from sams.core.secret import Secret
from tests.harness.processes import ROOT


def secrets_of(env: str) -> dict[str, Secret]:
    """All of them."""
    return {**in_vault(env), **in_custody(env), **key_files(env)}


def in_vault(env: str) -> dict[str, Secret]:
    """Every value of every document below ``mail/``."""
    store = vault(env)
    documents = {path: store.read(path) or {} for path in documents_below(env, "mail")}
    return {f"{path} {key}": secret for path, document in documents.items() for key, secret in document.items()}


def documents_below(env: str, folder: str) -> Iterator[str]:
    """The path of every document below a folder of Vault."""
    for name in vault(env).list(folder):
        path = f"{folder}/{name.rstrip('/')}"
        yield from documents_below(env, path) if name.endswith("/") else [path]


def in_custody(env: str) -> dict[str, Secret]:
    """What opens Vault; none where there is no custody file."""
    found = custody.read(custody_file(env), env)
    if found is None:
        return {}
    ids = {f"custody {name} {part}": getattr(role, part) for name, role in found.roles.items() for part in ("role_id", "secret_id")}
    keys = {"custody CA key": found.authority.key, "custody server key": found.server.key}
    return {**ids, **{name: telling_line(key.reveal()) for name, key in keys.items()}, "custody seal key": found.seal_key}


def custody_file(env: str) -> Path:
    """Where the custody file stands."""
    return custody.path_of(env, settings(env).vault)


def key_files(env: str) -> dict[str, Secret]:
    """A line of each private key file: the SSH key of `provision` and the key of the operator's certificate."""
    return {f"key {path.name}": telling_line(path.read_text()) for path in key_paths(env)}


def key_paths(env: str) -> list[Path]:
    """The private key files of an environment."""
    certificate_key = settings(env).mailcow.tls.key
    return [hosts_file.key_of(env), *([ROOT / Path(certificate_key).expanduser()] if certificate_key else [])]


def telling_line(key: str) -> Secret:
    """A line of a PEM file that holds a part of the private key: what stands before it is the same in every key of the kind.

    OpenSSH's format (PROTOCOL.key): an Ed25519 key begins at byte 161, 52.5 bytes make a line. PKCS #8 (RFC 5208): that of P-256 at 36,
    48 bytes make a line.
    """
    lines = key.splitlines()
    return Secret(lines[4] if "OPENSSH" in lines[0] else lines[1])
