"""Modules: a folder with a manifest. A new one edits no other file; a fault stops the start."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from base.basics.errors import StartRefused

ROOT = Path(__file__).resolve().parents[2]
_KNOWN = {"name", "version", "depends", "data", "demo", "prefixes"}


@dataclass(frozen=True)
class Manifest:
    """What a module says of itself."""

    module: str
    path: Path
    name: str
    version: str
    depends: tuple[str, ...]
    data: tuple[str, ...]
    prefixes: tuple[str, ...]


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder.

    Raises:
        StartRefused: it is not a literal dict, lacks a key or has an unknown one.
    """
    where = folder / "__manifest__.py"
    try:
        data = ast.literal_eval(where.read_text(encoding="utf-8").strip())
    except (SyntaxError, ValueError) as fault:
        raise StartRefused(
            f"Module {folder.name} : {where.name} n’est pas un dictionnaire littéral ({fault})."
        ) from fault
    if not isinstance(data, dict):
        raise StartRefused(f"Module {folder.name} : le manifeste doit être un dictionnaire.")
    if unknown := sorted(set(data) - _KNOWN):
        raise StartRefused(
            f"Module {folder.name} : clé inconnue dans le manifeste : {', '.join(unknown)}."
        )
    if missing := sorted({"name", "version", "depends"} - set(data)):
        raise StartRefused(f"Module {folder.name} : il manque au manifeste : {', '.join(missing)}.")
    return Manifest(
        module=folder.name,
        path=folder,
        name=str(data["name"]),
        version=str(data["version"]),
        depends=tuple(data["depends"]),
        data=tuple(data.get("data", ())),
        prefixes=tuple(data.get("prefixes", (f"{folder.name}_",))),
    )


def discover(extra: Iterable[Path] = ()) -> list[Manifest]:
    """All modules, each after those it depends on; ``extra`` are further folders to look in.

    Raises:
        StartRefused: a dependency is missing, a circle, or two modules of one name.
    """
    found: dict[str, Manifest] = {}
    for place in (ROOT, *extra):
        for where in sorted(Path(place).glob("*/__manifest__.py")):
            manifest = read_manifest(where.parent)
            if manifest.module in found:
                raise StartRefused(f"Deux modules portent le nom {manifest.module}.")
            found[manifest.module] = manifest
    ordered: list[Manifest] = []
    state: dict[str, int] = {}

    def visit(name: str, trail: tuple[str, ...]) -> None:
        if name not in found:
            raise StartRefused(f"Le module {trail[-1]} dépend de {name}, qui est introuvable.")
        if state.get(name) == 2:
            return
        if state.get(name) == 1:
            circle = " → ".join((*trail, name))
            raise StartRefused(f"Les modules dépendent en cercle les uns des autres : {circle}.")
        state[name] = 1
        for other in sorted(found[name].depends):
            visit(other, (*trail, name))
        state[name] = 2
        ordered.append(found[name])

    for name in sorted(found, key=lambda n: (n != "base", n)):
        visit(name, ())
    return ordered


def room(manifest: Manifest, name: str) -> ModuleType | None:
    """One room of a module (``models``, ``views``…), imported; None when the module has none.

    Any fault inside the room is raised: a module that cannot load stops the start.
    """
    parent = str(manifest.path.parent)
    if parent not in sys.path:
        sys.path.append(parent)
    full = f"{manifest.module}.{name}"
    package = importlib.import_module(manifest.module)
    if Path(str(package.__file__)).parent != manifest.path:
        raise StartRefused(f"Deux modules portent le nom {manifest.module}.")
    if importlib.util.find_spec(full) is None:
        return None
    return importlib.import_module(full)


def load_models(manifests: Iterable[Manifest]) -> None:
    """Import all tables, row rules, cards and what is searched, before anything is made of them."""
    modules = list(manifests)
    for manifest in modules:
        room(manifest, "models")
    for manifest in modules:
        room(manifest, "security")
    for manifest in modules:
        room(manifest, "records")
    # The framework's own room ``search`` is the index itself; its records stand beside it.
    importlib.import_module("base.engine.search.records")
    for manifest in modules:
        room(manifest, "search")
