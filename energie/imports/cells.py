"""What the forms of distributors have in common: references, instants and numbers as they write."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation

from energie.domain.blocks import ParsedFile
from energie.domain.days import LocalClock
from energie.domain.kinds import ReferenceKind
from energie.domain.references import BadReference, clean_reference


def reference(parsed: ParsedFile, kind: ReferenceKind, raw: object) -> str:
    """The reference of a file, or nothing: such a file waits to be attached by a person."""
    try:
        found = clean_reference(kind, raw)
    except BadReference as fault:
        parsed.notes.append(str(fault))
        return ""
    if found.warning:
        parsed.notes.append(found.warning)
    return found.text


def instant(written: str, clock: LocalClock) -> int:
    """The UTC second of a stamp, with an offset or local.

    Raises:
        ValueError: it is no date.
        NoSuchLocalTime: the clock never showed it.
    """
    moment = datetime.fromisoformat(written)
    return int(moment.timestamp()) if moment.tzinfo else clock.seconds(moment)


def number(written: object) -> Decimal | None:
    """The number of a cell; nothing when it is empty.

    Raises:
        InvalidOperation: it is no number.
    """
    if written is None or (bare := str(written).strip()) == "":
        return None
    value = Decimal(bare)
    if not value.is_finite():
        raise InvalidOperation
    return value
