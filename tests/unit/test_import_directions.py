"""Who may import whom: the rules that keep the rooms of this house apart."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("sams", "facts", "operations", "deploys", "provision", "inventories")
#: Importing package -> what it may import of ours.
ALLOWED: Mapping[str, tuple[str, ...]] = {
    "sams.core": ("sams.core",),
    "sams.remote": ("sams.remote",),
    "sams.adapters": ("sams.core", "sams.adapters", "sams.remote"),
    "sams.cli": ("sams.core", "sams.adapters", "sams.cli"),
    "facts": ("sams", "facts", "operations"),
    "operations": ("sams", "facts", "operations"),
    "deploys": ("sams", "facts", "operations", "deploys"),
    "inventories": ("sams",),
    "provision": ("sams.core", "sams.adapters.hosts_file", "sams.adapters.settings", "provision"),
}
#: The core knows no way to the outside: values in, values out.
OUTSIDE = ("pyinfra", "oci", "hvac", "httpx", "docker", "paramiko", "requests", "click", "socket", "ssl", "subprocess", "urllib.request")
#: Third-party packages that the core may use.
CORE_LIBRARIES = ("pydantic", "yaml", "jinja2", "cryptography")


def modules() -> dict[str, Path]:
    """Every module of ours by dotted name."""
    found = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if path.name.startswith("dev-"):
                continue  # an environment that somebody makes for a day; git does not keep it
            found[".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")] = path
    return found


MODULES = modules()


def imports(module: str, path: Path, top_level_only: bool = False) -> Iterator[str]:
    """Names that a module imports, as dotted names; relative imports made absolute."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in tree.body if top_level_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                full = f"{source}.{alias.name}"
                yield full if full in MODULES else source


def within(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def room_of(module: str) -> str | None:
    return next((room for room in ALLOWED if within(module, (room,))), None)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_from_the_rooms_it_may_enter(module: str) -> None:
    room = room_of(module)
    if room is None:
        assert module == "sams", f"{module} stands in no room of the map"
        return
    ours = [name for name in imports(module, MODULES[module]) if within(name, ROOMS)]
    strangers = [name for name in ours if name != "sams" and not within(name, ALLOWED[room])]
    assert not strangers, f"{module} ({room}) may not import {strangers}"


@pytest.mark.parametrize("module", [module for module in MODULES if within(module, ("sams.core",))])
def test_the_core_reaches_nothing_outside(module: str) -> None:
    names = set(imports(module, MODULES[module]))
    assert not [name for name in names if within(name, OUTSIDE)]
    strangers = [name for name in names if name.split(".")[0] not in {*sys.stdlib_module_names, "sams", *CORE_LIBRARIES}]
    assert not strangers


@pytest.mark.parametrize("module", [module for module in MODULES if within(module, ("sams.remote",))])
def test_programs_on_hosts_need_the_standard_library_only(module: str) -> None:
    names = set(imports(module, MODULES[module]))
    assert not [name for name in names if name.split(".")[0] not in {*sys.stdlib_module_names, "sams"}]


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {
        module: {name for name in imports(module, path, top_level_only=True) if name in MODULES and name != module}
        for module, path in MODULES.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' -> '.join(error.args[1])}")


def test_the_entry_points_do_not_load_a_provider() -> None:
    """`python -m provision --help` must not wait for a cloud's library."""
    entry: list[str] = [module for module in ("provision.__main__", "provision") if module in MODULES]
    loaded: set[str] = set()
    waiting: list[str] = list(entry)
    while waiting:
        module = waiting.pop()
        loaded.add(module)
        names = set(imports(module, MODULES[module], top_level_only=True))
        assert not [name for name in names if name.split(".")[0] in {"oci", "docker"}], module
        waiting += [name for name in names if name in MODULES and name not in loaded]


def test_our_packages_are_the_ones_that_python_finds() -> None:
    """pyinfra puts this folder last on the path: an installed package of the same name would win."""
    for room in ("facts", "operations", "deploys", "provision"):
        assert Path(str(__import__(room).__file__)).parent == ROOT / room
