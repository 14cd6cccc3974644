"""All that is known of one asset: identity, places, events, seals, work, documents, costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from base.basics.formats import day, number
from base.basics.i18n import _, _l, ngettext
from base.basics.sessions import Session
from base.papers.reporting import Content, Figure, Kind, Param, ParamKind, Progress, report
from base.rules.rights import telling
from base.store.history import belonging
from base.store.history.belonging import records_of
from base.store.history.trail import record_name
from base.store.models import Department, Event
from base.store.models.documents import Document
from interventions.models import WorkOrder
from patrimoine.domain import kind_beside, tree
from patrimoine.models import Asset, CostLine
from patrimoine.queries.assets import place_names
from reports import queries
from reports.catalogue import trace_identity, trace_seals, trace_tables
from reports.catalogue.perimeter import asset_of, find_assets


@report(
    code="traceability",
    title=_l("Traçabilité d’un bien"),
    description=_l(
        "L’identité d’un bien, ses emplacements, tout ce qui lui est arrivé avec qui, quand, de "
        "quoi à quoi, ses documents avec leur empreinte, ses coûts."
    ),
    params=(
        Param(
            "asset", _l("Bien"), ParamKind.RECORD, required=True, find=find_assets, known=asset_of
        ),
    ),
    records=lambda: (*belonging.tables_from(record_name(Asset)), record_name(Department)),
)
def traceability(session: Session, params: Mapping[str, Any], progress: Progress) -> Content:
    """The content of the traceability report of one asset."""
    asset = asset_of(session, params["asset"])
    progress(5, _("Identité et emplacements"))
    whole = records_of(session, asset)
    known = telling.narrowed(session, whole)
    progress(25, _("Événements du journal"))
    events = list(queries.events_of(session, list(known.items()), last=None))
    documents = queries.documents(session, known[record_name(Document)])
    documents = [one for one in documents if telling.reads(session, one.record)]
    has_orders, has_costs = (
        telling.reads(session, record_name(model)) for model in (WorkOrder, CostLine)
    )
    orders: Sequence[WorkOrder] = ()
    if has_orders:
        orders = session.scalars(
            select(WorkOrder).where(WorkOrder.asset_id == asset.id).order_by(WorkOrder.id)
        ).all()
    cost = trace_tables.cost(session, asset)
    progress(30, _("Scellés"))
    examined = trace_seals.examine(session, events)
    progress(40, _("Coûts"))
    days = list(dict.fromkeys(day(event.at) for event in (*events[:1], *events[-1:])))
    period = _("aucun événement")
    if days:
        start, end = days[0], days[-1]
        period = start if start == end else _("%(start)s au %(end)s", start=start, end=end)
    where = place_names(session, _above(asset))
    place = ", ".join(where[i] for i in _above(asset) if i in where)
    kind = kind_beside(asset.kind, asset.name)
    return Content(
        title=_("Traçabilité : %(name)s", name=asset.name),
        subtitle=", ".join(part for part in (kind, asset.code, place) if part),
        perimeter=_("%(name)s (%(code)s), le bien seul", name=asset.name, code=asset.code),
        period=period,
        amounts=_("Coût net, en euros"),
        facts=[
            (_("Enregistrements lus"), number(sum(map(len, known.values())), 0)),
            (_("Scellés du journal"), trace_seals.in_words(examined)),
        ],
        figures=[
            _count(len(events), ngettext("événement", "événements", len(events))),
            *(
                [_count(len(orders), ngettext("intervention", "interventions", len(orders)))]
                if has_orders
                else []
            ),
            _count(len(documents), ngettext("document", "documents", len(documents))),
            *(
                [Figure(cost.net_eur, _("coût net depuis l’entrée au registre"))]
                if has_costs
                else []
            ),
        ],
        tables=[
            trace_identity.identity(session, asset, kind, place),
            trace_identity.places(session, asset),
            *([trace_tables.work(session, orders)] if has_orders else []),
            *([trace_tables.costs(session, asset, cost)] if has_costs else []),
            trace_tables.files(documents),
            trace_seals.seals(examined),
            trace_tables.events(session, events),
        ],
        statement=_(
            "Chaque événement est tel que le journal l’a noté au moment du changement ; le "
            "journal ne peut être ni modifié ni effacé, et ses numéros se suivent. Chaque "
            "document est désigné par l’empreinte de son contenu. Refait sur les mêmes données et "
            "les mêmes scellés, ce rapport donne les mêmes octets."
        ),
        notes=telling.left_out(session, whole),
        detail="events",
        cut=_cut(session, asset, events),
        seal=examined.number,
    )


def _cut(session: Session, asset: Asset, events: Sequence[Event]) -> tuple[int, datetime] | None:
    """The last event of the asset, or of what the report names it by: places, category, service."""
    names: list[tuple[str, Sequence[int]]] = [("patrimoine_asset", _above(asset))]
    if asset.category_id is not None:
        names.append(("patrimoine_category", [asset.category_id]))
    if asset.service_id is not None:
        names.append(("base_service", [asset.service_id]))
    last = [*events[-1:], *list(queries.events_of(session, names, last=None))[-1:]]
    found = max(last, key=lambda event: event.seq, default=None)
    return (found.seq, found.at) if found is not None else None


def _count(count: int, caption: str) -> Figure:
    return Figure(count, caption, Kind.COUNT)


def _above(asset: Asset) -> list[int]:
    return tree.ancestor_ids(asset.path)
