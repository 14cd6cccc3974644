"""The trail: every change of a tracked column, in the transaction of the change.

Events are collected at flush, whatever door the change came through, and written with their
gapless numbers in the last statements before commit (taken first, the counter's lock would make
everybody wait). Triggers keep the table append-only.
"""

from __future__ import annotations

import functools
import json
import secrets
from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from sqlalchemy import event, insert, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapper
from sqlalchemy.orm import Session as OrmSession

from base.basics import clock
from base.basics.i18n import _l
from base.basics.sessions import Session
from base.store.database import Model
from base.store.models.history import Counter, Event
from base.store.models.seals import EventPersonal
from base.store.savepoints import kept_aside

#: Tables that are not ours but whose changes count: table -> attribute -> what it is called.
FOREIGN_TRACKED: dict[str, dict[str, Any]] = {
    "ab_user": {
        "username": _l("Identifiant"),
        "first_name": _l("Prénom"),
        "last_name": _l("Nom"),
        "email": _l("Courriel"),
        "active": _l("Compte ouvert"),
    },
    "ab_role": {"name": _l("Nom")},
}
#: Those of them that say something of a person.
FOREIGN_PERSONAL: dict[str, frozenset[str]] = {
    "ab_user": frozenset({"username", "first_name", "last_name", "email"}),
}
#: Length of what is mixed into the digest of a personal value.
SALT_BYTES = 16
#: Key of the object that stands for a personal value in an entry.
DIGEST = "sha256"

#: Tables without tracked columns, and why. A test holds every table against this list.
NOT_AUDITED: dict[str, str] = {
    "base_event": "is the trail",
    "base_event_personal": "the personal values of the trail, which may be erased",
    "base_seal": "signs the trail; verify holds the seals against it",
    "base_seal_key": "noted in the trail when it is made",
    "base_seal_leaf": "worked out from the trail",
    "base_seal_node": "worked out from the trail",
    "base_counter": "its numbers stand in the numbered rows",
    "base_message": "append-only by its verbs; shown in the timeline itself",
    "base_idempotency": "technical, 30 days",
    "base_login_attempt": "technical, 15 minutes",
    "base_recovery_code": "technical; their making and use are written as such",
    "base_access": "technical: a number that triggers renew",
    "base_share": "technical, a day; of people without an account, as digests",
    "base_sign_in": "technical, 30 days; sign-in events are written as such",
    "base_user_security": "technical; sign-in events are written as such",
    "base_saved_view": "a person's convenience",
    "base_notification": "copies of what stands in messages and next actions",
    "base_follower": "a person's convenience",
    "base_user_entity": "written with an event by its verb",
    "base_import_row": "says which event of the trail each row of a file became",
    "base_job": "its states are its own history, with a log",
    "base_job_log": "is a log",
    "base_process": "technical: who answers",
    "base_periodic": "technical: which period has fired",
}


@functools.cache
def tracked_columns(mapper: Mapper[Any]) -> tuple[Any, ...]:
    """The column attributes of a class whose changes go to the trail."""
    extra = FOREIGN_TRACKED.get(mapper.local_table.name, {})  # type: ignore[attr-defined]
    return tuple(
        a for a in mapper.column_attrs if a.columns[0].info.get("tracked") or a.key in extra
    )


def record_name(row_or_class: Any) -> str:
    """The name under which a record's history, files and messages are kept: its root table."""
    mapper = inspect(row_or_class)
    mapper = getattr(mapper, "mapper", mapper)
    return str(mapper.base_mapper.local_table.name)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


_CANONICAL = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain
)


def canonical(value: Any) -> str:
    """JSON with sorted keys and no blanks: the same data give the same text."""
    return _CANONICAL.encode(value)


@functools.cache
def personal_columns(record: str) -> frozenset[str]:
    """The columns of a record, by its root table, whose values stand beside the trail."""
    found = set(FOREIGN_PERSONAL.get(record, ()))
    for mapper in Model.registry.mappers:
        if record_name(mapper.class_) == record:
            found |= {a.key for a in mapper.column_attrs if a.columns[0].info.get("personal")}
    return frozenset(found)


def personal_digest(salt: bytes, value: str) -> str:
    """What stands in an entry for a personal value, given as canonical JSON."""
    return sha256(salt + value.encode()).hexdigest()


def _mask(record: str, changes: Any) -> tuple[Any, list[dict[str, Any]]]:
    """The changes with digests for personal values, and the values with their salts."""
    columns = personal_columns(record)
    if not columns or not isinstance(changes, dict):
        return changes, []
    shown, kept = dict(changes), []
    for field in columns & changes.keys():
        pair = changes[field]
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            continue
        masked: list[Any] = list(pair)
        for side, plain in enumerate(pair):
            if plain in (None, ""):
                continue
            salt, value = secrets.token_bytes(SALT_BYTES), canonical(plain)
            masked[side] = {DIGEST: personal_digest(salt, value)}
            kept.append({"field": field, "side": side, "salt": salt.hex(), "value": value})
        shown[field] = masked
    return shown, kept


def _write(
    session: Session, op: str, record: str, record_id: Any, entity_id: Any, changes: Any
) -> None:
    """Keep an event for the end of the transaction."""
    shown, personal = _mask(record, changes) if op != "V" else (changes, [])
    _pending(session).append(
        {
            "op": op,
            "record": record,
            "record_id": record_id,
            "entity_id": entity_id,
            "changes": canonical(shown),
            "personal": personal,
        }
    )


_pending, _clear = kept_aside("trail")


def forget_unwritten(
    session: Session, record: str, record_id: int, fields: Collection[str] = ()
) -> int:
    """Drop personal values that this transaction has yet to write; how many there were.

    Their digests stay: all fields of the record, or those named.
    """
    count = 0
    for row in _pending(session):
        if (row["record"], row["record_id"]) == (record, record_id):
            left = [v for v in row["personal"] if fields and v["field"] not in fields]
            count += len(row["personal"]) - len(left)
            row["personal"] = left
    return count


def note(session: Session, row: Any, what: dict[str, Any]) -> None:
    """Write an event that changes no column: a scan, a print, an export, a sign-in."""
    _write(session, "V", record_name(row), row.id, getattr(row, "entity_id", None), what)


def note_record(
    session: Session, record: str, record_id: int | None, entity_id: int | None, what: Any
) -> None:
    """As ``note``, for a record known by its name and number only."""
    _write(session, "V", record, record_id, entity_id, what)


def note_change(
    session: Session,
    *,
    op: str,
    record: str,
    record_id: int,
    entity_id: int | None,
    changes: object,
) -> None:
    """The event of a row written by a Core statement, for imports: the flush does not see it."""
    _write(session, op, record, record_id, entity_id, changes)


@event.listens_for(OrmSession, "after_flush")
def _collect(session: Session, context: Any) -> None:
    for op, rows in (("I", session.new), ("U", session.dirty), ("D", session.deleted)):
        for row in rows:
            state = inspect(row)
            columns = tracked_columns(state.mapper)
            if not columns:
                continue
            change: dict[str, list[Any]] = {}
            for a in columns:
                if op == "I":
                    value = getattr(row, a.key)
                    if value is not None:
                        change[a.key] = [None, value]
                    continue
                history = state.attrs[a.key].history
                if op == "D":
                    old = (history.deleted or history.unchanged or [None])[0]
                    if old is not None:
                        change[a.key] = [old, None]
                elif history.has_changes():
                    old = history.deleted[0] if history.deleted else None
                    new = history.added[0] if history.added else None
                    if old != new:
                        change[a.key] = [old, new]
            if change:
                table = state.mapper.local_table.name  # type: ignore[attr-defined]
                entity = row.id if table == "base_entity" else getattr(row, "entity_id", None)
                _write(session, op, record_name(row), row.id, entity, change)


def take(session: Session, series: str, count: int) -> int:
    """The last of ``count`` consecutive numbers of a series; the row stays locked to the end."""
    table = Counter.__table__
    dialect = session.get_bind().dialect.name
    make = sqlite.insert if dialect == "sqlite" else postgresql.insert
    made = make(table).values(series=series, value=count)
    statement = made.on_conflict_do_update(
        index_elements=["series"], set_={"value": table.c.value + count}
    ).returning(table.c.value)
    return int(OrmSession.connection(session).execute(statement).scalar_one())  # type: ignore[arg-type]


@event.listens_for(OrmSession, "before_commit")
def _number(session: Session) -> None:
    if session.in_nested_transaction():
        return
    # The ORM flushes after this event, too late for us.
    session.flush()
    rows = _pending(session)
    if not rows:
        return
    last = take(session, "trail", len(rows))
    first = last - len(rows) + 1
    at = clock.now()
    actor = str(getattr(session, "actor", "system"))
    door = str(getattr(session, "door", ""))
    events, beside = [], []
    for seq, row in enumerate(rows, first):
        for value in row.pop("personal"):
            where = {k: row[k] for k in ("record", "record_id", "entity_id")}
            beside.append({**value, **where, "seq": seq})
        events.append({**row, "seq": seq, "at": at, "actor": actor, "door": door})
    connection = OrmSession.connection(session)  # type: ignore[arg-type]
    connection.execute(insert(Event), events)
    if beside:
        connection.execute(insert(EventPersonal), beside)
    _clear(session)
