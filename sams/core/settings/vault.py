"""Settings of Vault."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from sams.core.settings.model import Section


class OciKms(Section):
    """A key of Oracle Cloud's key management that opens the server instead of a key file."""

    key_id: str = Field(description="OCID of the key.", examples=["ocid1.key.oc1.eu-frankfurt-1.example"])
    crypto_endpoint: str = Field(
        description="Address that encrypts and decrypts.", examples=["https://example-crypto.kms.eu-frankfurt-1.oraclecloud.com"]
    )
    management_endpoint: str = Field(
        description="Address that tells about keys.", examples=["https://example-management.kms.eu-frankfurt-1.oraclecloud.com"]
    )
    plugin: str = Field(
        description="Path on the Vault host of the program openbao-plugin-kms-ocikms; OpenBao 2.7 has it no longer built in.",
        examples=["/usr/local/lib/openbao/openbao-plugin-kms-ocikms"],
    )
    plugin_sha256: str = Field(description="SHA-256 of that program, 64 hexadecimal digits.", pattern="^[0-9a-f]{64}$")


class Vault(Section):
    """Where secrets are kept: a server of our own on a host of group auxiliary, or one that exists."""

    host: str | None = Field(default=None, description="Which auxiliary host runs the server; none: the first one.", examples=["aux1"])
    address: str | None = Field(
        default=None,
        description="An existing Vault or OpenBao to use instead of a server of our own.",
        examples=["https://vault.example.org:8200"],
        pattern="^https://",
    )
    ca_file: str | None = Field(
        default=None,
        description="CA certificate (PEM) of the existing server; none: the operator's machine trusts it already.",
        examples=["~/.config/sams/prod/vault-ca.pem"],
    )
    token_file: str = Field(default="~/.vault-token", description="Token of the existing server, looked for first; then VAULT_TOKEN.")
    role_id_file: str | None = Field(default=None, description="AppRole role id of the existing server, looked for third.")
    secret_id_file: str | None = Field(default=None, description="AppRole secret id that goes with it.")
    custody_file: str | None = Field(
        default=None,
        description="File with what opens Vault; none: ~/.config/sams/<env>/custody.json. Keep a copy of it in a safe place.",
        examples=["~/.config/sams/prod/custody.json"],
    )
    seal: Literal["static", "ocikms"] = Field(
        default="static", description="What opens the server when it starts: a key file on its host, or a key of Oracle Cloud."
    )
    ocikms: OciKms | None = Field(default=None, description="The key of Oracle Cloud, for `seal: ocikms`.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.seal == "ocikms") != (self.ocikms is not None):
            raise ValueError("seal: ocikms and the section ocikms go together: give both or neither")
        if (self.role_id_file is None) != (self.secret_id_file is None):
            raise ValueError("role_id_file and secret_id_file go together: give both or neither")
        return self
