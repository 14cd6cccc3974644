"""What a session keeps aside until the commit, and a rollback takes away again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session as OrmSession

from base.basics.sessions import Session

Kept = Callable[[Session], list[Any]]


def kept_aside(name: str) -> tuple[Kept, Callable[[Session], None]]:
    """A list of each session, under this name in its ``info``, and what empties it once written.

    A savepoint that is rolled back drops its own part, a rollback all.
    """
    marks = f"{name}_marks"

    def pending(session: Session) -> list[Any]:
        found: list[Any] = session.info.setdefault(name, [])
        return found

    def clear(session: Session) -> None:
        pending(session).clear()
        session.info.get(marks, {}).clear()

    @event.listens_for(OrmSession, "after_transaction_create")
    def mark(session: Session, transaction: Any) -> None:
        if transaction.nested:
            session.info.setdefault(marks, {})[transaction] = len(pending(session))

    @event.listens_for(OrmSession, "after_soft_rollback")
    def drop(session: Session, transaction: Any) -> None:
        # A failed flush is a transaction of its own inside the savepoint that it takes along.
        known = session.info.get(marks, {})
        nearest = transaction
        while nearest is not None and nearest not in known:
            nearest = nearest.parent
        del pending(session)[known.get(nearest, 0) :]
        known.pop(transaction, None)

    return pending, clear
