"""Assets that tests make with few words."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.orm import selectin_polymorphic

from base.rules.rights.actors import system_session
from patrimoine import services
from patrimoine.domain.kinds import Kind
from patrimoine.models import KIND_MODELS, Asset

DAY = date(2026, 1, 5)
AT = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
KINDS = {
    "site": {},
    "building": {"rnb_id": "6QJBEEJXNFJC"},
    "floor": {"level": 1},
    "room": {"capacity": 30},
    "parcel": {"cadastral_id": "91216000AB0037"},
    "vehicle": {"plate": "AA-123-BC"},
    "equipment": {},
    "personal_equipment": {"size": "L"},
}


def site(session, name="École Les Tilleuls", entity_id=1, **columns):
    return services.create(session, Kind.SITE, entity_id=entity_id, name=name, on=DAY, **columns)


def below(session, kind, name, parent, **columns):
    return services.create(
        session, kind, entity_id=parent.entity_id, name=name, on=DAY, parent=parent, **columns
    )


#: A small triangle near Paris.
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[2.3, 48.8], [2.301, 48.8], [2.301, 48.801], [2.3, 48.8]]],
}


def by_code(*codes):
    with system_session("test", readonly=True) as session:
        whole = selectin_polymorphic(Asset, list(KIND_MODELS.values()))
        rows = session.scalars(select(Asset).where(Asset.code.in_(codes)).options(whole)).all()
        session.expunge_all()
        return {row.code: row for row in rows}
