"""Carry out many changes through Mailcow's API: each is read back, one that fails stops no other.

Calls for one domain go one after another, because Mailcow checks limits without locks; domains go side by side.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Any

from sams.remote.errors import Failed
from sams.remote.exclusive import exclusive
from sams.remote.mailcow_api import Api, Refused, Unavailable
from sams.remote.mailcow_programs import DIRECTORY

Step = dict[str, Any]

PAUSE_SECONDS = 2.0
NOT_TRIED = "not tried, because Mailcow refused the key before"
MOST_TOLD = 50


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"directory", "steps": [{"item", "domain", "call", "body", "read", "expected"}]}`` -> the items done.

    Fails after everything was tried, naming each item that was not done, and why.
    """
    steps: list[Step] = job["steps"]
    domains = [list(part) for _, part in groupby(sorted(steps, key=by_domain), key=by_domain)]
    stop = threading.Event()
    with exclusive(), ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        results = pool.map(lambda part: list(one_domain(job.get("directory", DIRECTORY), part, stop)), domains)
        verdicts = [verdict for part in results for verdict in part]
    failed = [(item, why) for item, why in verdicts if why]
    if failed:
        raise Failed(explain(len(verdicts) - len(failed), failed))
    return {"done": [item for item, _ in verdicts]}


def by_domain(step: Step) -> str:
    """What steps are grouped by."""
    return str(step["domain"])


def one_domain(directory: str, steps: Iterable[Step], stop: threading.Event) -> Iterable[tuple[str, str]]:
    """Item and reason of failure (empty: done) of each step of a domain."""
    with Api.of(directory) as api:
        for step in steps:
            if stop.is_set():
                yield step["item"], NOT_TRIED
                continue
            try:
                yield step["item"], attempt(api, step)
            except Refused as refused:
                stop.set()
                yield step["item"], str(refused)
            except Failed as failure:
                yield step["item"], str(failure)


def attempt(api: Api, step: Step) -> str:
    """Do one step and read it back; why it is not done, or nothing.

    After an answer that tells nothing (a crash, a lost connection) what counts is what is read back; if that is not as
    wanted the call is made once more.
    """
    for last in (False, True):
        try:
            answer = api.post(step["call"], step["body"])
        except Refused:
            raise
        except Unavailable as unavailable:
            problems, uncertain = [str(unavailable)], True
        else:
            problems, uncertain = answer.problems, answer.empty
        wrong = mismatches(api, step) if uncertain or not problems else []
        if uncertain and not wrong:
            return ""
        if not uncertain or last:
            return "; ".join([*problems, *wrong])
        time.sleep(PAUSE_SECONDS)
    return ""


def mismatches(api: Api, step: Step) -> list[str]:
    """The fields that were asked for and are otherwise, as read back."""
    seen = api.get(step["read"]).value
    if not isinstance(seen, dict) or not seen:
        return ["it is not there after the call"]
    return [
        f"{key}: expected {wanted}, seen {seen.get(key)}" for key, wanted in step["expected"].items() if not same(wanted, seen.get(key))
    ]


def same(wanted: Any, seen: Any) -> bool:
    """Whether a field is as asked for; numbers may come back as texts, lists as a text with commas."""
    if isinstance(wanted, list):
        return {item.lower() for item in wanted} == set(str(seen or "").lower().split(","))
    return str(wanted) == str(seen)


def explain(done: int, failed: list[tuple[str, str]]) -> str:
    """Each item that failed, with its reason."""
    lines = [f"  {item}: {why}" for item, why in failed[:MOST_TOLD]]
    lines += [f"  and {len(failed) - MOST_TOLD} more"] if len(failed) > MOST_TOLD else []
    return "\n".join([f"{done} done, {len(failed)} failed:", *lines, "next: mend what is named, then run deploys/users.py again"])
