"""Everything on the machines: a table of contents, one service a line.

The order of lines is an order per host; `stage` joins the hosts where one host's service needs another's.
"""

from deploys.base import install as base
from deploys.docker import install as docker
from deploys.fail2ban import install as fail2ban
from deploys.mailcow import install as mailcow
from deploys.unattended_upgrades import install as unattended_upgrades
from deploys.vault import install as vault
from operations.stage import stage

base()
docker()
vault()
stage(name="Vault is open", reached="Vault is open")
mailcow()
fail2ban()
unattended_upgrades()
