"""Building an image once: its tag is the digest of its recipe and the calendar week."""

from __future__ import annotations

import datetime
import fcntl
import hashlib
import io
import json
import re
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from docker.errors import APIError, BuildError, ImageNotFound

from provision.docker.engine import client
from provision.docker.labels import SHARED
from provision.report import ProvisionError, Say, timed

STEP = re.compile(r"^Step \d+/\d+ : (?P<instruction>RUN|FROM)\b")


@dataclass(frozen=True)
class Recipe:
    """An image to be: `name` is repository:suite, `files` the build context with its Dockerfile, `arguments` its ARGs."""

    name: str
    files: Mapping[str, bytes]
    arguments: Mapping[str, str]


def tag_of(recipe: Recipe, week: str) -> str:
    """The full tag of a recipe's image in a week."""
    digest = hashlib.sha256(json.dumps([recipe.name, dict(recipe.arguments), week], sort_keys=True).encode())
    for path, content in sorted(recipe.files.items()):
        digest.update(f"{path}\0{len(content)}\0".encode() + content)
    return f"sams/{recipe.name}-{week}-{digest.hexdigest()[:12]}"


def this_week() -> str:
    """The ISO week of today, in UTC: 2026w47."""
    year, week, _ = datetime.datetime.now(datetime.UTC).isocalendar()
    return f"{year}w{week:02}"


def ensure(recipe: Recipe, base: Callable[[], str], say: Say) -> str:
    """The tag of a recipe's image, built if there is none; `base` gives the image to build it from, and is asked only then."""
    tag = tag_of(recipe, this_week())
    if exists(tag):
        return tag
    with _alone():
        if not exists(tag):  # another process may have built it while this one waited
            with timed(say, f"image {tag} is built"):
                _build(tag, recipe, base(), say)
            _remove_older(tag)
    return tag


def exists(tag: str) -> bool:
    """Whether the engine has this image."""
    try:
        client().images.get(tag)
    except ImageNotFound:
        return False
    return True


def context_of(files: Mapping[str, bytes]) -> io.BytesIO:
    """A build context as an archive: the same bytes for the same files."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for path, content in sorted(files.items()):
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    stream.seek(0)
    return stream


def _build(tag: str, recipe: Recipe, base: str, say: Say) -> None:
    say(f"building image {tag} from {base}")
    try:
        client().images.build(
            fileobj=context_of(recipe.files), custom_context=True, tag=tag, buildargs={**recipe.arguments, "BASE": base},
            labels=SHARED, rm=True, forcerm=True,
        )  # fmt: skip
    except BuildError as error:
        raise ProvisionError(_explain(tag, error)) from error
    except APIError as error:
        raise ProvisionError(f"the Docker engine refused to build {tag}: {error.explanation}") from error


def _explain(tag: str, error: BuildError) -> str:
    printed = "".join(line.get("stream", "") for line in error.build_log if isinstance(line, dict))
    last = "\n".join(f"    {line}" for line in printed.splitlines()[-15:])
    return (
        f"image {tag} could not be built: {error.msg}\n{last}\n"
        "Check that this machine reaches its package sources: apt-get update. Then run the same command again."
    )


def _remove_older(tag: str) -> None:
    """Remove images of the same name from earlier weeks; those that containers use stay."""
    repository, _, version = tag.partition(":")
    suite, week, _ = version.split("-")
    for image in client().images.list(repository):
        for other in image.tags:
            match = re.fullmatch(rf"{re.escape(repository)}:{suite}-(\d+w\d+)-\w+", other)
            if match and match[1] < week:
                _remove_unused(other)


def _remove_unused(tag: str) -> None:
    try:
        client().images.remove(tag)
    except APIError as error:
        if error.status_code != 409:  # 409: a container or another image uses it
            raise


@contextmanager
def _alone() -> Iterator[None]:
    """One build at a time on this machine, whoever asks."""
    with (Path(tempfile.gettempdir()) / "sams-images.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
