"""The services of a host that need no other host: what the tests of this folder deploy."""

from deploys.base import install as base
from deploys.docker import install as docker
from deploys.unattended_upgrades import install as unattended_upgrades

base()
docker()
unattended_upgrades()
