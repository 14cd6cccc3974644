"""What strangers have a share of: counted in the database, over processes and restarts.

A share is taken in the transaction of what it allows: what is refused or undone costs nothing.
Whose share it is stands there as a keyed digest, another one for each share, and is swept when
its time is over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, select
from sqlalchemy.dialects import postgresql, sqlite

from base.basics.sessions import Session
from base.engine.edge.addresses import keyed
from base.store.models.security import ShareTaken


@dataclass(frozen=True)
class Share:
    """At most ``count`` in a ``period``, which starts with the first one taken."""

    name: str
    count: int
    period: timedelta

    def _key(self, whose: str) -> str:
        return keyed(f"share {self.name}: {whose}")

    def left(self, session: Session, whose: str, *, at: datetime) -> int:
        """How many may still be taken; another transaction may take them first."""
        table = ShareTaken.__table__
        mine = (table.c.key == self._key(whose), table.c.until > at)
        row = session.core(select(table.c.count).where(*mine)).first()
        return max(0, self.count - (int(row[0]) if row else 0))

    def take(self, session: Session, whose: str, *, at: datetime, times: int = 1) -> bool:
        """Take so many; False when that is more than are left, and the caller must undo it all.

        The row is held until the end of the transaction: two at once count as two.
        """
        table = ShareTaken.__table__
        make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        fresh = table.c.until <= at
        until = at + self.period
        taken = (
            make(table)
            .values(key=self._key(whose), count=times, until=until)
            .on_conflict_do_update(
                index_elements=["key"],
                set_={
                    "count": case((fresh, times), else_=table.c.count + times),
                    "until": case((fresh, until), else_=table.c.until),
                },
            )
            .returning(table.c.count)
        )
        return int(session.core(taken).scalar_one()) <= self.count
