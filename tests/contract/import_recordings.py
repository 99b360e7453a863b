"""Copies recordings of Mailcow's API into this folder: `python -m tests.contract.import_recordings FOLDER`.

FOLDER holds one JSON file a family, each with calls and answers of Mailcow 2026-07a, recorded from its own PHP on a real
database. What the contract test does not look at is left out, so that the copies stay small.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "recordings"
#: Families that are copied as a whole.
WHOLE = (
    "auth-and-errors", "status", "passwordpolicy", "domain", "mailbox", "alias", "fail2ban", "domain-admin", "empty",
    "alias-domain", "dkim", "app-passwd",
)  # fmt: skip
#: Families of which only some recordings concern what the stand-in has, by their numbers.
PARTS = {
    "extra": [*range(6), *range(15, 27), *range(29, 33)],
    "policy-ratelimit": [*range(13, 26), 27],
    "openapi-shaped": [0, 1, 2, 5, 8, 16, 17, 18, 19, 20],
}
HEADERS = ("Content-Type", "Content-Encoding", "Access-Control-Allow-Origin", "Vary")
KEPT = ("status", "body", "body_text", "body_trimmed_from", "entries", "bytes", "first_entry")


def main() -> None:
    """Copy all families."""
    source = Path(sys.argv[1])
    FOLDER.mkdir(exist_ok=True)
    for family in (*WHOLE, *PARTS):
        recorded = json.loads((source / f"{family}.json").read_text())
        numbers = PARTS.get(family, range(len(recorded["recordings"])))
        recordings = [_copied(recorded["recordings"][number]) for number in numbers]
        _write(family, recorded["mailcow"], recordings)


def _copied(recording: dict[str, Any]) -> dict[str, Any]:
    if "request" not in recording:
        return recording
    response = recording["response"]
    headers = {name: value for name, value in response.get("headers", {}).items() if name in HEADERS}
    kept = {name: response[name] for name in KEPT if name in response}
    return {"name": recording["name"], "request": recording["request"], "response": {**kept, "headers": headers}}


def _write(family: str, version: str, recordings: list[dict[str, Any]]) -> None:
    head = json.dumps({"family": family, "source": f"Mailcow {version}, recorded from its own PHP"})[:-1]
    lines = ",\n".join(json.dumps(recording, ensure_ascii=False, separators=(",", ":")) for recording in recordings)
    (FOLDER / f"{family}.json").write_text(f'{head}, "recordings": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
