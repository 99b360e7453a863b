"""Labels are the state: everything that the Docker provider makes says what it is for.

`sams.spec` holds the resource as it was asked for, so that a plan can name what differs; no file beside the engine is needed.
Labels of a living object cannot change: what a resource shows by itself (memory, addresses) is read from itself instead.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from provision.model import Resource, values_of

ENV = "sams.env"
HOST = "sams.host"
SPEC = "sams.spec"
#: Images serve all environments.
SHARED = {ENV: "shared"}

Kind = TypeVar("Kind", bound=Resource)


def labels_of(env: str, resource: Resource) -> dict[str, str]:
    """The labels of a resource."""
    return {ENV: env, SPEC: json.dumps(values_of(resource), sort_keys=True)}


def resource_of(kind: type[Kind], labels: Mapping[str, str], **seen: Any) -> Kind:
    """The resource that an object's labels tell of; `seen` is what the object shows by itself and wins.

    Fields that another version of this program wrote and this one does not know are ignored.
    """
    known = {field.name for field in fields(kind)}
    told = {name: _frozen(value) for name, value in json.loads(labels[SPEC]).items() if name in known}
    return kind(**{**told, **seen})


def filter_of(env: str) -> dict[str, str | list[str] | bool]:
    """The engine's filter for everything of an environment."""
    return {"label": f"{ENV}={env}"}


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
