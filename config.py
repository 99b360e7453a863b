"""pyinfra reads this before the inventory."""

from pyinfra import config

from sams.adapters.inventory import refuse_missing_inventory

# Operations are told apart by line numbers and run in two phases: both are this version's behaviour, and tested with it.
config.REQUIRE_PYINFRA_VERSION = "~=3.10.0"

refuse_missing_inventory()
