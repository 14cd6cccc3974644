"""What a module declares to have its files read: an importer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

from base.basics.errors import InvalidInput
from base.basics.folding import code_key
from base.basics.i18n import _
from base.basics.sessions import Session
from base.desk.imports.joining import join
from base.desk.imports.listed import is_table
from base.desk.imports.reading import read_table
from base.desk.imports.recognising import guess_table
from base.desk.imports.rows import Effect, Guess, Options, Question, Reading, Record
from base.desk.imports.streamed import Streamed
from base.face.attached.file_kinds import SOURCES
from base.face.views import cells
from base.papers.tables import Column
from base.papers.tables.texts import as_text
from base.store.choice_columns import word_in
from base.store.history.trail import record_name
from base.store.history.wording import said_in


class Importer:
    """How files of one kind become records. Subclass it, then ``register`` an instance.

    ``plan`` reads and compares, without writing; ``write`` writes what was planned, through the
    module's services, in one transaction. Both get all rows at once: fetch in bulk, and let rows
    stand in any order.
    """

    #: The name in commands and addresses: "assets".
    kind: str = ""
    #: What people read: "Biens".
    title: Any = ""
    #: One sentence: what the file holds.
    help: Any = ""
    #: Column keys by which a row finds its record; no two rows of a file may share them.
    match_keys: tuple[str, ...] = ("code",)
    #: Root table of the records made.
    record: str = ""
    #: Kinds of file, as in ``base.face.attached.file_kinds``.
    sources: tuple[str, ...] = ("csv", "xlsx")
    max_rows: int = 50_000
    max_bytes: int = 100 * 1024 * 1024
    #: Right that a person needs: (permission, view).
    right: tuple[str, str] = ("can_import", "ImportView")
    #: The same file is never applied twice: its rows have no key of their own.
    once: bool = False
    #: Too many rows for one transaction: the importer writes them itself, by ``stream``.
    streams: bool = False
    #: What it asks beside the columns, for tables of unknown make.
    questions: Sequence[Question] = ()
    #: Root tables of the records that it also makes or changes along the way.
    makes: tuple[str, ...] = ()
    #: Column keys that tell such a file from those of other kinds.
    telling: tuple[str, ...] = ()
    #: Groups of columns that tell one record from another: a file needs all of one group. Empty
    #: when its required columns do.
    identified_by: tuple[tuple[str, ...], ...] = ()
    #: A column that it does not know may become a field of its own (``NEW_FIELD``).
    makes_fields: bool = False
    #: Root tables of further lists whose exported rows it takes back, beside its own records'.
    lists: tuple[str, ...] = ()
    #: Column of such a list -> column key, where they differ; "" for what it may not change.
    listed: Mapping[str, str] = {}
    #: Why such an import cannot be taken back; empty when it can.
    irrevocable: Any = ""
    #: Name of the Tabler icon.
    icon: str = "file-import"
    #: What is usually done next with what it brought: words, icon, endpoint with ``pk``, the number
    #: of the import.
    next_steps: Sequence[tuple[Any, str, str]] = ()

    def columns(self, session: Session, entity_id: int) -> Sequence[Column]:
        """The columns of such a file; may depend on the entity (fields of its own)."""
        return ()

    def row_keys(self) -> tuple[str, ...]:
        """Columns that hold the number of a record, whichever the file has."""
        return self.match_keys

    def identifies(self, present: Collection[str]) -> bool:
        """Whether columns suffice to tell one record from another."""
        ways = self.identified_by
        return not ways or not all(set(way).difference(present) for way in ways)

    def takes_list(self, model: Any) -> bool:
        """Whether it takes back the exported rows of a list of such records."""
        return record_name(model) in (self.record, *self.lists)

    def list_key(self, model: Any, name: str, columns: Sequence[Column]) -> str | None:
        """The key of the column that changes a column of such a list; None when none may."""
        return self.listed.get(name, name) or None

    def is_plain(self, path: Path) -> bool:
        """Whether the file is a table whose columns a person may have to tell apart."""
        return True

    def guess(self, session: Session, entity_id: int, path: Path, label: str) -> Guess | None:
        """How sure it is that the file is for it. Override it for what is not a table.

        Raises:
            DomainError: the file cannot be opened as what it takes.
        """
        columns = self.columns(session, entity_id)
        return guess_table(session, self, columns, path, label) if columns else None

    def read(
        self, session: Session, entity_id: int, path: Path, label: str, options: Options
    ) -> Reading:
        """The rows of a file. Override it for what is not a table."""
        return read_table(session, self, self.columns(session, entity_id), path, label, options)

    def identity(self, record: Record) -> Hashable | None:
        """What no other row of the file may share; ``None`` when the row has none."""
        found = tuple(record.values.get(key) for key in self.match_keys)
        if any(value is None for value in found):
            return None
        return tuple(code_key(value) if isinstance(value, str) else value for value in found)

    def plan(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        """Set the effect of each row, or refuse it. Reads only."""
        raise NotImplementedError

    def plan_with(
        self, session: Session, entity_id: int, records: Sequence[Record], options: Options
    ) -> None:
        """As ``plan``, for an importer whose questions change what a row does."""
        self.plan(session, entity_id, records)

    def pointed_at(self, record: Record) -> Mapping[str, int]:
        """The ids that a row's record will hold beside its changes: what it hangs on or names."""
        return {}

    def proposes(self, records: Sequence[Record]) -> list[str]:
        """The keys of its questions whose answer would let refused rows in."""
        return []

    def remarks(self, records: Sequence[Record]) -> list[str]:
        """Sentences for the report on what the rows make beside their own records."""
        return []

    def write(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        """Write the rows that create or update, and set their ``record_id``.

        Raises:
            Stale: a record changed since it was planned.
        """
        raise NotImplementedError

    def stream(
        self,
        session: Session,
        entity_id: int,
        path: Path,
        label: str,
        digest: str,
        *,
        dry_run: bool,
        partial: bool,
        progress: Callable[[float, str], None],
        options: Options,
    ) -> Streamed:
        """Import a file whose rows are too many for one transaction, in transactions of its own.

        ``session`` only reads; its scope and actor are those of the person who asked. A second
        run on the same file must change nothing.
        """
        raise NotImplementedError

    def take_back(self, session: Session, entity_id: int, file: Any, *, dry_run: bool) -> int:
        """Take back a file that ``stream`` wrote; how many of its values go.

        ``file`` is the row of its import.

        Raises:
            DomainError: it cannot be; the sentence says why.
        """
        raise NotImplementedError

    def shown(self, key: str, value: Any) -> str:
        """A value as people read it, for the trial: the word of one of a closed list."""
        return word_in(self.record, key, value) or cells.shown(value, said_in(self.record, key))

    def label(self, record: Record) -> str:
        """What a row is about, in the lists of the report."""
        given = record.values
        words = dict.fromkeys((*self.match_keys, "name", "label"))
        return " · ".join([as_text(given[k]) for k in words if given.get(k) is not None])

    def detail(self, effect: Effect, records: Sequence[Record]) -> str:
        """A few words under a count: "9 équipements, 3 bâtiments"."""
        return ""


_IMPORTERS: dict[str, Importer] = {}


def register(importer: Importer) -> Importer:
    """Make an importer known.

    Raises:
        RuntimeError: another one has its kind, or it takes a kind of file that there is not.
    """
    if unknown := set(importer.sources) - set(SOURCES):
        raise RuntimeError(f"importer {importer.kind!r}: unknown kinds of file {sorted(unknown)}")
    known = _IMPORTERS.get(importer.kind)
    if known is not None and type(known) is not type(importer):
        raise RuntimeError(f"two importers are called {importer.kind!r}")
    if known is not importer:
        join(importer)
    _IMPORTERS[importer.kind] = importer
    return importer


def importers() -> list[Importer]:
    """All importers, by title."""
    return sorted(_IMPORTERS.values(), key=lambda importer: str(importer.title))


def takers(view: Any) -> list[Importer]:
    """The importers that take back the rows of a list."""
    model = view.datamodel.obj
    return [one for one in importers() if is_table(one) and one.takes_list(model)]


def importer_of(kind: str) -> Importer:
    """The importer of a kind.

    Raises:
        InvalidInput: there is none; the sentence lists those there are.
    """
    if kind not in _IMPORTERS:
        raise InvalidInput(
            _(
                "Aucun import ne s’appelle « %(kind)s » ; il y a : %(kinds)s.",
                kind=kind,
                kinds=", ".join(sorted(_IMPORTERS)),
            )
        )
    return _IMPORTERS[kind]
