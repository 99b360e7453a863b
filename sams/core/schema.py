"""Reading a JSON Schema: the part that describes a key path, and its type in words.

The schema is the one that pydantic makes of our models; errors and the reference page speak from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from sams.core.units import SIZE_WORDS, size_text

Schema = Mapping[str, Any]
WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
    "object": "keys with values",
    "array": "a list",
}
FORMATS = {
    "date": "a date (2026-11-01)",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
    "ipv4network": "an IPv4 network (10.77.0.0/24)",
    "ipv6network": "an IPv6 network (fd77::/64)",
    "path": "a path",
}


def of(model: type[BaseModel]) -> Schema:
    """The JSON Schema of a model, with sizes as they are written in the file."""
    root = model.model_json_schema()
    _write_sizes(root)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **root}


def _write_sizes(part: Any) -> None:
    if isinstance(part, dict) and part.get("x-words") == SIZE_WORDS and isinstance(part.get("default"), int):
        part["default"] = size_text(part["default"])
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _write_sizes(inner)


def resolved(schema: Schema, root: Schema) -> Schema:
    """The schema itself, or what its `$ref` points to with its own description and default laid over."""
    if "$ref" not in schema:
        return schema
    name = schema["$ref"].rsplit("/", 1)[-1]
    own = {key: value for key, value in schema.items() if key != "$ref"}
    return {**root["$defs"][name], **own}


def alternatives(schema: Schema, root: Schema) -> list[Schema]:
    """The forms that a value may have; one, unless the schema says `anyOf` or `oneOf`."""
    schema = resolved(schema, root)
    choices = schema.get("anyOf") or schema.get("oneOf")
    if not choices:
        return [schema]
    return [form for choice in choices for form in alternatives(choice, root)]


def below(schema: Schema, step: str | int, root: Schema) -> Iterator[Schema]:
    """What describes the key or list item `step` of this schema."""
    for form in alternatives(schema, root):
        inner = None if isinstance(step, int) else form.get("properties", {}).get(step)
        inner = inner or members(form)
        if inner is not None:
            yield resolved(inner, root)


def members(form: Schema) -> Schema | None:
    """What describes every item of a list, or every value of a mapping with free names."""
    patterns = form.get("patternProperties", {})
    inner = form.get("items") or form.get("additionalProperties") or next(iter(patterns.values()), None)
    return inner if isinstance(inner, Mapping) else None


def at(root: Schema, path: tuple[str | int, ...]) -> Schema:
    """The part of the schema that describes `path`; empty where the schema knows nothing of it."""
    schema: Schema = root
    for step in path:
        schema = next(below(schema, step, root), {})
    return schema


def keys(schema: Schema, root: Schema) -> list[str]:
    """The keys that a mapping of this schema may have, in the order of the model."""
    return [key for form in alternatives(schema, root) for key in form.get("properties", {})]


def words(schema: Schema, root: Schema) -> str:
    """The type of a value in words: "a whole number, 1 to 65535"."""
    return " or ".join(dict.fromkeys(_form(form, root) for form in alternatives(schema, root)))


def _form(form: Schema, root: Schema) -> str:
    if "const" in form:
        return str(form["const"])
    if "enum" in form:
        return "one of " + ", ".join(str(value) for value in form["enum"])
    if "x-words" in form:
        return str(form["x-words"])
    kind, inner = form.get("type", ""), members(form)
    if inner is not None:
        return f"{'a list of' if kind == 'array' else 'names, each with'} {words(inner, root)}"
    return FORMATS.get(form.get("format", ""), WORDS.get(kind, "a value")) + _bounds(form)


def _bounds(form: Schema) -> str:
    low, high = form.get("minimum"), form.get("maximum")
    if low is not None and high is not None:
        return f", {low} to {high}"
    if "pattern" in form:
        return f" of the form {form['pattern']}"
    limits = {"minimum": "at least", "maximum": "at most", "exclusiveMinimum": "more than", "exclusiveMaximum": "less than"}
    said = [f", {phrase} {form[name]}" for name, phrase in limits.items() if name in form]
    return "".join(said)
