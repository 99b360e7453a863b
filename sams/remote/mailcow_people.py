"""Domains, mailboxes and aliases of Mailcow, by name: for the deploy, and for people who ask by hand."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from sams.remote.errors import Failed
from sams.remote.mailcow_api import Api, rows
from sams.remote.mailcow_programs import DIRECTORY

Rows = dict[str, dict[str, Any]]


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"directory", "domains": [...]}`` -> all domains, and mailboxes and aliases of the named domains that exist.

    ``{"why": text}`` when they cannot be read now: the host may still be on its way to a Mailcow.
    """
    directory = job.get("directory", DIRECTORY)
    try:
        known = domains(directory)
        names = [name for name in job["domains"] if name in known]
        return {"domains": known, "mailboxes": mailboxes(directory, names), "aliases": aliases(directory, names)}
    except Failed as failure:
        return {"why": str(failure)}


def domains(directory: str) -> Rows:
    """All domains by name."""
    return {row["domain_name"]: row for row in read(directory, "domain/all")}


def mailboxes(directory: str, names: Iterable[str] | None) -> Rows:
    """Mailboxes by address; all when no domains are named. The reduced form: the full one costs four times as much."""
    return {row["username"]: row for row in listed(directory, "mailbox", "reduced", names)}


def aliases(directory: str, names: Iterable[str] | None) -> Rows:
    """Aliases by address, in lower case as they are compared; all when no domains are named."""
    return {str(row["address"]).lower(): row for row in listed(directory, "alias", "all", names)}


def listed(directory: str, kind: str, form: str, names: Iterable[str] | None) -> list[dict[str, Any]]:
    """The rows of some domains, or all, with as many clients as there are processors: more would buy nothing.

    Mailcow lists everybody for a domain that it does not know, so rows of other domains are left out.
    """
    if names is None:
        return read(directory, f"{kind}/{form}")
    wanted = list(names)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        parts = pool.map(partial(read, directory), [f"{kind}/{form}/{name}" for name in wanted])
    return [row for name, part in zip(wanted, parts, strict=True) for row in part if row["domain"] == name]


def read(directory: str, path: str) -> list[dict[str, Any]]:
    """One list."""
    with Api.of(directory) as api:
        return rows(api.get(path))
