"""Documents in Vault: read, created, replaced, listed and removed, with errors that name the next command.

Documents live in the KV version 2 engine at ``secret/`` (https://openbao.org/api-docs/secret/kv/kv-v2/). Every write is
check-and-set: nothing is replaced that the caller has not seen.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import hvac
import paramiko
import requests
from hvac import exceptions as hvac_errors

from sams.core.errors import SamsError
from sams.core.secret import Secret
from sams.core.vault_access import MOUNT

#: Seconds that a new secrets engine may need until it takes documents.
SETTLING = 10

Answer = TypeVar("Answer")


class VaultUnavailable(SamsError):
    """Vault cannot be used now; the message says why and what to do."""


@dataclass(frozen=True)
class Document:
    """A document of the secrets engine: its values, and its version for check-and-set."""

    values: dict[str, Secret]
    version: int


class Vault:
    """A Vault server, logged in when first used.

    Parameters
    ----------
    name:
        What errors call it.
    client:
        An hvac client that reaches it.
    login:
        Gives the client a token; raises `VaultUnavailable`.
    remedy:
        The next command for an operator when the server does not answer.
    """

    def __init__(self, name: str, client: hvac.Client, login: Callable[[hvac.Client], None], remedy: str) -> None:
        self.name = name
        self._client = client
        self._login = login
        self._remedy = remedy

    def read(self, path: str) -> dict[str, Secret] | None:
        """The values at this path below ``secret/``; None when there is no such document."""
        document = self.document(path)
        return document.values if document else None

    def document(self, path: str) -> Document | None:
        """The values at this path with their version; None when there is no such document."""
        answer = self._found(
            lambda client: client.secrets.kv.v2.read_secret_version(path, mount_point=MOUNT, raise_on_deleted_version=True)
        )
        if answer is None:
            return None
        data = answer["data"]
        return Document({key: Secret(value) for key, value in data["data"].items()}, data["metadata"]["version"])

    def create(self, path: str, values: Mapping[str, Secret]) -> bool:
        """Write a new document; False, and nothing is changed, when there is one already."""
        return self.write(path, values, version=0)

    def write(self, path: str, values: Mapping[str, Secret], version: int) -> bool:
        """Replace the document if it still has this version; False, and nothing is changed, when it has another."""
        plain = {key: value.reveal() for key, value in values.items()}
        try:
            self.request(lambda client: client.secrets.kv.v2.create_or_update_secret(path, plain, cas=version, mount_point=MOUNT))
        except hvac_errors.InvalidRequest as error:
            if "check-and-set" in str(error):
                return False
            raise
        return True

    def list(self, path: str) -> list[str]:
        """Names below this path, folders with a slash at the end; empty when there are none."""
        answer = self._found(lambda client: client.secrets.kv.v2.list_secrets(path, mount_point=MOUNT))
        return [str(name) for name in answer["data"]["keys"]] if answer else []

    def delete(self, path: str) -> None:
        """Remove a document with all its versions; nothing happens when there is none."""
        self.request(lambda client: client.secrets.kv.v2.delete_metadata_and_all_versions(path, mount_point=MOUNT))

    def request(self, call: Callable[[hvac.Client], Answer]) -> Answer:
        """Make one call with a valid login: logs in first, and again when the token has run out.

        Raises
        ------
        VaultUnavailable:
            When the server cannot be reached, is sealed or refuses the login.
        hvac.exceptions.InvalidPath, hvac.exceptions.InvalidRequest:
            What the server answered to the call itself.
        """
        with self._told():
            if not self._client.token:
                self._login(self._client)
                return self._settled(call)
            try:
                return self._settled(call)
            except hvac_errors.Forbidden:
                self._client.token = None
                self._login(self._client)
                return self._settled(call)

    def _found(self, call: Callable[[hvac.Client], Any]) -> Any | None:
        """The answer; None when the path holds nothing. A missing secrets engine is an error, not an empty one."""
        try:
            return self.request(call)
        except hvac_errors.InvalidPath as error:
            if error.errors:
                raise VaultUnavailable(
                    f"{self.name}: expected a KV version 2 engine at {MOUNT}/, seen none ({_told_by(error)}). Next: {self._remedy}"
                ) from error
            return None

    def _settled(self, call: Callable[[hvac.Client], Answer]) -> Answer:
        """The call, repeated while a new secrets engine is being prepared."""
        deadline = time.monotonic() + SETTLING
        while True:
            try:
                return call(self._client)
            except hvac_errors.InvalidRequest as error:
                if "Upgrading from non-versioned" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what went wrong on the way into a sentence with the next command."""
        try:
            yield
        except hvac_errors.Forbidden as error:
            raise VaultUnavailable(f"{self.name}: the login may not do this ({_told_by(error)}). Next: compare its policy") from error
        except hvac_errors.VaultDown as error:
            raise VaultUnavailable(f"{self.name}: expected it unsealed, seen it sealed. Next: {self._remedy}") from error
        except (hvac_errors.InvalidPath, hvac_errors.InvalidRequest):
            raise
        except (requests.RequestException, paramiko.SSHException, OSError, EOFError, hvac_errors.VaultError) as error:
            raise VaultUnavailable(f"{self.name}: no usable answer ({_told_by(error)}). Next: {self._remedy}") from error


def _told_by(error: Exception) -> str:
    """The innermost reason, on one line."""
    reason: BaseException = error
    while reason.__cause__ or reason.__context__:
        reason = reason.__cause__ or reason.__context__ or reason
    return " ".join(f"{type(reason).__name__}: {reason}".split())
