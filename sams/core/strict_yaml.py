"""Strict YAML: every value keeps its line and column, and what surprises people is refused.

Refused: tags, anchors, aliases, duplicate keys, several documents, keys that are not plain text, more than `LARGEST`
characters, and the words yes, no, on, off without quotes (YAML 1.1 reads them as true and false, YAML 1.2 as text).
Numbers are decimal only: 0123, 1:30, 1_000 and 2026-11-01 stay text, as they look.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from sams.core.errors import InputError, Problem

#: Largest file that is read, in characters: room for more than 100,000 mailboxes.
LARGEST = 16 * 1024 * 1024
DEEPEST = 32
#: The C parser is about ten times as fast; both give the same events.
PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+")
WORDS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
AMBIGUOUS = re.compile(r"yes|no|on|off", re.IGNORECASE)

Key = str | int
KeyPath = tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """A value with its place. `line`, `column`: of the key in a mapping, of the item in a list; both from 1."""

    value: Any
    line: int
    column: int
    #: The text as it stands in the file (scalars only).
    text: str = ""
    children: Mapping[Key, Node] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was read: plain data, and the place of each part of it."""

    file: str
    root: Node

    @property
    def data(self) -> Any:
        """The content as dictionaries, lists, text, numbers, booleans and None."""
        return self.root.value

    def find(self, path: KeyPath) -> tuple[KeyPath, Node]:
        """The part of `path` that stands in the file, and its node; steps that the file does not have are passed over."""
        node = self.root
        found: KeyPath = ()
        for step in path:
            child = node.children.get(step)
            if child is not None:
                node, found = child, (*found, step)
        return found, node

    def problem(self, path: KeyPath, message: str, **parts: str) -> Problem:
        """A `Problem` at the place of `path`, or of the nearest key above it."""
        _, node = self.find(path)
        return Problem(self.file, node.line, node.column, dotted(path), message, **parts)


def dotted(path: KeyPath) -> str:
    """`("machines", "hosts", "mail1", "groups", 0)` as `machines.hosts.mail1.groups[0]`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def is_more_than_text(word: str) -> bool:
    """Whether a word without quotes would be read as something else than text, or refused."""
    forms = (INTEGER, DECIMAL, AMBIGUOUS)
    return word.lower() in WORDS or any(form.fullmatch(word) for form in forms)


def nearest(word: str, known: Iterator[str] | list[str]) -> str:
    """The known word that looks most like `word`, or nothing."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)), "")


def shown(path: Path) -> str:
    """A path as people read it: from here, when it is below here."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def load(path: Path) -> Document:
    """Read a file.

    Raises
    ------
    InputError:
        The file is missing, too large, not UTF-8 or not strict YAML.
    """
    name = shown(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError([Problem(name, 1, 1, "", f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        remedy = "Save it as UTF-8."
        raise InputError([Problem(name, 1, 1, "", f"is not UTF-8 (byte {error.start})", remedy=remedy)]) from error
    return parse(text, name)


def parse(text: str, file: str) -> Document:
    """Read strict YAML from `text`; `file` is the name that errors show.

    Raises
    ------
    InputError:
        With the place of what is refused.
    """
    if len(text) > LARGEST:
        limit = f"at most {LARGEST} characters"
        raise InputError([Problem(file, 1, 1, "", "is too large", expected=limit, seen=f"{len(text)} characters")])
    return _Reader(text, file).document()


class _Reader:
    """Builds nodes from the parser's events; stops at the first thing that is no YAML, collects everything else."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.events = yaml.parse(text, Loader=PARSER)

    def document(self) -> Document:
        try:
            root = self._documents()
        except yaml.YAMLError as error:
            self.problems.append(self._syntax(error))
            raise InputError(self.problems) from error
        if self.problems:
            raise InputError(self.problems)
        return Document(self.file, root)

    def _documents(self) -> Node:
        roots: list[Node] = []
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if roots:
                    self._refuse(event, (), "a second document starts here", remedy="Keep one document, without ---.")
                roots.append(self._node(next(self.events), ()))
        return roots[0] if roots else Node(None, 1, 1)

    def _node(self, event: Any, path: KeyPath, mark: Any = None) -> Node:
        self._plain_only(event, path)
        place = mark or event.start_mark
        line, column = place.line + 1, place.column + 1
        if isinstance(event, yaml.ScalarEvent):
            return Node(self._scalar(event, path), line, column, event.value)
        if isinstance(event, yaml.AliasEvent):
            return Node(None, line, column)
        if len(path) > DEEPEST:
            raise yaml.MarkedYAMLError(problem=f"more than {DEEPEST} levels", problem_mark=event.start_mark)
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        children = self._mapping(path) if is_mapping else self._sequence(path)
        values = {key: child.value for key, child in children.items()}
        return Node(values if is_mapping else list(values.values()), line, column, "", children)

    def _mapping(self, path: KeyPath) -> dict[Key, Node]:
        children: dict[Key, Node] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self._key(event, path)
            child = self._node(next(self.events), (*path, key), event.start_mark)
            if key in children:
                first = f"line {children[key].line}"
                self._refuse(event, (*path, key), f"stands twice (first in {first})", remedy="Keep one of them.")
            children[key] = child
        return children

    def _sequence(self, path: KeyPath) -> dict[Key, Node]:
        children: dict[Key, Node] = {}
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            children[len(children)] = self._node(event, (*path, len(children)))
        return children

    def _key(self, event: Any, path: KeyPath) -> str:
        self._plain_only(event, path)
        if not isinstance(event, yaml.ScalarEvent):
            raise yaml.MarkedYAMLError(problem="a key must be plain text", problem_mark=event.start_mark)
        return str(event.value)

    def _scalar(self, event: Any, path: KeyPath) -> Any:
        text: str = event.value
        if not event.implicit[0]:  # quoted, or a block of text
            return text
        if text.lower() in WORDS:
            return WORDS[text.lower()]
        if INTEGER.fullmatch(text):
            return int(text) if len(text) < 20 else text
        if DECIMAL.fullmatch(text):
            return float(text)
        if AMBIGUOUS.fullmatch(text):
            remedy = f'Write true or false, or "{text}" in quotes for the word.'
            self._refuse(event, path, "can be read in two ways", seen=text, remedy=remedy)
        return text

    def _plain_only(self, event: Any, path: KeyPath) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._refuse(event, path, "aliases are not used here", seen=f"*{event.anchor}", remedy="Write the value out.")
            return
        if getattr(event, "anchor", None):
            self._refuse(event, path, "anchors are not used here", seen=f"&{event.anchor}", remedy="Remove the anchor.")
        if getattr(event, "tag", None):
            self._refuse(event, path, "tags are not used here", seen=event.tag, remedy="Remove the tag.")

    def _refuse(self, event: Any, path: KeyPath, message: str, **parts: str) -> None:
        mark = event.start_mark
        self.problems.append(Problem(self.file, mark.line + 1, mark.column + 1, dotted(path), message, **parts))

    def _syntax(self, error: yaml.YAMLError) -> Problem:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        said = ", ".join(part for part in (getattr(error, "context", ""), getattr(error, "problem", "")) if part)
        remedy = "Indent with spaces, two a level; put a text that holds ': ' or ' #' into quotes."
        return Problem(self.file, line, column, "", "is not YAML", seen=said or str(error), remedy=remedy)
