"""Which kind of import a file is for, by its titles and its cells; how sure, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from base.basics.errors import DomainError
from base.basics.i18n import _, ngettext
from base.basics.sessions import Session
from base.desk.imports.listed import list_of
from base.desk.imports.rows import Guess
from base.papers.tables import Column, Recognition, Row, ValueRefused, open_tables
from base.papers.tables.headers import find_header
from base.papers.tables.texts import fold

if TYPE_CHECKING:
    from base.desk.imports.declaration import Importer

#: From here on, no other kind comes near: the person is not asked.
SURE = 0.75
#: Below, a kind is not even offered first.
LEAST = 0.2
#: Rows whose cells are read to see whether they are what the titles say.
SAMPLE = 25
#: Rows among which the titles are looked for.
HEAD = 20


@dataclass(frozen=True)
class Candidate:
    """One kind that a file may be for."""

    importer: Importer
    guess: Guess

    @property
    def is_sure(self) -> bool:
        """Whether it can be taken without asking."""
        return self.guess.score >= SURE


def candidates(
    session: Session, entity_id: int, open_to: Iterable[Importer], kind: str, path: Path, label: str
) -> list[Candidate]:
    """The kinds of import that a file may be for, likeliest first.

    ``kind`` is what the bytes are ("csv", "xlsx"…); importers of other files are left out.
    """
    found = []
    token = _HEADS.set({})
    try:
        for importer in open_to:
            if kind not in importer.sources:
                continue
            try:
                guess = importer.guess(session, entity_id, path, label)
            except DomainError:
                continue  # it cannot even be opened as that
            if guess is not None and guess.score >= LEAST:
                found.append(Candidate(importer, _named(guess, importer, label)))
    finally:
        _HEADS.reset(token)
    return sorted(found, key=lambda one: (-one.guess.score, str(one.importer.title)))


#: The first rows of each sheet of the file that is being recognised: it is opened once.
_HEADS: ContextVar[dict[Path, list[list[Row]]] | None] = ContextVar("heads", default=None)


def _heads(path: Path, label: str) -> list[list[Row]]:
    known = _HEADS.get()
    if known is not None and path in known:
        return known[path]
    heads = [table.titles(HEAD + SAMPLE) for table in open_tables(path, label)]
    if known is not None:
        known[path] = heads
    return heads


def _named(guess: Guess, importer: Importer, label: str) -> Guess:
    """A file called "vehicules-2026.csv" says what it is: it settles what is near."""
    stem = fold(label.rpartition(".")[0])
    words = {fold(str(importer.title)).split()[0].rstrip("s"), importer.kind.rstrip("s")}
    if not any(len(word) > 3 and word in stem for word in words):
        return guess
    return Guess(guess.score + 0.1, (*guess.reasons, _("le nom du fichier le dit")))


def guess_table(
    session: Session, importer: Importer, columns: Sequence[Column], path: Path, label: str
) -> Guess | None:
    """How much of a table the columns of an importer explain; None when they explain nothing.

    The share of titles that are known, less what is missing and what cannot be read; a title
    that only this kind has counts more than those that many have. The titles of a list that the
    importer takes back are all known to it.
    """
    best: tuple[int, Recognition, list[Row]] | None = None
    for head in _heads(path, label):
        seen = find_header(head[:HEAD], columns)
        fits = len(seen.columns) - 2 * len(seen.missing) if seen is not None else 0
        if seen is not None and (best is None or fits > best[0]):
            best = fits, seen, head
    if best is None:
        return None
    _fits, found, rows = best
    if not found.missing and not importer.identifies(found.columns):
        return None  # a person who says what a column is may still give it to this kind
    named = [name for name in found.headers if name]
    by_key = {column.key: column for column in columns}
    bad, read = 0, 0
    for row in rows:
        if row.number <= found.header_row:
            continue
        for key, at in found.columns.items():
            cell = row.cells[at] if at < len(row.cells) else None
            if cell in (None, ""):
                continue
            read += 1
            try:
                by_key[key].parse(cell)
            except ValueRefused:
                bad += 1
    fit = 1 - bad / read if read else 1.0
    line = next(row for row in rows if row.number == found.header_row)
    listed = list_of(session, importer, columns, found, line.cells)
    known = set(found.columns.values())
    if listed is not None:
        theirs = (*listed.places, *listed.follow, listed.entity_at)
        known |= {at for at in theirs if at is not None}
        fit, found.missing = 1.0, []
    score = len(known) / len(named) * fit - 0.25 * len(found.missing)
    if len(known) == 1:
        score /= 2  # one name says little: many tables have a number
    telling = [key for key in importer.telling if key in found.columns]
    if importer.telling:
        score += 0.2 if telling else -0.3
    labels = [str(by_key[key].label) for key in (telling or list(found.columns))[:4]]
    reasons = [
        ngettext(
            "%(num)d colonne reconnue sur %(all)d : %(names)s",
            "%(num)d colonnes reconnues sur %(all)d : %(names)s",
            len(found.columns),
            all=len(named),
            names=", ".join(labels),
        )
    ]
    if listed is not None:
        reasons.append(_("titres de la liste « %(name)s »", name=listed.view.list_title))
    if found.missing:
        names = ", ".join(str(by_key[key].label) for key in found.missing)
        reasons.append(_("il manque %(names)s", names=names))
    if bad:
        reasons.append(
            ngettext("%(num)d cellule se lit mal", "%(num)d cellules se lisent mal", bad)
        )
    return Guess(max(0.0, score), tuple(reasons))
