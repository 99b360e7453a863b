"""What Docker a host has and what runs in it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from pyinfra.api.exceptions import FactProcessError
from pyinfra.api.facts import FactBase

#: The package that brings the engine, by whose it is.
ENGINES = {"docker-ce": "vendor", "docker.io": "distribution"}


@dataclass(frozen=True)
class EngineState:
    """Versions of the running engine and of the compose plugin, empty where there is none; whose packages are installed."""

    engine: str = ""
    compose: str = ""
    installed: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For ``pyinfra … fact --json``."""
        return asdict(self)


class Engine(FactBase[EngineState]):
    """The Docker engine of a host; ``pyinfra INVENTORY fact facts.docker_engine.Engine``."""

    @staticmethod
    def default() -> EngineState:
        """No Docker."""
        return EngineState()

    def command(self) -> str:
        """Installed packages, then what the programs say of themselves."""
        names = " ".join(ENGINES)
        return (
            f"dpkg-query -W -f 'package ${{Package}} ${{db:Status-Abbrev}}\\n' -- {names} 2>/dev/null; "
            "if command -v docker >/dev/null; then "
            "docker version --format 'engine {{.Server.Version}}' 2>/dev/null; "
            'echo "compose $(docker compose version --short 2>/dev/null)"; fi; true'
        )

    def process(self, output: list[str]) -> EngineState:
        """One word a line says what the rest is."""
        rows = [line.split() for line in output]
        said = {row[0]: row[1] for row in rows if len(row) == 2}
        installed = tuple(ENGINES[row[1]] for row in rows if row[0] == "package" and row[1] in ENGINES and row[2:] and row[2][1:] == "i")
        return EngineState(said.get("engine", ""), said.get("compose", "").removeprefix("v"), installed)


class Containers(FactBase[dict[str, dict[str, str]]]):
    """Containers by name: image, state, health; ``pyinfra INVENTORY fact facts.docker_engine.Containers``."""

    @staticmethod
    def default() -> dict[str, dict[str, str]]:
        """None."""
        return {}

    def command(self) -> str:
        """One JSON object a line; nothing where there is no Docker."""
        return "if command -v docker >/dev/null; then docker ps --all --no-trunc --format '{{json .}}'; fi"

    def process(self, output: list[str]) -> dict[str, dict[str, str]]:
        """Keep what matters of each row."""
        try:
            rows = [json.loads(line) for line in output]
            return {row["Names"]: {"image": row["Image"], "state": row["State"], "status": row["Status"]} for row in rows}
        except (ValueError, KeyError) as error:
            raise FactProcessError(f"docker ps: expected one JSON object a line, seen {output[:1]}") from error
