"""Photos of finished work, and papers of buildings and boilers, as people attach them."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from base.basics.formats import counted
from base.basics.sessions import Session
from base.face.attached.documents import attach
from base.papers.files.store import Store, current_store
from interventions import services as work
from interventions.domain import Moment, State
from interventions.models import WorkOrder
from patrimoine.domain import Kind
from patrimoine.models import Asset, Building, Equipment, Room
from patrimoine.queries.tree import in_branch
from reports.demonstration import commune, scenes, sheets
from reports.demonstration.steps import Demo

#: Work orders with pictures, buildings and boilers with papers, at most.
SHOWN, HOUSES, BOILERS = 16, 8, 6
_JPEG, _PDF = "image/jpeg", "application/pdf"


def papers(demo: Demo) -> None:
    """Draw and attach them, once."""
    store = current_store()
    if "photos" not in demo.marks:
        with demo.person(commune.AGENT) as session:
            demo.mark(session, "photos", {"count": _photos(demo, session, store)})
    with demo.person(commune.FLEET) as session:
        documents = _of_buildings(demo, session, store) + _of_boilers(demo, session, store)
        demo.mark(session, "papers", {"count": documents})
    pictures = demo.marks["photos"]["count"]
    shots = counted(pictures, "photo avant et après travaux", "photos avant et après travaux")
    demo.say(f"   {shots}, {counted(documents, 'document', 'documents')}")


def _photos(demo: Demo, session: Session, store: Store) -> int:
    """Before and after of finished work, before alone of what is under way."""
    orders = session.scalars(
        select(WorkOrder)
        .where(
            WorkOrder.entity_id == demo.entity_id,
            WorkOrder.state.in_((State.FINISHED, State.STARTED, State.PAUSED)),
            WorkOrder.title.in_(scenes.SCENES),
        )
        .order_by(WorkOrder.id.desc())
        .limit(SHOWN)
    ).all()
    count = 0
    for order in orders:
        taken = [(Moment.BEFORE, order.started_at), (Moment.AFTER, order.finished_at)]
        for moment, at in taken:
            if at is None:
                continue
            is_mended = moment is Moment.AFTER
            data = scenes.picture(order.title, str(order.external_number), mended=is_mended)
            stored = store.put(data, media_type=_JPEG, label=f"{order.title}.jpg")
            work.add_photo(session, order, stored, moment=moment, at=at)
            count += 1
    return count


def _of_buildings(demo: Demo, session: Session, store: Store) -> int:
    """The front, the plan and the last inspection of the first buildings."""
    count = 0
    found = session.scalars(
        select(Building).where(Building.entity_id == demo.entity_id).order_by(Building.code)
    )
    for place, building in enumerate(found.all()[:HOUSES]):
        name, code = building.name, building.code
        files = [("façade.jpg", _JPEG, scenes.front(code))]
        if floors := _floors(session, building):
            files.append(("plan des niveaux.pdf", _PDF, sheets.plan(name, code, floors)))
        if building.erp_type:
            on = demo.today - timedelta(days=40 + 31 * place)
            label = f"rapport de vérification {on:%Y}.pdf"
            files.append((label, _PDF, sheets.inspection(name, code, on)))
        count += _attach(session, store, building, files)
    return count


def _floors(session: Session, building: Building) -> list[tuple[str, list[tuple[str, int]]]]:
    """The rooms of a building by storey: name and m²."""
    rooms = session.scalars(
        select(Room)
        .where(in_branch(building.path), Room.room_area_m2.is_not(None))
        .order_by(Room.code)
    ).all()
    names: dict[int, str] = {}
    for asset in session.scalars(
        select(Asset).where(in_branch(building.path), Asset.kind == Kind.FLOOR)
    ):
        names[asset.id] = asset.name
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for room in rooms:
        storey = names.get(room.parent_id or 0, building.name)
        found[storey].append((room.name, int(room.room_area_m2 or 1)))
    return list(found.items())


def _of_boilers(demo: Demo, session: Session, store: Store) -> int:
    """The notice of the first boilers."""
    found = session.scalars(
        select(Equipment)
        .where(Equipment.entity_id == demo.entity_id, Equipment.name.startswith("Chaudière"))
        .order_by(Equipment.code)
        .limit(BOILERS)
    ).all()
    return sum(
        _attach(session, store, boiler, [("notice.pdf", _PDF, _notice(demo, boiler))])
        for boiler in found
    )


def _notice(demo: Demo, boiler: Equipment) -> bytes:
    bought = boiler.acquired_on or demo.today
    return sheets.notice(boiler.name, boiler.brand or "", boiler.code, bought)


def _attach(session: Session, store: Store, row: Any, files: list[tuple[str, str, bytes]]) -> int:
    for label, media_type, data in files:
        stored = store.put(data, media_type=media_type, label=f"{row.name}, {label}")
        attach(session, row, stored)
    return len(files)
