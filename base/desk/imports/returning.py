"""An exported list that comes back: each cell is held against what the list writes now.

A cell that says the same is left alone, whatever it holds. One that was corrected goes on to the
importer, if it may change that column; if not, the row is refused with the reason.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

from sqlalchemy import Select, inspect, select, tuple_

from base.basics.i18n import LANGUAGES, _, headed, speaking
from base.basics.sessions import Session
from base.desk.imports.declaration import Importer
from base.desk.imports.listed import Listed, rendered
from base.desk.imports.reading import missing
from base.desk.imports.rows import Effect, Options, Reading, Record
from base.desk.imports.same import is_cut, is_empty, plain
from base.desk.imports.written import Written
from base.papers.tables import Column, ValueRefused
from base.papers.tables.texts import as_text

#: Rows looked up and written anew at a time.
_BATCH = 500


def settle(
    session: Session, importer: Importer, entity_id: int, reading: Reading, options: Options
) -> None:
    """Keep of each row that the register knows what was corrected; say what may not be.

    Rows that the register does not know go on as those of any file.

    Raises:
        HeaderMissing: a column that new rows need is not there, and no row is known.
    """
    if reading.listed is None:
        return
    Returning(session, importer, entity_id, reading, options).run()
    lacking = reading.listed.lacking
    if lacking and reading.recognition and all(r.record_id is None for r in reading.records):
        raise missing(reading.columns, reading.recognition, lacking)


class Returning:
    """The rows of one exported list, compared with the records they were written from."""

    def __init__(
        self,
        session: Session,
        importer: Importer,
        entity_id: int,
        reading: Reading,
        options: Options,
    ) -> None:
        rendering = rendered()
        self.session = session
        self.importer = importer
        self.entity_id = entity_id
        self.reading = reading
        self.options = options
        self.listed: Listed = reading.listed
        self.view = self.listed.view
        self.columns: dict[str, Column] = {column.key: column for column in reading.columns}
        self.identity = rendering.identity_of(self.view)
        self.at = {name: at for at, name in self.listed.places.items()}
        self._last = max(self.listed.places, default=-1)
        positions = reading.recognition.columns if reading.recognition else {}
        #: Keys of the importer that the list's own columns say.
        self._own = {key for key, at in positions.items() if at in self.listed.places} | {
            key for key in self.listed.keys.values() if key is not None
        }
        #: Keys that are read where the list says what follows from other records.
        self._follow = {key for key, at in positions.items() if at in self.listed.follow}
        #: Column -> words of its choices -> value.
        self._words: dict[str, dict[str, str]] = {}
        #: Number of a row -> what names it.
        self._names: dict[int, tuple[str, ...]] = {}
        #: Row id and identity of a row -> line of the file where it stood first.
        self.first: dict[tuple[int, Hashable], int] = {}

    def run(self) -> None:
        """Settle every row, a batch at a time."""
        rendering = rendered()
        codes = rendering.entity_codes(self.session)
        records = [r for r in self.reading.records if self._is_of_entity(r, codes)]
        self._names = {record.number: self._name(record) for record in records}
        ids = self._ids(set(self._names.values()))
        known = [record for record in records if self._names[record.number] in ids]
        for record in known:
            record.forget(self._follow)
        if self.listed.lacking:
            self._refuse_new([r for r in records if self._names[r.number] not in ids])
        if not self.listed.read_only:
            known = self._beyond_the_importer(known, ids)
        for start in range(0, len(known), _BATCH):
            self._settle(known[start : start + _BATCH])

    def _beyond_the_importer(
        self, records: Sequence[Record], ids: dict[tuple[str, ...], int]
    ) -> list[Record]:
        """The rows that need a closer look.

        Where the importer reads every column of the file, a full row that it would leave as it is
        has nothing corrected: what the list writes need not be made to know it.
        """
        names = self._names
        times = Counter(names[record.number] for record in records)
        # What stands in several rows is told by all of them.
        tried = {
            record.number: (record, dict(record.values))
            for record in records
            if times[names[record.number]] == 1 and not record.faults and self._is_full(record)
        }
        if tried:
            trial = [record for record, _values in tried.values()]
            self.importer.plan_with(self.session, self.entity_id, trial, self.options)
        for record, values in tried.values():
            if (
                record.effect is not Effect.UNCHANGED
                or record.record_id != ids[names[record.number]]
            ):
                record.start_again(values)
        return [record for record in records if record.effect is not Effect.UNCHANGED]

    def _is_full(self, record: Record) -> bool:
        """Whether every cell of the list's own columns says something."""
        cells = record.cells
        if len(cells) <= self._last:
            return False
        for at in self.listed.places:
            cell = cells[at]
            # The first character tells nearly always.
            if not (type(cell) is str and cell[:1].isalnum()) and is_empty(cell):
                return False
        return True

    def _is_of_entity(self, record: Record, codes: dict[int, str]) -> bool:
        """Refuse a row of another authority: its numbers may be those of other records here."""
        if self.listed.entity_at is None:
            return True
        said = as_text(_cell(record, self.listed.entity_at)).strip()
        if not said or said == codes.get(self.entity_id):
            return True
        record.faults.clear()
        record.refuse(
            _(
                "Cette ligne est de l’entité « %(other)s », et l’import est fait pour « %(own)s ».",
                other=said,
                own=codes.get(self.entity_id, ""),
            )
        )
        return False

    def _settle(self, records: Sequence[Record]) -> None:
        names = self._names
        known = dict(self._known({names[record.number] for record in records}))
        found = [(record, row) for record in records if (row := known.get(names[record.number]))]
        written = Written(self.session, self.listed, [row for _record, row in found])
        for record, row in found:
            self._compare(record, row, written)
        for row in known.values():
            self.session.expunge(row)  # what is written later reads its own rows anew

    def _refuse_new(self, records: Sequence[Record]) -> None:
        labels = ", ".join(str(self.columns[key].label) for key in self.listed.lacking)
        for record in records:
            record.refuse(
                _(
                    "Aucune fiche ne porte ce numéro, et un ajout demande : %(names)s.",
                    names=labels,
                )
            )

    # --- which record a row is ------------------------------------------------------------

    def _name(self, record: Record) -> tuple[str, ...]:
        """What names the row: the text of its identifying cells, choices by their value."""
        return tuple(
            [
                words.get(text.casefold(), text) if words else text
                for at, words in self._naming
                for text in [plain(as_text(_cell(record, at)))]
            ]
        )

    @functools.cached_property
    def _naming(self) -> list[tuple[int, dict[str, str]]]:
        """Where the identifying cells stand, and the words of those that are choices."""
        return [(self.at[name], self._choices(name)) for name in self.identity]

    def _choices(self, name: str) -> dict[str, str]:
        """Words of a choice in every language -> its value."""
        if name not in self._words:
            found = self._words[name] = {}
            for code in LANGUAGES if name in self.view.enums else ():
                with speaking(code):
                    found |= {plain(w).casefold(): v for v, w in self.view.enum_choices(name)}
        return self._words[name]

    def _ids(self, names: set[tuple[str, ...]]) -> dict[tuple[str, ...], int]:
        """The id of the record that each name stands for, of those that are known."""
        found, wanted = {}, sorted(name for name in names if all(name))
        for start in range(0, len(wanted), _BATCH):
            statement = self._asked(wanted[start : start + _BATCH], self.view.datamodel.obj.id)
            for row_id, *words in self.session.execute(statement):
                found[tuple(str(word) for word in words)] = row_id
        return found

    def _known(self, names: set[tuple[str, ...]]) -> Iterator[tuple[tuple[str, ...], Any]]:
        rendering = rendered()
        if wanted := sorted(name for name in names if all(name)):
            options = rendering.with_relations(self.view, list(self.at))
            statement = self._asked(wanted, self.view.datamodel.obj).options(*options)
            for row, *words in self.session.execute(statement):
                yield tuple(str(word) for word in words), row

    def _asked(self, wanted: Sequence[tuple[str, ...]], what: Any) -> Select[Any]:
        """Something of the records of these names, then what names them."""
        model = self.view.datamodel.obj
        statement = select(what).where(model.entity_id == self.entity_id)
        attributes = []
        for name in self.identity:
            first, _dot, rest = name.partition(".")
            attribute = getattr(model, first)
            if rest:
                related = inspect(model).relationships[first].mapper.class_
                statement = statement.join(attribute)
                attribute = getattr(related, rest)
            attributes.append(attribute)
        asked = (
            attributes[0].in_([name[0] for name in wanted])
            if len(attributes) == 1
            else tuple_(*attributes).in_(wanted)
        )
        return statement.add_columns(*attributes).where(asked)

    # --- what was corrected ---------------------------------------------------------------

    def _compare(self, record: Record, row: Any, written: Written) -> None:
        # A file may tell a record in several rows, each of its own day or delivery.
        mark = (row.id, self.importer.identity(record))
        earlier = self.first.setdefault(mark, record.number)
        changed = {}
        for at, name in self.listed.places.items():
            cell = _cell(record, at)
            if name in self.identity or written.says(row, name, cell):
                continue
            if is_empty(cell):
                # An empty cell leaves what is recorded, in any file; here it is known and said.
                self.listed.emptied[as_text(self.reading.header[at])] += 1
                continue
            changed[name] = cell
        self._keep(record)
        record.record_id, record.version = row.id, getattr(row, "version", None)
        if earlier != record.number:
            key = self.listed.keys[self.identity[0]]
            record.refuse(
                _("Cette fiche est déjà à la ligne %(row)d de ce fichier.", row=earlier), key
            )
            return
        for name, cell in changed.items():
            self._correct(record, row, name, cell, written)
        if not record.accepted:
            return
        named = {self.listed.keys[name] for name in self.identity}
        if not any(v is not None and key not in named for key, v in record.values.items()):
            record.effect = Effect.UNCHANGED
        elif getattr(row, "archived_on", None) is not None:
            record.refuse(_("Cette fiche est archivée : restaurez-la d’abord."))

    def _keep(self, record: Record) -> None:
        """Forget what the list's own columns said, and the faults found in them."""
        named = {}
        for name in self.identity:
            key = self.listed.keys[name]
            if key is not None:
                named[key] = self.columns[key].parse(self._cell_of(record, name))
        record.forget(self._own)
        record.values |= named

    def _cell_of(self, record: Record, name: str) -> Any:
        """The cell of a column; a choice by its value, which every importer reads."""
        cell = _cell(record, self.at[name])
        choices = self._choices(name)
        return choices.get(plain(as_text(cell)).casefold(), cell) if choices else cell

    def _correct(self, record: Record, row: Any, name: str, cell: Any, written: Written) -> None:
        """Hand a corrected cell to the importer, or say why it cannot be taken."""
        title, key = as_text(self.reading.header[self.at[name]]), self.listed.keys[name]
        if key is None:
            record.refuse(
                _(
                    "« %(title)s » ne se change pas par un import, et la cellule ne dit plus ce "
                    "qu’Ouvrage a écrit : remettez la valeur exportée, ou retirez la colonne.",
                    title=title,
                ),
                title,
            )
        elif is_cut(cell):
            record.refuse(
                _(
                    "« %(title)s » est un texte coupé par l’export : l’importer perdrait la "
                    "suite. Corrigez-le sur la fiche.",
                    title=title,
                ),
                key,
            )
        else:
            self._read(record, row, name, key, written)

    def _read(self, record: Record, row: Any, name: str, key: str, written: Written) -> None:
        column = self.columns[key]
        try:
            value = column.parse(self._cell_of(record, name))
        except ValueRefused as refusal:
            record.refuse(headed(column.label, refusal), key, hint=refusal.hint)
            return
        if not written.reads_as(row, name, column, value):
            record.values[key] = value


def _cell(record: Record, at: int) -> Any:
    return record.cells[at] if at < len(record.cells) else None
