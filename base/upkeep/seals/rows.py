"""The rows of the register against the trail: each is what its last entries say.

Whoever changes, adds or removes a row behind the application writes no entry: the row then
differs from its history. Every table with tracked columns is read once, in the order of its ids,
beside the entries of its records in the same order.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Generator, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from operator import itemgetter
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapper

from base.basics.formats import counted
from base.rules.rights.personal import agrees, is_masked
from base.store.database import Model
from base.store.history.trail import record_name, tracked_columns
from base.store.models.history import Event
from base.store.models.seals import EventPersonal
from base.upkeep.seals.findings import Findings

_CHUNK = 1000
#: What a row is said to hold: column -> value, and the entry that said so.
Said = dict[str, tuple[Any, int]]


def rows(app: Any, connection: Connection, findings: Findings) -> str:
    """Every row is what the trail says of it, and the other way round."""
    count = 0
    for record, mappers in sorted(_records().items()):
        count += _Table(connection, findings, record, mappers).run()
    return counted(
        count,
        "fiche a été tenue contre son histoire.",
        "fiches ont été tenues contre leur histoire.",
    )


def _records() -> dict[str, list[Mapper[Any]]]:
    """Root table -> the classes whose rows have a history."""
    found: dict[str, list[Mapper[Any]]] = {}
    for mapper in Model.registry.mappers:
        single = mapper.polymorphic_on is None or mapper.polymorphic_identity is not None
        if tracked_columns(mapper) and single:
            found.setdefault(record_name(mapper.class_), []).append(mapper)
    return found


class _Table:
    """One table, read beside its history."""

    def __init__(
        self,
        connection: Connection,
        findings: Findings,
        record: str,
        mappers: list[Mapper[Any]],
    ) -> None:
        self.connection, self.findings = connection, findings
        self.record, self.mappers = record, mappers

    def run(self) -> int:
        """How many rows were looked at."""
        told, there = self._told(), self._there()
        count = 0
        try:
            history, row = next(told, None), next(there, None)
            while history is not None or row is not None:
                if row is None or (history is not None and history[0] < row[0]):
                    self._gone(*history)  # type: ignore[misc]
                    history = next(told, None)
                elif history is None or row[0] < history[0]:
                    self._unknown(row[0])
                    row, count = next(there, None), count + 1
                else:
                    self._compare(row[0], row[1], row[2], history)
                    history, row, count = next(told, None), next(there, None), count + 1
        finally:
            told.close()
            there.close()
        return count

    # --- what the trail says ----------------------------------------------------------------

    def _told(self) -> Generator[tuple[int, Said, int, str]]:
        """(id, what it holds, its last entry, that entry's operation) of each record told of."""
        statement = (
            select(Event.record_id, Event.seq, Event.op, Event.changes)
            .where(Event.record == self.record, Event.op != "V", Event.record_id.is_not(None))
            .order_by(Event.record_id, Event.seq)
            .execution_options(yield_per=_CHUNK)
        )
        current: int | None = None
        said: Said = {}
        last, op_last = 0, ""
        with self.connection.execute(statement) as found:
            for record_id, seq, op, text in found:
                if record_id != current:
                    if current is not None:
                        yield current, said, last, op_last
                    current, said = record_id, {}
                last, op_last = seq, op
                for column, pair in _pairs(text):
                    said[column] = (pair[1], seq)
        if current is not None:
            yield current, said, last, op_last

    # --- what is there ----------------------------------------------------------------------

    def _there(self) -> Generator[tuple[int, Mapper[Any], Any]]:
        """(id, class, row) in the order of ids, over all classes of the table."""
        streams = [self._rows_of(mapper) for mapper in self.mappers]
        try:
            yield from heapq.merge(*streams, key=itemgetter(0))
        finally:
            for stream in streams:
                stream.close()

    def _rows_of(self, mapper: Mapper[Any]) -> Generator[tuple[int, Mapper[Any], Any]]:
        columns = [getattr(mapper.class_, a.key) for a in tracked_columns(mapper)]
        statement = select(mapper.class_.id, *columns).order_by(mapper.class_.id)
        if mapper.polymorphic_on is not None:
            statement = statement.where(mapper.polymorphic_on == mapper.polymorphic_identity)
        with self.connection.execute(statement.execution_options(yield_per=_CHUNK)) as found:
            for row in found:
                yield row[0], mapper, row

    # --- one against the other --------------------------------------------------------------

    def _gone(self, record_id: int, said: Said, seq: int, op: str) -> None:
        if op != "D":
            self.findings.add(
                "row_deleted",
                f"La ligne {record_id} de {self.record}, connue du journal au fait n° {seq}, "
                "a été supprimée sans lui.",
                seq,
            )

    def _unknown(self, record_id: int) -> None:
        self.findings.add(
            "row_inserted",
            f"La ligne {record_id} de {self.record} a été ajoutée sans que le journal le dise.",
        )

    def _compare(self, record_id: int, mapper: Mapper[Any], row: Any, history: Any) -> None:
        _id, said, last, op = history
        if op == "D":
            self.findings.add(
                "row_inserted",
                f"La ligne {record_id} de {self.record}, supprimée au fait n° {last}, "
                "a été remise sans que le journal le dise.",
                last,
            )
            return
        for attribute, value in zip(tracked_columns(mapper), row[1:], strict=True):
            told, seq = said.get(attribute.key, (None, last))
            if same(told, value) or (attribute.key not in said and _is_default(attribute, value)):
                continue
            if is_masked(told) and not self._differs(seq, attribute.key, told, value):
                continue
            self.findings.add(
                "row_changed",
                f"La ligne {record_id} de {self.record} n’est plus ce que dit le fait n° {seq} du "
                f"journal : « {attribute.key} » a été changé sans lui.",
                seq,
            )
            return

    def _differs(self, seq: int, column: str, told: Any, value: Any) -> bool:
        """Whether a personal value, not erased since, is another than the row's."""
        kept = self.connection.execute(
            select(EventPersonal.salt, EventPersonal.value).where(
                EventPersonal.seq == seq, EventPersonal.field == column, EventPersonal.side == 1
            )
        ).first()
        if kept is None:
            return False
        return not agrees(told, *kept) or not same(json.loads(kept[1]), value)


def _is_default(attribute: Any, value: Any) -> bool:
    """Whether a value that the trail never told of is what the table itself fills in."""
    default = attribute.columns[0].default
    return default is not None and default.is_scalar and same(default.arg, value)


def _pairs(text: str) -> Iterator[tuple[str, Any]]:
    """Column and (before, after) of an entry; nothing of one that somebody has broken."""
    try:
        changes = json.loads(text)
    except ValueError:
        return
    if isinstance(changes, dict):
        for column, pair in changes.items():
            if isinstance(pair, list) and len(pair) == 2:
                yield column, pair


def same(told: Any, value: Any) -> bool:
    """Whether a value of the trail, as JSON has it, is that of a column."""
    if told is None or value is None:
        return told is None and value is None
    if isinstance(value, bool) or isinstance(told, bool):
        return bool(value) is told
    if isinstance(value, Decimal | int | float):
        try:
            return Decimal(str(told)) == Decimal(str(value))
        except InvalidOperation:
            return False
    if isinstance(value, datetime):
        try:
            return datetime.fromisoformat(told).astimezone(UTC) == value.astimezone(UTC)
        except (TypeError, ValueError):
            return False
    if isinstance(value, date):
        return bool(told == value.isoformat())
    return str(told) == str(value)


def personal_values(app: Any, connection: Connection, findings: Findings) -> str:
    """Each personal value beside the trail is the one its entry was made with."""
    statement = (
        select(
            EventPersonal.seq,
            EventPersonal.field,
            EventPersonal.side,
            EventPersonal.salt,
            EventPersonal.value,
            Event.changes,
        )
        .outerjoin(Event, Event.seq == EventPersonal.seq)
        .order_by(EventPersonal.seq)
        .execution_options(yield_per=_CHUNK)
    )
    count = 0
    with connection.execute(statement) as found:
        for seq, field, side, salt, value, changes in found:
            count += 1
            masked = dict(_pairs(changes or "")).get(field, (None, None))[side]
            if not agrees(masked, salt, value):
                findings.add(
                    "personal",
                    f"Une valeur personnelle du fait n° {seq} (« {field} ») a été changée.",
                    seq,
                )
    return counted(
        count,
        "valeur personnelle, gardée à part du journal, a été comparée.",
        "valeurs personnelles, gardées à part du journal, ont été comparées.",
    )
