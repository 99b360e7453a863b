"""Whether a machine lets its operator in: a real login with the pinned host key, and `sudo` without a password."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass

import paramiko

from provision.report import ProvisionError

PAUSE = 0.3
CONNECT_TIMEOUT = 5.0
#: What is asked at the first login: the operator's rights and the machine's architecture, as Debian names it.
QUESTION = "sudo -n true && dpkg --print-architecture"


@dataclass(frozen=True)
class Answer:
    """What a machine answered: its host key as OpenSSH writes it, the key's fingerprint, and its architecture."""

    host_key: str
    fingerprint: str
    architecture: str


@dataclass(frozen=True)
class Login:
    """Where and as whom to log in; `key` is the path of the private key, `host_key` is empty before the first contact."""

    name: str
    address: str
    user: str
    key: str
    host_key: str


def wait_for(login: Login, patience: float) -> Answer:
    """Log in as soon as the machine answers; silence is an error only after `patience` seconds.

    Raises
    ------
    ProvisionError
        When nothing answers in time, another host key is shown than the pinned one, the login is refused, or `sudo` asks for
        a password.
    """
    end = time.monotonic() + patience
    while True:
        try:
            return _log_in(login)
        except paramiko.BadHostKeyException as error:
            raise ProvisionError(_changed(login, error)) from error
        except paramiko.AuthenticationException as error:
            raise ProvisionError(_refused(login, error)) from error
        except (OSError, EOFError, paramiko.SSHException) as error:
            if time.monotonic() > end:
                raise ProvisionError(_silent(login, patience, error)) from error
        time.sleep(PAUSE)


def _log_in(login: Login) -> Answer:
    with paramiko.SSHClient() as client:
        first_contact = _FirstContact()
        client.set_missing_host_key_policy(first_contact if not login.host_key else paramiko.RejectPolicy())
        if login.host_key:
            kind, text = login.host_key.split()[:2]
            client.get_host_keys().add(login.address, kind, paramiko.PKey.from_type_string(kind, base64.b64decode(text)))
        client.connect(
            login.address, username=login.user, key_filename=login.key, look_for_keys=False,
            timeout=CONNECT_TIMEOUT, banner_timeout=CONNECT_TIMEOUT, auth_timeout=CONNECT_TIMEOUT,
        )  # fmt: skip
        shown = client.get_host_keys()[login.address]
        key = next(iter(shown.values()))
        return Answer(f"{key.get_name()} {key.get_base64()}", key.fingerprint, _architecture(login, client))


class _FirstContact(paramiko.MissingHostKeyPolicy):
    """Takes whatever key is shown; the caller says so."""

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        client.get_host_keys().add(hostname, key.get_name(), key)


def _architecture(login: Login, client: paramiko.SSHClient) -> str:
    _, stdout, stderr = client.exec_command(QUESTION, timeout=CONNECT_TIMEOUT * 4)
    output = stdout.read().decode().strip()
    if stdout.channel.recv_exit_status() == 0 and output:
        return output
    complaint = stderr.read().decode().strip() or "no output"
    raise ProvisionError(
        f"{login.name}: {login.user} can log in, but {QUESTION!r} failed there: {complaint}. Hosts need Debian or Ubuntu and sudo "
        f"without a password; as root: echo '{login.user} ALL=(ALL) NOPASSWD:ALL' > /etc/sudoers.d/90-operator"
    )


def _changed(login: Login, error: paramiko.BadHostKeyException) -> str:
    return (
        f"{login.name}: another machine answers at {login.address} than the one that was pinned.\n"
        f"    expected  {error.expected_key.fingerprint}\n    seen      {error.key.fingerprint}\n"
        "If it was reinstalled, look at its key there (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub) and then forget the old one: "
        f"python -m provision inventory --repin {login.name}"
    )


def _refused(login: Login, error: paramiko.AuthenticationException) -> str:
    return (
        f"{login.name}: {login.address} does not let {login.user} in with the key {login.key} ({error}). "
        f"Put the public key into ~{login.user}/.ssh/authorized_keys there, or name the right key in machines.ssh.key."
    )


def _silent(login: Login, patience: float, error: Exception) -> str:
    return (
        f"{login.name}: no SSH at {login.address}:22 within {patience:.0f} s ({error}). "
        f"Is it running, and does a firewall let you through? Try: ssh -i {login.key} {login.user}@{login.address}"
    )
