"""Of two imports of the same records at once, the second compares its file anew.

A file is compared with the records before the writing begins. What another import wrote, or took
back, between the two makes that comparison old: rows that it made would be made again, and a
delivery that it counted would count twice. So an import that writes waits for those of the same
records, and asks whether one ended since it looked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from base.basics.errors import DomainError
from base.basics.i18n import _
from base.basics.sessions import Session
from base.desk.imports.declaration import Importer, importers
from base.desk.imports.rows import Stale
from base.engine.edge.interface import sentence
from base.store.models.imports import ImportBatch, ImportState

T = TypeVar("T")
#: A record that changes under the import makes it compare again, this often at most.
TRIES = 3


def ended(session: Session, importer: Importer, entity_id: int) -> tuple[int, ...]:
    """How many imports of the same records stand, and how many were taken back."""
    mine = _records(importer)
    kinds = [other.kind for other in importers() if mine & _records(other)]
    counts = dict(
        session.execute(
            select(ImportBatch.state, func.count())
            .where(
                ImportBatch.entity_id == entity_id,
                ImportBatch.kind.in_([importer.kind, *kinds]),
                ImportBatch.state.in_([ImportState.APPLIED, ImportState.UNDONE]),
            )
            .group_by(ImportBatch.state)
        ).all()
    )
    return counts.get(ImportState.APPLIED, 0), counts.get(ImportState.UNDONE, 0)


def take(session: Session, importer: Importer, entity_id: int) -> None:
    """Wait until no other import of the same records writes; held until the transaction ends."""
    if session.get_bind().dialect.name != "postgresql":
        return  # a writer of SQLite is alone
    for record in sorted(_records(importer)):  # in one order: two never wait for each other
        key = func.hashtext(f"import/{record}/{entity_id}")
        session.core(select(func.pg_advisory_xact_lock(key)))


def require_unchanged(
    session: Session, importer: Importer, entity_id: int, seen: tuple[int, ...]
) -> None:
    """Take the turn, and refuse a comparison made before another import ended.

    Raises:
        Stale: one was written or taken back since: examine again.
    """
    take(session, importer, entity_id)
    if ended(session, importer, entity_id) != seen:
        raise Stale(_("Des fiches ont changé pendant l’import : recommencez."))


def settled(once: Callable[[], T]) -> T:
    """What the work gives, begun anew when a record changes under it, ``TRIES`` times at most.

    Raises:
        DomainError: records go on changing.
    """
    for _left in range(TRIES - 1):
        try:
            return once()
        except (Stale, StaleDataError, IntegrityError):
            continue
    try:
        return once()
    except IntegrityError as fault:
        raise DomainError(sentence(fault)) from fault
    except StaleDataError as fault:
        raise DomainError(_("Des fiches ont changé pendant l’import : recommencez.")) from fault


def _records(importer: Importer) -> set[str]:
    return {importer.record or importer.kind, *importer.makes}
