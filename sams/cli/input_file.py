"""What `check` and `schema` say about an input file, the same for both."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click
from pydantic import BaseModel

from sams.core import schema as schemas
from sams.core.errors import InputError
from sams.core.reference_page import page
from sams.core.strict_yaml import shown

Model = TypeVar("Model", bound=BaseModel)


def check(path: Path, load: Callable[[Path], Model], summary: Callable[[Model], str], as_json: bool) -> None:
    """Print the mistakes of a file, or one line of what it holds; ends with exit code 1 when there are mistakes."""
    try:
        found = load(path)
    except InputError as error:
        click.echo(_as_json(path, error) if as_json else _as_text(path, error), err=not as_json)
        sys.exit(error.exit_code)
    right = json.dumps({"file": shown(path), "problems": []}, indent=2)
    click.echo(right if as_json else f"{shown(path)}: no mistakes; {summary(found)}")


def _as_text(path: Path, error: InputError) -> str:
    count = len(error.problems)
    return f"{error}\n{count} mistake{'s' if count > 1 else ''} in {shown(path)}"


def _as_json(path: Path, error: InputError) -> str:
    return json.dumps({"file": shown(path), "problems": [problem.as_dict() for problem in error.problems]}, indent=2)


def schema(model: type[BaseModel], as_json: bool) -> None:
    """Print the reference page of a file, or its JSON Schema for editors."""
    click.echo(schema_text(model) if as_json else page(schemas.of(model)), nl=False)


def schema_text(model: type[BaseModel]) -> str:
    """The JSON Schema of a file, as editors read it."""
    return json.dumps(schemas.of(model), indent=2) + "\n"
