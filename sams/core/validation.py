"""From a strict YAML document to a typed model, with every mistake told at once and at its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from sams.core import schema as schemas
from sams.core import strict_yaml
from sams.core.errors import InputError, Problem
from sams.core.strict_yaml import Document, KeyPath, Node, nearest

Model = TypeVar("Model", bound=BaseModel)
#: What pydantic's kinds of error say in our words; `expected` follows from the schema.
MESSAGES = {
    "literal_error": "is not allowed",
    "enum": "is not allowed",
    "too_short": "has too few entries",
    "too_long": "has too many entries",
    "string_pattern_mismatch": "has the wrong form",
    "greater_than": "is too small",
    "greater_than_equal": "is too small",
    "less_than": "is too large",
    "less_than_equal": "is too large",
}
#: A value that the operator has to replace says so itself: `compartment: <OCID of the compartment>`.
PLACEHOLDER = re.compile(r"<[^<>]+>")


def validated(model: type[Model], document: Document) -> Model:
    """The document as `model`.

    Raises
    ------
    InputError:
        With every mistake: unknown and missing keys, wrong types and values, placeholders that were left in.
    """
    root = schemas.of(model)
    problems = {problem.key: problem for problem in _suspicious(document, document.root, (), root)}
    try:
        result = model.model_validate(document.data)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            problem = _explained(dict(detail), document, root)
            if not any(key == problem.key or _is_below(key, problem.key) for key in problems):
                problems[problem.key] = problem
    else:
        if not problems:
            return result
    raise InputError(list(problems.values()))


def _is_below(key: str, above: str) -> bool:
    """A section complains about its parts: the part's own problem says it better."""
    return key.startswith((f"{above}.", f"{above}["))


def _suspicious(document: Document, node: Node, path: KeyPath, root: schemas.Schema) -> Iterator[Problem]:
    """What pydantic would let pass: placeholders, and true or false where a number is expected."""
    if isinstance(node.value, str) and PLACEHOLDER.fullmatch(node.value):
        description = schemas.at(root, path).get("description") or schemas.at(root, path[:-1]).get("description", "")
        yield document.problem(path, "still has its placeholder", expected=description, seen=node.value, remedy="Put the real value there.")
    if isinstance(node.value, bool):
        schema = schemas.at(root, path)
        kinds = {form.get("type") for form in schemas.alternatives(schema, root)}
        if kinds & {"integer", "number"} and "boolean" not in kinds:
            yield document.problem(path, "is of the wrong kind", expected=schemas.words(schema, root), seen=node.text)
    for step, child in node.children.items():
        yield from _suspicious(document, child, (*path, step), root)


def _explained(detail: dict[str, Any], document: Document, root: schemas.Schema) -> Problem:
    """One error of pydantic in our words."""
    kind, loc = detail["type"], tuple(detail["loc"])
    if kind == "extra_forbidden":
        return _unknown_key(loc, document, root)
    if kind == "missing":
        return _missing_key(loc, document, root)
    path, node = document.find(loc)
    seen = str(path[-1]) if loc[-1:] == ("[key]",) else _seen(node)
    if kind in {"value_error", "assertion_error"}:
        message, _, remedy = str(detail["ctx"]["error"]).partition("\n")
        return document.problem(path, message, seen=seen, remedy=remedy)
    schema = schemas.at(root, path)
    allowed = [str(value) for form in schemas.alternatives(schema, root) for value in form.get("enum", [])]
    return document.problem(
        path,
        MESSAGES.get(kind) or ("is of the wrong kind" if kind.endswith(("_type", "_parsing")) else _lowered(detail["msg"])),
        expected=schemas.words(schema, root) + _example(schema),
        seen=seen,
        nearest=nearest(node.text, allowed),
        remedy=_remedy(kind, node),
    )


def _unknown_key(loc: KeyPath, document: Document, root: schemas.Schema) -> Problem:
    path, _ = document.find(loc)
    known = schemas.keys(schemas.at(root, path[:-1]), root)
    close = nearest(str(path[-1]), known)
    remedy = f'Write "{close}", or remove the key.' if close else "Remove the key."
    expected = "one of " + ", ".join(known)
    return document.problem(path, "unknown key", expected=expected, seen=str(path[-1]), nearest=close, remedy=remedy)


def _missing_key(loc: KeyPath, document: Document, root: schemas.Schema) -> Problem:
    above, _ = document.find(loc[:-1])
    path = (*above, loc[-1])
    schema = schemas.at(root, path)
    examples = schema.get("examples")
    text = f"{loc[-1]}: {plain(examples[0])}" if examples else f"{loc[-1]}:"
    expected = schema.get("description") or schemas.words(schema, root)
    return document.problem(path, "is missing", expected=expected, remedy=f'Add it, for example "{text}".')


def plain(value: Any) -> str:
    """A value as it would be written in the file."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {plain(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(plain(item) for item in value) + "]"
    return f'"{value}"' if isinstance(value, str) and strict_yaml.is_more_than_text(value) else str(value)


def _seen(node: Node) -> str:
    text = node.text or plain(node.value)
    return text if len(text) <= 80 else text[:77] + "..."


def _example(schema: schemas.Schema) -> str:
    examples = schema.get("examples")
    return f", for example {plain(examples[0])}" if examples else ""


def _remedy(kind: str, node: Node) -> str:
    if kind == "string_type" and isinstance(node.value, (int, float)):
        return f'Put quotes around it: "{node.text}".'
    return ""


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
