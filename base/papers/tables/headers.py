"""Which column of a file is which: names in French and English, accents and case aside."""

from __future__ import annotations

import difflib
import functools
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from base.basics.i18n import SOURCE, speaking
from base.papers.tables.texts import Cell, Parser, as_text, fold, text

#: Names that peers' exports and French spreadsheets give to common columns, by our key. An
#: importer's own aliases come on top; the most usual name is first.
PEERS: Mapping[str, tuple[str, ...]] = {
    key: tuple(names.split(" | "))
    for key, names in {
        "code": "code | n° d’inventaire | numéro d’inventaire | n° inventaire | num inventaire"
        " | inventaire | numéro inventaire | inventory number | asset tag | asset id"
        " | référence | réf | code bien | identifiant | code-barres | barcode"
        " | immobilisation",
        "name": "nom | désignation | libellé | intitulé | dénomination | name | item name"
        " | asset name | title | titre | bien",
        "category": "catégorie | famille | type | category | categories | nature",
        "description": "description | notes | remarques | commentaire | commentaires | observations"
        " | asset notes | informations supplémentaires | additional info",
        "serial_number": "numéro de série | n° de série | serial | serial number | n° série",
        "supplier": "fournisseur | fournisseurs | supplier | vendor | vendors",
        "address": "adresse | address | rue",
        "siret": "siret | n° siret | numéro siret",
        "email": "courriel | e-mail | mail | adresse électronique | email",
        "phone": "téléphone | tél | tel | phone | mobile",
    }.items()
}

_TYPED = re.compile(r"^cf:\s*(.*?),\s*type:\s*\w+\s*$", re.IGNORECASE)


def normalise(header: Cell) -> str:
    """A header reduced to its words: no accent, case, punctuation or article.

    Shelf's ``cf: purchase date, type:date`` gives ``purchase date``.
    """
    return _normalised(as_text(header).strip())


@functools.lru_cache(maxsize=4096)
def _normalised(plain: str) -> str:
    if typed := _TYPED.match(plain):
        plain = typed[1]
    plain = fold(plain).replace("n°", "numero ").replace("no.", "numero ")
    words = re.sub(r"[^a-z0-9]+", " ", re.sub(r"\bd['’]|\bl['’]", " ", plain)).split()
    return " ".join(w for w in words if w not in {"de", "du", "des", "la", "le", "les", "the"})


@dataclass(frozen=True)
class Column:
    """What an importer reads: a key for the code, a label and other names for people."""

    key: str
    label: str
    parse: Parser = text
    required: bool = False
    aliases: tuple[str, ...] = ()
    #: One sentence shown beside the column when a person maps it.
    help: str = ""
    #: Whether a normalised title is one of its names though no list holds it; asked after all
    #: names of all columns, and of no use when two titles of the file are.
    like: Callable[[str], bool] | None = None
    #: What its date is: ``fact()``, ``plan()`` or ``told()`` of ``base.basics.facts``.
    dated: Mapping[str, Any] | None = None

    def names(self) -> list[str]:
        """All its names, normalised, the most telling first.

        Its label counts as the reader has it and in French: the titles of an exported list are
        known in every language (``imports.listed``), those of any file are not, for "State"
        is the state of a record here and a part of an address there.
        """
        with speaking(SOURCE):
            labels = (str(self.label),)
        known = (str(self.label), *labels, self.key, *self.aliases, *PEERS.get(self.key, ()))
        return list(dict.fromkeys(normalise(name) for name in known))


@dataclass
class Recognition:
    """Which column of the file (by position from 0) is read as what."""

    header_row: int
    headers: list[str]
    #: key -> position in the file.
    columns: dict[str, int]
    #: header that nothing claims -> keys it resembles, likeliest first.
    suggestions: dict[str, list[str]] = field(default_factory=dict)
    #: headers that another column of the file outranked, with the key they would have had.
    doubles: dict[str, str] = field(default_factory=dict)
    #: required keys that no header gives.
    missing: list[str] = field(default_factory=list)

    @property
    def mapping(self) -> dict[str, str]:
        """The user's header -> our key, as it is remembered for the next file."""
        return {self.headers[at]: key for key, at in self.columns.items()}


def recognise(
    header: Sequence[Cell],
    columns: Sequence[Column],
    *,
    header_row: int = 1,
    chosen: Mapping[str, str] | None = None,
) -> Recognition:
    """Map a header line to the columns of an importer.

    ``chosen`` (header of the file -> key, or ``""`` for "leave out") comes from a person or
    from the last file of the same shape, and goes before any name.
    """
    ranked = [(column.key, column.names()) for column in columns]
    seen = _match(header, columns, ranked, header_row, chosen)
    _suggest(seen, ranked)
    return seen


_Ranked = list[tuple[str, list[str]]]


def _match(
    header: Sequence[Cell],
    columns: Sequence[Column],
    ranked: _Ranked,
    header_row: int,
    chosen: Mapping[str, str] | None,
) -> Recognition:
    headers = told_apart(header)
    places: dict[str, list[int]] = {}
    found: dict[str, int] = {}
    taken: set[int] = set()
    keys = {key for key, _names in ranked}
    for at, name in enumerate(headers):
        if chosen is not None and name and name in chosen:
            key = chosen[name]
            taken.add(at)
            if key in keys and key not in found:
                found[key] = at
        elif word := normalise(header[at]):
            places.setdefault(word, []).append(at)
    doubles: dict[str, str] = {}
    # By rank, not by column: "nom" must not be lost to "désignation" because it comes later.
    for rank in range(max((len(names) for _key, names in ranked), default=0)):
        for key, names in ranked:
            for at in places.get(names[rank], ()) if rank < len(names) else ():
                if at in taken:
                    continue
                taken.add(at)
                if key in found:
                    doubles[headers[at]] = key
                else:
                    found[key] = at
    for column in columns:
        if column.like is None or column.key in found:
            continue
        alike = [at for word, ats in places.items() if column.like(word) for at in ats]
        if len(alike) == 1 and alike[0] not in taken:
            taken.add(alike[0])
            found[column.key] = alike[0]
    return Recognition(
        header_row=header_row,
        headers=headers,
        columns=found,
        doubles=doubles,
        missing=[c.key for c in columns if c.required and c.key not in found],
    )


def told_apart(header: Sequence[Cell]) -> list[str]:
    """The names of a header line; one that comes again gets a number: "Nom", "Nom (2)"."""
    names: list[str] = []
    times: Counter[str] = Counter()
    for cell in header:
        name = as_text(cell).strip()
        times[name] += 1
        names.append(f"{name} ({times[name]})" if name and times[name] > 1 else name)
    return names


def _suggest(seen: Recognition, ranked: _Ranked) -> None:
    """Name what unknown headers resemble."""
    vocabulary = {name: key for key, names in reversed(ranked) for name in names}
    taken = set(seen.columns.values())
    for at, name in enumerate(seen.headers):
        if at in taken or not name or name in seen.doubles:
            continue
        near = difflib.get_close_matches(normalise(name), vocabulary, n=3, cutoff=0.72)
        keys = dict.fromkeys(vocabulary[n] for n in near)
        if free := [key for key in keys if key not in seen.columns]:
            seen.suggestions[name] = free


def find_header(
    rows: Sequence[tuple[int, Sequence[Cell]]],
    columns: Sequence[Column],
    *,
    chosen: Mapping[str, str] | None = None,
) -> Recognition | None:
    """The likeliest header among the first rows of a file: titles may stand above it.

    ``None`` when no row names a single column of the importer.
    """
    best: Recognition | None = None
    ranked = [(column.key, column.names()) for column in columns]
    for number, cells in rows:
        seen = _match(cells, columns, ranked, number, chosen)
        score = len(seen.columns) - 2 * len(seen.missing)
        if seen.columns and (best is None or score > len(best.columns) - 2 * len(best.missing)):
            best = seen
    if best is not None:
        _suggest(best, ranked)
    return best
