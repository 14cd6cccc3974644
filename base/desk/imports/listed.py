"""Lists that importers take back: which list a file was exported from, and its columns.

A list tells its columns by their titles, in each language that people read; the importer tells
which of them it may change. What it may not change is compared, never dropped unseen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask import current_app, has_app_context

from base.basics.i18n import LANGUAGES, speaking
from base.basics.sessions import Session
from base.engine.edge.interface import Screen
from base.papers.tables import Column, Recognition, normalise
from base.papers.tables.texts import Cell

if TYPE_CHECKING:
    from base.desk.imports.declaration import Importer

#: Part of the titles of a file that must be those of the list.
_LEAST = 0.6


def rendered() -> Any:
    """How lists show their rows. Here: importers are loaded by commands too, without screens."""
    from base.face.views import rendering

    return rendering


def is_table(importer: Importer) -> bool:
    """Whether the importer reads rows of a table that each stand for one record."""
    return not importer.streams and "csv" in importer.sources


def lists_of(importer: Importer) -> Iterator[Any]:
    """The lists whose rows an importer takes back."""
    identity_of = rendered().identity_of
    appbuilder = getattr(current_app, "appbuilder", None) if has_app_context() else None
    for view in appbuilder.baseviews if appbuilder is not None else ():
        if (
            isinstance(view, Screen)
            and importer.takes_list(view.datamodel.obj)
            and identity_of(view)
        ):
            yield view


@dataclass
class Listed:
    """A file that was exported from a list."""

    view: Any
    #: Position in the file -> column of the list.
    places: dict[int, str]
    #: The language of its titles, hence of its words.
    language: str
    #: Position of the column that names the authority.
    entity_at: int | None = None
    #: Positions of what follows from other records: of a known row neither compared nor taken.
    follow: set[int] = field(default_factory=set)
    #: Column of the list -> key of the importer's column that changes it; None for none.
    keys: dict[str, str | None] = field(default_factory=dict)
    #: Keys that a new row would need and that the file has not.
    lacking: Sequence[str] = ()
    #: Title -> cells of known rows that were emptied, and are left as recorded.
    emptied: Counter[str] = field(default_factory=Counter)

    @property
    def read_only(self) -> list[int]:
        """Positions of the columns that are compared and never changed."""
        identity = rendered().identity_of(self.view)
        return [
            at
            for at, name in self.places.items()
            if name not in identity and self.keys[name] is None
        ]


def list_of(
    session: Session,
    importer: Importer,
    columns: Sequence[Column],
    recognition: Recognition,
    header: Sequence[Cell],
    chosen: Mapping[str, str] | None = None,
) -> Listed | None:
    """The list that a file was exported from; None when its titles are those of none.

    The columns by which the list names its rows must be there. Columns that a person mapped to
    something else are not the list's.
    """
    if not is_table(importer):
        return None
    rendering = rendered()
    words = [normalise(cell) for cell in header]
    titled = sum(1 for word in words if word)
    best: Listed | None = None
    with rendering.reading(session, None, ()):
        for view in lists_of(importer):
            for code in LANGUAGES:
                with speaking(code):
                    found = _places(view, words, code)
                if found is None or len(found.places) < max(2, _LEAST * titled):
                    continue
                if best is None or len(found.places) > len(best.places):
                    best = found
    if best is not None:
        following = {at for at, n in best.places.items() if rendering.follows(best.view, n)}
        best.places = {at: name for at, name in best.places.items() if at not in following}
        best.follow = {at for at in following if not (chosen or {}).get(recognition.headers[at])}
        model, known = best.view.datamodel.obj, {column.key for column in columns}
        for name in best.places.values():
            key = importer.list_key(model, name, columns)
            best.keys[name] = key if key in known else None
        _leave(best, recognition, chosen or {})
    return best


def _places(view: Any, words: Sequence[str], code: str) -> Listed | None:
    rendering = rendered()
    titles = {normalise(title): name for name, title in rendering.titles(view).items()}
    entity = normalise(rendering.entity_title())
    found = Listed(view, {}, code)
    taken: set[str] = set()
    for at, word in enumerate(words):
        name = titles.get(word)
        if name is not None and name not in taken:
            found.places[at] = name
            taken.add(name)
        elif word == entity:
            found.entity_at = at
    return found if taken >= set(rendering.identity_of(view)) else None


def _leave(found: Listed, recognition: Recognition, chosen: Mapping[str, str]) -> None:
    """Leave out of the list's columns those that a person gave another meaning."""
    identity = set(rendered().identity_of(found.view))
    for at, name in list(found.places.items()):
        header = recognition.headers[at]
        key = found.keys[name]
        if name in identity or key is None:
            continue
        read_at = recognition.columns.get(key, at)
        if chosen.get(header, key) != key or (
            read_at != at and recognition.headers[read_at] in chosen
        ):
            del found.places[at], found.keys[name]


def complete(found: Listed, recognition: Recognition) -> None:
    """Read the columns of the list that the importer knows by another title."""
    taken = set(recognition.columns.values())
    for at, name in found.places.items():
        key = found.keys[name]
        if key is not None and key not in recognition.columns and at not in taken:
            recognition.columns[key] = at
            recognition.suggestions.pop(recognition.headers[at], None)
            recognition.doubles.pop(recognition.headers[at], None)
            taken.add(at)
    found.lacking = [key for key in recognition.missing if key not in recognition.columns]
    recognition.missing = []
