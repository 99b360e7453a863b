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

Model = TypeVar("Model", bound=BaseModel)


def check(path: Path, load: Callable[[Path], Model], summary: Callable[[Model], str], as_json: bool) -> None:
    """Print the mistakes of a file, or one line of what it holds; ends with exit code 1 when there are mistakes."""
    try:
        found = load(path)
    except InputError as error:
        if not as_json:
            click.echo(str(error), err=True)
            sys.exit(f"{len(error.problems)} mistake{'s' if len(error.problems) > 1 else ''} in {path}")
        click.echo(json.dumps({"file": str(path), "problems": [problem.as_dict() for problem in error.problems]}, indent=2))
        sys.exit(1)
    if as_json:
        click.echo(json.dumps({"file": str(path), "problems": []}, indent=2))
    else:
        click.echo(f"{path}: no mistakes; {summary(found)}")


def schema(model: type[BaseModel], as_json: bool) -> None:
    """Print the reference page of a file, or its JSON Schema for editors."""
    click.echo(schema_text(model) if as_json else page(schemas.of(model)), nl=False)


def schema_text(model: type[BaseModel]) -> str:
    """The JSON Schema of a file, as editors read it."""
    return json.dumps(schemas.of(model), indent=2) + "\n"
