"""Vault and what it stands on, and a mail host's secrets in it: what the tests of Vault deploy."""

from pyinfra.context import host

from deploys.base import install as base
from deploys.vault import install as vault
from operations.stage import stage
from operations.vault import server_secrets

base()
vault()
stage(name="Vault is open", reached="Vault is open")
if "mailservers" in host.groups:
    server_secrets(name="The mail host's secrets are in Vault", purpose="test", keys={"first": 28, "second": 40})
