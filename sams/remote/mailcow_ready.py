"""Whether Mailcow's API answers."""

from __future__ import annotations

from typing import Any

from sams.remote.errors import Failed
from sams.remote.mailcow_api import Api
from sams.remote.mailcow_programs import DIRECTORY


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"ready": bool, "version": text, "why": text}``."""
    try:
        with Api.of(job.get("directory", DIRECTORY)) as api:
            answer = api.get("status/version").value
    except Failed as failure:
        return {"ready": False, "version": "", "why": str(failure)}
    version = answer.get("version", "") if isinstance(answer, dict) else ""
    return {"ready": bool(version), "version": version, "why": "" if version else "no version in the answer: the key is not accepted"}
