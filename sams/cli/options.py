"""Options that many commands share."""

from __future__ import annotations

import click

env = click.option("--env", default="prod", envvar="SAMS_ENV", show_default="prod, or SAMS_ENV", help="Reads inventories/<env>.yml.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
