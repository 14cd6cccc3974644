"""A row of a file on its way to a record, and what is said of a whole file while it is read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from base.basics.errors import DomainError
from base.basics.i18n import _l
from base.papers.tables import Column, Recognition
from base.papers.tables.texts import Cell
from base.store.choice import Choice

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

    def start_again(self, values: dict[str, Any]) -> None:
        """Forget a trial: the row as it was read, with the values that it had."""
        self.values, self.effect, self.extra = values, None, None
        self.changes, self.faults, self.warnings, self.more = {}, [], [], {}
        self.record_id = self.version = None

    def forget(self, keys: Collection[str]) -> None:
        """Leave out what the row says in these columns, and the faults found in them."""
        self.values = {key: value for key, value in self.values.items() if key not in keys}
        self.faults = [fault for fault in self.faults if fault.key not in keys]
        self.effect = Effect.REJECTED if self.faults else None

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
