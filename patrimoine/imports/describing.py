"""What the words of a row leave open: its kind, and whether its department still takes assets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from base.basics.sessions import Session
from base.desk.imports import Record
from base.desk.imports.departed import Named, refuse_named
from base.store.models import Department
from patrimoine import domain
from patrimoine.imports.placing import Planned


def guessed(values: Mapping[str, Any]) -> domain.Kind:
    """The kind of an asset that says none, from what it says instead."""
    for key, kind in (
        ("plate", domain.Kind.VEHICLE),
        ("vin", domain.Kind.VEHICLE),
        ("cadastral_id", domain.Kind.PARCEL),
        ("rnb_id", domain.Kind.BUILDING),
        ("floor_area_m2", domain.Kind.BUILDING),
        ("address", domain.Kind.SITE),
        ("city", domain.Kind.SITE),
        ("level", domain.Kind.FLOOR),
        ("size", domain.Kind.PERSONAL_EQUIPMENT),
    ):
        if values.get(key) is not None:
            return kind
    return domain.Kind.EQUIPMENT


def refuse_departed(
    session: Session, records: Sequence[Record], present: Mapping[int, Mapping[str, Any]]
) -> None:
    """Refuse rows that give an asset to a closed department; ``present`` are values of now by id.

    Before places are looked for: what would stand below such a row is refused with it.
    """
    named = []
    for record in records:
        planned = record.extra
        if not record.accepted or not isinstance(planned, Planned):
            continue
        known = planned.known
        if known is None or present[known.id]["service_id"] != planned.service_id:
            named.append(Named(record, "service", Department, planned.service_id))
    refuse_named(session, named)
