"""What a module declares to have its files read: an importer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from base.choice import Choice
from base.choice_columns import word_in
from base.errors import DomainError, InvalidInput
from base.i18n import _, _l
from base.imports.streamed import Streamed
from base.tables import Column, Recognition
from base.tables.words import Cell, as_text
from base.words import code_key

#: What a person says of a column that is to become a new custom field.
NEW_FIELD = "+field"


class Effect(Choice):
    """What one row of a file does."""

    CREATED = "created", _l("Créé"), "plus", "ok"
    UPDATED = "updated", _l("Modifié"), "pencil", "plan"
    UNCHANGED = "unchanged", _l("Inchangé"), "equal", "idle"
    REJECTED = "rejected", _l("Rejeté"), "x", "late"


class Stale(DomainError):
    """A record changed between the trial and the writing: the import is tried anew."""


@dataclass(frozen=True)
class Fault:
    """Why a row is refused; ``key`` names the column, when it is one."""

    key: str | None
    sentence: str
    #: What could be wrong with the whole file: "american" for days with the month first.
    hint: str = ""


@dataclass(slots=True)
class Record:
    """One row of a file on its way to one record.

    ``plan`` sets the effect and the changes; ``write`` sets ``record_id`` of what it made.
    """

    #: The row as a spreadsheet numbers it.
    number: int
    #: The row as its author wrote it, for the error file.
    cells: Sequence[Cell] = ()
    #: Column key -> value; only columns that the file has. ``None`` is an empty cell.
    values: dict[str, Any] = field(default_factory=dict)
    effect: Effect | None = None
    #: Column key -> (old, new) of what would be written.
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    #: Code and sentence of what a person should know of a row that is taken all the same.
    warnings: list[tuple[str, str]] = field(default_factory=list)
    #: Id of the record that the row was matched with, then of the one that was made.
    record_id: int | None = None
    #: Version of the matched record when it was read.
    version: int | None = None
    #: Table of the root of the record's class; the importer's own when empty.
    record: str = ""
    #: Whatever the importer keeps from ``plan`` to ``write``: ids, never rows.
    extra: Any = None
    #: What undoing needs beside the trail, set by ``write``: name -> (before, after).
    more: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    def refuse(self, sentence: str, key: str | None = None, *, hint: str = "") -> None:
        """Leave the row out, with a reason its author understands."""
        self.faults.append(Fault(key, sentence, hint))
        self.effect = Effect.REJECTED

    @property
    def accepted(self) -> bool:
        """Whether the row may be written."""
        return self.effect is not Effect.REJECTED

    def creates(self, changes: Mapping[str, Any]) -> None:
        """The row makes a new record with these values."""
        self.effect = Effect.CREATED
        self.changes = {key: (None, value) for key, value in changes.items() if value is not None}

    def compare(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        """The row changes a record, or leaves it as it is."""
        self.changes = {
            key: (old.get(key), value) for key, value in new.items() if old.get(key) != value
        }
        self.effect = Effect.UPDATED if self.changes else Effect.UNCHANGED


@dataclass
class Reading:
    """A file read for one importer: its rows, and how its columns were understood."""

    records: list[Record]
    #: Absent for a file that has no header to map.
    recognition: Recognition | None = None
    #: "UTF-8, point-virgule", "XLSX, feuille « Biens »".
    shape: str = ""
    #: The header line as its author wrote it, for the error file.
    header: Sequence[Cell] = ()
    columns: Sequence[Column] = ()
    #: Keys of columns that the file has not, and whose one value a person gave.
    fixed: Sequence[str] = ()
    #: Sentences for the person: rows passed over, cells that nothing reads.
    notes: Sequence[str] = ()
    #: The list that the file was exported from, when it is one.
    listed: Any = None


@dataclass(frozen=True)
class Question:
    """What only a person can tell of a file: the unit of its numbers, what its dates mean."""

    key: str
    label: Any
    #: Value and words of each choice; a free text when there is none.
    choices: tuple[tuple[str, Any], ...] = ()
    help: Any = ""
    #: The answer is of one file alone: the next of the same titles is asked again.
    asked_anew: bool = False


@dataclass(frozen=True)
class Options:
    """What a person chose for one file."""

    #: Header of the file -> column key, or "" to leave it out.
    mapping: Mapping[str, str] | None = None
    #: Days have the month first.
    american: bool = False
    #: Key of a question of the importer -> answer.
    answers: Mapping[str, str] = field(default_factory=dict)
    #: Column key -> what every row holds, for a column that the file has not.
    constants: Mapping[str, str] = field(default_factory=dict)
    #: How the file is read; empty is found out: encoding, mark between cells, sheet, line of
    #: the titles (0: found out), decimal mark.
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_row: int = 0
    decimal: str = ""


@dataclass(frozen=True)
class Guess:
    """How sure an importer is that a file is for it, and why in words.

    The score is from 0 to 1, and above for what no other kind has.
    """

    score: float
    reasons: tuple[str, ...] = ()


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
    #: Kinds of file, as in ``base.file_kinds``.
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

    def columns(self, session: Any, entity_id: int) -> Sequence[Column]:
        """The columns of such a file; may depend on the entity (fields of its own)."""
        return ()

    def row_keys(self) -> tuple[str, ...]:
        """Columns that hold the number of a record, whichever the file has."""
        return self.match_keys

    def identifies(self, present: Collection[str]) -> bool:
        """Whether columns suffice to tell one record from another."""
        ways = self.identified_by
        return not ways or any(all(key in present for key in way) for way in ways)

    def takes_list(self, model: Any) -> bool:
        """Whether it takes back the exported rows of a list of such records."""
        from base.trail import record_name

        return record_name(model) in (self.record, *self.lists)

    def list_key(self, model: Any, name: str, columns: Sequence[Column]) -> str | None:
        """The key of the column that changes a column of such a list; None when none may."""
        return self.listed.get(name, name) or None

    def is_plain(self, path: Path) -> bool:
        """Whether the file is a table whose columns a person may have to tell apart."""
        return True

    def guess(self, session: Any, entity_id: int, path: Path, label: str) -> Guess | None:
        """How sure it is that the file is for it. Override it for what is not a table.

        Raises:
            DomainError: the file cannot be opened as what it takes.
        """
        from base.imports.recognising import guess_table

        columns = self.columns(session, entity_id)
        return guess_table(session, self, columns, path, label) if columns else None

    def read(
        self, session: Any, entity_id: int, path: Path, label: str, options: Options
    ) -> Reading:
        """The rows of a file. Override it for what is not a table."""
        from base.imports.reading import read_table

        return read_table(
            session, self, self.columns(session, entity_id), path, label, options
        )

    def identity(self, record: Record) -> Hashable | None:
        """What no other row of the file may share; ``None`` when the row has none."""
        found = tuple(record.values.get(key) for key in self.match_keys)
        if any(value is None for value in found):
            return None
        return tuple(code_key(value) if isinstance(value, str) else value for value in found)

    def plan(self, session: Any, entity_id: int, records: Sequence[Record]) -> None:
        """Set the effect of each row, or refuse it. Reads only."""
        raise NotImplementedError

    def plan_with(
        self, session: Any, entity_id: int, records: Sequence[Record], options: Options
    ) -> None:
        """As ``plan``, for an importer whose questions change what a row does."""
        self.plan(session, entity_id, records)

    def remarks(self, records: Sequence[Record]) -> list[str]:
        """Sentences for the report on what the rows make beside their own records."""
        return []

    def write(self, session: Any, entity_id: int, records: Sequence[Record]) -> None:
        """Write the rows that create or update, and set their ``record_id``.

        Raises:
            Stale: a record changed since it was planned.
        """
        raise NotImplementedError

    def stream(
        self,
        session: Any,
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

    def take_back(self, session: Any, entity_id: int, file: Any, *, dry_run: bool) -> int:
        """Take back a file that ``stream`` wrote; how many of its values go.

        ``file`` is the row of its import.

        Raises:
            DomainError: it cannot be; the sentence says why.
        """
        raise NotImplementedError

    def shown(self, key: str, value: Any) -> str:
        """A value as people read it, for the trial: the word of one of a closed list."""
        return word_in(self.record, key, value) or as_text(value)

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
    from base.file_kinds import SOURCES

    if unknown := set(importer.sources) - set(SOURCES):
        raise RuntimeError(f"importer {importer.kind!r}: unknown kinds of file {sorted(unknown)}")
    known = _IMPORTERS.get(importer.kind)
    if known is not None and type(known) is not type(importer):
        raise RuntimeError(f"two importers are called {importer.kind!r}")
    _IMPORTERS[importer.kind] = importer
    return importer


def importers() -> list[Importer]:
    """All importers, by title."""
    return sorted(_IMPORTERS.values(), key=lambda importer: str(importer.title))


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


