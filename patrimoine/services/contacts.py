"""How to reach whoever reported something: erased in time, or when the person asks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select

from base.basics.i18n import _l
from base.basics.sessions import Session
from base.face.attached.forgetting import forget
from base.rules.verbs import Door, verb
from patrimoine.models import TagReport

#: Functions of modules that forget the same person where a report was copied to.
ALSO: list[Callable[[Any, TagReport], Any]] = []


@verb(
    TagReport,
    _l("Effacer le contact"),
    "eye-off",
    confirm=_l("Effacer pour de bon ? Personne ne pourra plus joindre cette personne."),
    doors=Door.DESK,
    when=lambda report: bool(report.contact),
    said=_l("Le contact est effacé, ici et dans la demande qui en est issue."),
)
def forget_contact(session: Session, report: TagReport) -> None:
    """Erase how to reach whoever wrote a report, in it and in what was made of it.

    The report stays: what was wrong, where and when is the history of the asset.
    """
    for also in ALSO:
        also(session, report)
    forget(session, report, ["contact"])


def forget_contacts(
    session: Session, *, closed_before: datetime, entity_id: int | None = None
) -> int:
    """Erase how to reach the people whose reports were closed before; how many there were.

    Those of one authority, or of all.
    """
    which = [TagReport.contact.is_not(None), TagReport.closed_at < closed_before]
    if entity_id is not None:
        which.append(TagReport.entity_id == entity_id)
    reports = session.scalars(select(TagReport).where(*which)).all()
    for report in reports:
        forget_contact(session, report)
    session.flush()
    return len(reports)
