"""Catalogues: the sentences of a module, extracted and merged with what is translated."""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

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
LANGUAGES = ("en",)


def extract(folder: Path) -> Catalog:
    """The French sentences of a module, with where they stand; no dates, no people."""
    catalog = Catalog(project="Ouvrage", charset="utf-8")
    found = extract_from_dir(
        str(folder), [m for m in METHODS if m[1] != "ignore"], OPTIONS, keywords=KEYWORDS
    )
    for name, _line, message, _comments, context in found:
        if "migrations" not in Path(name).parts:
            # Without line numbers a catalogue changes only when a sentence does.
            catalog.add(message, locations=[(f"{folder.name}/{name}", 0)], context=context)
    return catalog


def update_module(folder: Path) -> tuple[int, int]:
    """Bring the catalogues of a module up to date; how many sentences, how many untranslated."""
    template = extract(folder)
    total = sum(1 for message in template if message.id)
    if not total:
        return 0, 0
    untranslated = 0
    for language in LANGUAGES:
        place = folder / "i18n" / language / "LC_MESSAGES"
        place.mkdir(parents=True, exist_ok=True)
        po = place / "messages.po"
        kept = read_po(io.BytesIO(po.read_bytes()), language) if po.exists() else None
        catalog = kept or Catalog(locale=language, project="Ouvrage", charset="utf-8")
        catalog.update(template, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        with po.open("wb") as stream:
            write_po(stream, catalog, width=100, sort_output=True, include_lineno=False,
                     omit_header=True)  # fmt: skip
        with (place / "messages.mo").open("wb") as stream:
            write_mo(stream, catalog)
        untranslated += sum(1 for m in catalog if m.id and not _is_translated(m.string))
    return total, untranslated


def _is_translated(string: str | tuple[str, ...] | list[str] | None) -> bool:
    """Whether a sentence, in all its plural forms, has a translation."""
    return all(string) if isinstance(string, tuple | list) else bool(string)
