"""The reference page of an input file (Markdown), made from its schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sams.core.schema import Schema, alternatives, members, resolved, words
from sams.core.validation import plain

HEAD = "| key | type | default | meaning |\n|---|---|---|---|\n"


def page(root: Schema) -> str:
    """The whole page: a table for the top and one for each section, in the order of the model."""
    top: list[str] = []
    sections: list[str] = []
    for key, schema, required in properties(root, root):
        rows = list(_rows(key, schema, root, required))
        if _is_leaf(schema, root):
            top += rows
        else:
            sections.append(f"## {key}\n\n{resolved(schema, root).get('description', '')}\n\n{HEAD}{''.join(rows)}")
    title = root.get("title", "")
    head = f"# {title}\n\n{root.get('description', '')}\n\n*Made from the code by `make docs`; change it there.*\n\n{HEAD}"
    return head + "".join(top) + "\n" + "\n".join(sections)


def properties(schema: Schema, root: Schema) -> Iterator[tuple[str, Schema, bool]]:
    """Key, schema and whether it is required, for every key that a mapping may have (first form of a key wins)."""
    seen: set[str] = set()
    for form in alternatives(schema, root):
        for key, part in form.get("properties", {}).items():
            if key not in seen:
                seen.add(key)
                yield key, part, key in form.get("required", [])


def _is_leaf(schema: Schema, root: Schema) -> bool:
    return not any(_branches(form, root) for form in alternatives(schema, root))


def _branches(form: Schema, root: Schema) -> bool:
    """Whether a form has keys of its own, itself or in its items."""
    inner = members(form)
    return bool(form.get("properties")) or (inner is not None and not _is_leaf(inner, root))


def _rows(path: str, schema: Schema, root: Schema, required: bool, given: Any = None) -> Iterator[str]:
    """The rows below `path`; `given` is the default that stands in the schema of the mapping around it."""
    given = resolved(schema, root).get("default") if given is None else given
    if _is_leaf(schema, root):
        yield _row(path, schema, root, required, given)
        return
    for form in alternatives(schema, root):
        for key, part, needed in properties(form, root):
            inherited = given.get(key) if isinstance(given, Mapping) else None
            yield from _rows(f"{path}.{key}", part, root, needed, inherited)
        inner = members(form)
        if inner is not None:
            yield from _rows(f"{path}[]" if form.get("type") == "array" else f"{path}.NAME", inner, root, required)


def _row(path: str, schema: Schema, root: Schema, required: bool, given: Any) -> str:
    schema = resolved(schema, root)
    meaning = schema.get("description", "")
    examples = ", ".join(f"`{_cell(plain(example))}`" for example in schema.get("examples", []))
    if examples:
        meaning += f" Example: {examples}."
    default = "none" if given in (None, [], {}, "") else f"`{_cell(plain(given))}`"
    shown = "**required**" if required and given is None else default
    return f"| `{path}` | {_cell(words(schema, root))} | {shown} | {_cell(meaning)} |\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
