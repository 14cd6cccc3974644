"""Catalogues: the sentences of a module, extracted and merged with what is translated."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from base.basics.catalogues import load, po_file
from base.basics.i18n import LANGUAGES, SOURCE
from config import ROOT, VARIABLES

#: Without dates and names, so that a catalogue changes only when a sentence does.
HEADER = """\
msgid ""
msgstr ""
"Language: {code}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""
KEYWORDS = {"_": None, "_l": None, "gettext": None, "ngettext": (1, 2)}
METHODS = [
    ("migrations/**", "ignore"),
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2"),
    ("**/templates/**.txt", "jinja2"),
]
OPTIONS = {
    "**/templates/**.html": {"extensions": "jinja2.ext.i18n", "silent": "false"},
    "**/templates/**.txt": {"extensions": "jinja2.ext.i18n", "silent": "false"},
}


def extract(folder: Path) -> Catalog:
    """The French sentences of a module, with where they stand; no dates, no people."""
    catalog = Catalog(project="Ouvrage", charset="utf-8")
    found = extract_from_dir(
        str(folder), [m for m in METHODS if m[1] != "ignore"], OPTIONS, keywords=KEYWORDS
    )
    for name, _line, message, _comments, context in found:
        if not {"migrations", "tests"} & set(Path(name).parts):
            catalog.add(message, locations=[(f"{folder.name}/{name}", 0)], context=context)
    for name in roles(folder / "security.py"):
        catalog.add(name, locations=[(f"{folder.name}/security.py", 0)])
    if folder == ROOT / "base":
        # The page of settings shows what config.py, which imports nothing, says of each variable.
        for default, meaning in VARIABLES.values():
            catalog.add(meaning, locations=[("config.py", 0)])
            if " " in default or default.startswith("aucun"):
                catalog.add(default, locations=[("config.py", 0)])
    return catalog


def roles(file: Path) -> list[str]:
    """The names of the roles of a module: data in the code, words on screen."""
    if not file.exists():
        return []
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(t, ast.Name) and t.id == "ROLES" for t in targets):
            found = getattr(node, "value", None)
            if isinstance(found, ast.Dict):
                return [str(key.value) for key in found.keys if isinstance(key, ast.Constant)]
    return []


def update(folders: Iterable[Path]) -> dict[str, tuple[int, int]]:
    """Bring the catalogues of modules up to date: name -> sentences, of them untranslated.

    Sentences that are no longer said leave their catalogue; what another module has translated
    already is taken from there.
    """
    folders = list(folders)
    known: dict[str, dict[object, Message]] = {}
    for code in LANGUAGES:
        for folder in folders:
            file = po_file(folder / "i18n", code)
            if file.exists():
                told = known.setdefault(code, {})
                for message in load(file, code):
                    if is_translated(message):
                        told.setdefault(message.id, message)
    return {folder.name: _update_module(folder, known) for folder in folders}


def _update_module(folder: Path, known: dict[str, dict[object, Message]]) -> tuple[int, int]:
    template = extract(folder)
    total, untranslated = sum(1 for message in template if message.id), 0
    for code in LANGUAGES:
        file = po_file(folder / "i18n", code)
        if code == SOURCE and not file.exists():
            continue
        if not total:
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        catalog = load(file, code) if file.exists() else Catalog(locale=code, charset="utf-8")
        catalog.update(template, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        for message in catalog:
            if message.id and not is_translated(message):
                if message.id in known.get(code, {}):
                    message.string = known[code][message.id].string
                else:
                    untranslated += 1
        with file.open("wb") as stream:
            stream.write(HEADER.format(code=code).encode())
            write_po(
                stream, catalog, width=100, sort_output=True, include_lineno=False, omit_header=True
            )
    return total, untranslated


def is_translated(message: Message) -> bool:
    """Whether a sentence, in all its plural forms, has a translation."""
    told = message.string
    return all(told) if isinstance(told, tuple | list) else bool(told)
