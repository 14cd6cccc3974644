"""Personal values of the trail: shown while they are there, erased when they must be.

An entry bears ``{"sha256": …}`` in the place of such a value: the digest of a random salt and the
value. Both stand in a table beside the trail; without them nothing leads back to the person, and
the seals hold as before.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, select

from base.basics.i18n import _l, kept
from base.basics.sessions import Session
from base.rules.rights import withheld
from base.store.history.trail import DIGEST, forget_unwritten, note_record, personal_digest
from base.store.models.history import Event
from base.store.models.seals import EventPersonal

ERASED = _l("valeur effacée")
ALTERED = _l("valeur altérée")
GIVEN = _l("donné, non reproduit")
#: Entries asked for in one statement.
_CHUNK = 500


def is_masked(value: Any) -> bool:
    """Whether a digest stands there for a personal value."""
    return isinstance(value, dict) and set(value) == {DIGEST}


def agrees(masked: Any, salt: str, value: str) -> bool:
    """Whether a value kept beside an entry is the one that the entry is about."""
    try:
        return is_masked(masked) and personal_digest(bytes.fromhex(salt), value) == masked[DIGEST]
    except ValueError:
        return False  # a salt that somebody has changed


def reveal(session: Session, events: Iterable[Event]) -> dict[int, Any]:
    """Number of each entry -> its changes, personal values in their places.

    What the person of the session may not read is left out. What was erased reads « valeur
    effacée »; what somebody has changed, « valeur altérée ».
    """
    found = _noted(session, events)
    masked = [
        seq
        for seq, changes in found.items()
        if isinstance(changes, dict)
        and any(is_masked(v) for pair in changes.values() if isinstance(pair, list) for v in pair)
    ]
    beside: dict[tuple[int, str, int], tuple[str, str]] = {}
    for first in range(0, len(masked), _CHUNK):
        rows = session.execute(
            select(
                EventPersonal.seq,
                EventPersonal.field,
                EventPersonal.side,
                EventPersonal.salt,
                EventPersonal.value,
            ).where(EventPersonal.seq.in_(masked[first : first + _CHUNK]))
        )
        beside.update({(seq, field, side): (salt, value) for seq, field, side, salt, value in rows})
    for seq in masked:
        for field, pair in found[seq].items():
            if not isinstance(pair, list):
                continue
            for side, value in enumerate(pair):
                if is_masked(value):
                    pair[side] = _plain(value, beside.get((seq, field, side)))
    return found


def without(session: Session, events: Iterable[Event]) -> dict[int, Any]:
    """As ``reveal``, for what is kept longer than a person's values may be.

    It says that one was given, never which, and reads the same once it is erased.
    """
    found = _noted(session, events)
    for changes in found.values():
        pairs = changes.values() if isinstance(changes, dict) else ()
        for pair in pairs:
            if isinstance(pair, list):
                pair[:] = [str(GIVEN) if is_masked(value) else value for value in pair]
    return found


def _noted(session: Session, events: Iterable[Event]) -> dict[int, Any]:
    return {
        event.seq: withheld.concealed(session, event.record, json.loads(event.changes))
        for event in events
    }


def _plain(masked: Any, kept: tuple[str, str] | None) -> Any:
    if kept is None:
        return str(ERASED)
    return json.loads(kept[1]) if agrees(masked, *kept) else str(ALTERED)


def erase(session: Session, record: str, record_id: int, *, fields: Iterable[str] = ()) -> int:
    """Erase the personal values of one record from its history; how many there were.

    All its fields, or those named, with what this transaction has yet to write. The record's own
    columns are left to the caller. The seals over the entries hold as before; the erasure itself
    is an entry, without the values.
    """
    which = [EventPersonal.record == record, EventPersonal.record_id == record_id]
    chosen = sorted(fields)
    unwritten = forget_unwritten(session, record, record_id, chosen)
    if chosen:
        which.append(EventPersonal.field.in_(chosen))
    entity_id = session.scalars(select(EventPersonal.entity_id).where(*which).limit(1)).first()
    gone: Any = session.execute(
        delete(EventPersonal).where(*which).execution_options(synchronize_session=False)
    )
    if gone.rowcount:
        text = kept(_l("Valeurs personnelles effacées de l’historique : %(n)s", n=gone.rowcount))
        note_record(session, record, record_id, entity_id, {"kind": "erased", "text": text})
    return int(gone.rowcount) + unwritten
