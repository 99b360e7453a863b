"""Vault and the little that it stands on, and a mail host's secrets in it: what the tests of Vault deploy."""

from pyinfra.context import host

from deploys.vault import install as vault
from operations.packages import installed
from operations.remote_archive import deployed
from operations.stage import stage
from operations.vault import server_secrets

installed(name="Python is installed", packages=["python3", "procps", "iproute2"])
deployed(name="The programs of SAMS are in place")
vault()
stage(name="Vault is open", reached="Vault is open")
if "mailservers" in host.groups:
    server_secrets(name="Secrets of the mail host are in Vault", purpose="test", keys={"first": 28, "second": 40})
