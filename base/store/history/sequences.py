"""Numbers that people read aloud: gapless, per authority, series and year."""

from __future__ import annotations

from base.basics.sessions import Session
from base.store.history.trail import take


def next_number(session: Session, series: str, year: int, entity_id: int) -> str:
    """The next number of a series: ``INT-2026-00042``.

    Taken in the caller's transaction: undone with it, so that no number is lost. A cancelled
    document keeps its number.
    """
    return take_block(session, series, year, entity_id, 1)[0]


def take_block(session: Session, series: str, year: int, entity_id: int, count: int) -> list[str]:
    """``count`` consecutive numbers at once, for imports."""
    last = take(session, f"{series}/{entity_id}/{year}", count)
    return [f"{series}-{year}-{n:05d}" for n in range(last - count + 1, last + 1)]
