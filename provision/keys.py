"""The SSH key with which an environment's hosts are reached: the operator's own, or one made for the environment."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from provision.report import ProvisionError
from sams.adapters import hosts_file


def private_key(env: str, named: str | None) -> str:
    """The path of the private key; the environment's own is made when it is asked for the first time.

    Parameters
    ----------
    env:
        The environment.
    named:
        The key that the settings name (machines.ssh.key), if they do.

    Raises
    ------
    ProvisionError
        When the named key does not exist.
    """
    if named is None:
        return str(_of_environment(env))
    path = Path(named).expanduser()
    if not path.is_file():
        raise ProvisionError(
            f"machines.ssh.key names {named}, but there is no such file. Make it (ssh-keygen -t ed25519 -f {named}), name another "
            "one, or leave the key out: then one is made for the environment."
        )
    return str(path)


def public_key(private: str) -> str:
    """The public half of a key, as authorized_keys takes it: from the file beside it, else computed.

    Raises
    ------
    ProvisionError
        When it can be had neither way.
    """
    beside = Path(f"{private}.pub")
    if beside.is_file():
        return beside.read_text().strip()
    try:
        key = serialization.load_ssh_private_key(Path(private).read_bytes(), password=None)
    except (ValueError, TypeError) as error:  # TypeError: the key has a passphrase
        raise ProvisionError(f"{private} has no public key beside it: {error}. Next: ssh-keygen -y -f {private} > {beside}") from error
    return key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()


def _of_environment(env: str) -> Path:
    path = hosts_file.key_of(env)
    if not path.exists():
        key = Ed25519PrivateKey.generate()
        text = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
        hosts_file.replace(path, text.decode())
    return path
