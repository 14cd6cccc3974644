"""All that is known of one asset: identity, places, events, work, documents, costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import InstrumentedAttribute

from base.formats import day, euros, number
from base.i18n import _, _l, ngettext
from base.models import Event, Service
from base.models.documents import Document
from base.reporting import (
    Column,
    Content,
    Figure,
    Kind,
    Line,
    Param,
    ParamKind,
    Progress,
    Table,
    report,
)
from energie.models import Allocation, DeliveryPoint, Meter
from interventions.domain import STATE_SIGNS, State
from interventions.models import (
    ChecklistPoint,
    Expense,
    Labour,
    PartUse,
    Photo,
    ServiceRequest,
    Signature,
    WorkOrder,
)
from patrimoine.domain.kinds import KIND_LABELS, STATUS_LABELS, AssetStatus
from patrimoine.domain.kinds import Kind as AssetKind
from patrimoine.models import Asset, AssetMove, CostLine, Tag, TagReport
from patrimoine.queries.assets import custom_values, place_names
from reports import queries
from reports.catalogue.perimeter import asset_of, find_assets
from reports.catalogue.sources import with_pieces
from reports.catalogue.words import column_word, in_words
from reports.queries import Sums

#: Records that belong to an asset by a column of their own.
_OF_ASSET: tuple[InstrumentedAttribute[Any], ...] = (
    Tag.asset_id,
    TagReport.asset_id,
    CostLine.asset_id,
    WorkOrder.asset_id,
    ServiceRequest.asset_id,
    DeliveryPoint.asset_id,
    Meter.asset_id,
    Allocation.asset_id,
)
#: Records that belong to a work order on it.
_OF_WORK_ORDER: tuple[InstrumentedAttribute[Any], ...] = (
    Labour.work_order_id,
    PartUse.work_order_id,
    Expense.work_order_id,
    ChecklistPoint.work_order_id,
    Signature.work_order_id,
    Photo.work_order_id,
)
_ALL = (*_OF_ASSET, *_OF_WORK_ORDER)
#: Columns of an asset that the identity shows in another way, or not at all.
_LEFT_OUT = {
    *("id", "entity_id", "owner_entity_id", "kind", "code", "name", "path", "sort_key"),
    *("search_text", "version", "created_at", "changed_at", "created_by_id", "changed_by_id"),
    *("parent_id", "category_id", "service_id", "status"),
}


@report(
    code="traceability",
    title=_l("Traçabilité d’un bien"),
    description=_l(
        "L’identité d’un bien, ses emplacements, tout ce qui lui est arrivé avec qui, quand, de "
        "quoi à quoi, ses documents avec leur empreinte, ses coûts."
    ),
    params=(Param("asset", _l("Bien"), ParamKind.RECORD, required=True, find=find_assets),),
    records=(
        "patrimoine_asset",
        "base_document",
        "base_service",
        *(column.class_.__tablename__ for column in _ALL),
    ),
)
def traceability(session: Any, params: Mapping[str, Any], progress: Progress) -> Content:
    """The content of the traceability report of one asset."""
    asset = asset_of(session, params["asset"])
    progress(5, _("Identité et emplacements"))
    known = records_of(session, asset)
    places = _places(session, asset)
    progress(25, _("Événements du journal"))
    events = list(queries.events_of(session, list(known.items()), last=None))
    documents = documents_of(session, known)
    orders = session.scalars(
        select(WorkOrder).where(WorkOrder.asset_id == asset.id).order_by(WorkOrder.id)
    ).all()
    cost = _cost(session, asset)
    progress(40, _("Coûts"))
    first, last = (events[0].at, events[-1].at) if events else (None, None)
    period = (
        _("%(start)s au %(end)s", start=day(first, "fr"), end=day(last, "fr"))
        if events
        else _("aucun événement")
    )
    where = place_names(session, _above(asset))
    place = ", ".join(where[i] for i in _above(asset) if i in where)
    kind = str(KIND_LABELS[AssetKind(asset.kind)])
    return Content(
        title=_("Traçabilité : %(name)s", name=asset.name),
        subtitle=", ".join(part for part in (kind, asset.code, place) if part),
        perimeter=_("%(name)s (%(code)s), le bien seul", name=asset.name, code=asset.code),
        period=period,
        amounts=_("Coût net, en euros"),
        facts=[(_("Enregistrements lus"), number(sum(map(len, known.values())), 0, "fr"))],
        figures=[
            _count(len(events), ngettext("événement", "événements", len(events))),
            _count(len(orders), ngettext("intervention", "interventions", len(orders))),
            _count(len(documents), ngettext("document", "documents", len(documents))),
            Figure(cost.net_eur, _("coût net depuis l’entrée au registre")),
        ],
        tables=[
            _identity(session, asset, kind, place),
            places,
            _events(session, events),
            _work(orders, known, session),
            _files(documents),
            _costs(session, asset, cost),
        ],
        statement=_(
            "Chaque événement est tel que le journal l’a noté au moment du changement ; le "
            "journal ne peut être ni modifié ni effacé, et ses numéros se suivent. Chaque "
            "document est désigné par l’empreinte de son contenu. Refait sur les mêmes données, "
            "ce rapport donne les mêmes octets."
        ),
        detail="events",
        cut=_cut(session, asset, events),
    )


def _cut(session: Any, asset: Asset, events: Sequence[Event]) -> tuple[int, datetime] | None:
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
    from patrimoine.domain import tree

    return tree.ancestor_ids(asset.path)


def records_of(session: Any, asset: Asset) -> dict[str, list[int]]:
    """Table -> ids of all that belongs to the asset, itself included."""
    found: dict[str, list[int]] = {"patrimoine_asset": [asset.id]}
    for column in _OF_ASSET:
        found[column.class_.__tablename__] = _ids(session, column, [asset.id])
    orders = found[WorkOrder.__tablename__]
    for column in _OF_WORK_ORDER:
        found[column.class_.__tablename__] = _ids(session, column, orders)
    found[Document.__tablename__] = [row.id for row in documents_of(session, found)]
    return found


def _ids(session: Any, column: Any, owners: Sequence[int]) -> list[int]:
    ids: list[int] = []
    for first in range(0, len(owners), 500):
        part = owners[first : first + 500]
        ids += session.scalars(
            select(column.class_.id).where(column.in_(part)).order_by(column.class_.id)
        )
    return ids


def documents_of(session: Any, known: Mapping[str, Sequence[int]]) -> list[Document]:
    """The files of the asset and of what belongs to it, oldest first; those put away too."""
    found: list[Document] = []
    for record, ids in known.items():
        if record == Document.__tablename__:
            continue
        for first in range(0, len(ids), 500):
            found += session.scalars(
                select(Document).where(
                    Document.record == record, Document.record_id.in_(ids[first : first + 500])
                )
            )
    return sorted(found, key=lambda row: row.id)


# --- tables ---------------------------------------------------------------------------------


def _identity(session: Any, asset: Asset, kind: str, place: str) -> Table:
    rows: list[tuple[str, str]] = [
        (_("Code"), asset.code),
        (_("Nom"), asset.name),
        (_("Type"), kind),
        (_("Catégorie"), asset.category.name if asset.category else _("aucune")),
        (_("État"), str(STATUS_LABELS[AssetStatus(asset.status)])),
        (_("Emplacement"), place or _("en haut du registre")),
    ]
    if asset.service_id is not None:
        service = session.scalars(select(Service).where(Service.id == asset.service_id)).first()
        rows.append((_("Service"), service.name if service else _("d’une autre collectivité")))
    for attribute in inspect(type(asset)).column_attrs:
        value = getattr(asset, attribute.key)
        if attribute.key in _LEFT_OUT or value in (None, ""):
            continue
        word = column_word(attribute.key)
        rows.append((word[:1].upper() + word[1:], _plain(attribute.key, value)))
    for custom in custom_values(session, asset.id, category_id=asset.category_id):
        if custom.value is not None:
            rows.append((custom.field.label, _plain("", custom.value)))
    columns = [Column("field", _("Rubrique")), Column("value", _("Valeur"))]
    return Table("identity", _("Identité"), columns, lambda: [Line(list(row)) for row in rows])


def _plain(key: str, value: object) -> str:
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, date):
        return day(value, "fr")
    if isinstance(value, Decimal):
        return euros(value, 2, "fr") if key.endswith("_eur") else number(value, None, "fr")
    return str(value)


def _places(session: Any, asset: Asset) -> Table:
    moves = session.scalars(
        select(AssetMove).where(AssetMove.asset_id == asset.id).order_by(AssetMove.starts_on)
    ).all()
    names = place_names(session, [move.parent_id for move in moves if move.parent_id])
    top = _("en haut du registre")
    other = _("bien d’une autre collectivité")
    rows = [
        Line(
            [
                move.starts_on,
                day(move.ends_on, "fr") if move.ends_on else _("aujourd’hui encore"),
                names.get(move.parent_id, other) if move.parent_id else top,
                move.reason or "",
            ]
        )
        for move in moves
    ]
    columns = [
        Column("starts_on", _("Depuis le"), Kind.DAY),
        Column("ends_on", _("Jusqu’au (jour exclu)")),
        Column("place", _("Emplacement")),
        Column("reason", _("Motif")),
    ]
    empty = _("Aucun emplacement daté.")
    return Table("places", _("Emplacements"), columns, lambda: rows, empty=empty)


def _events(session: Any, events: list[Any]) -> Table:
    columns = [
        Column("at", _("Quand"), Kind.INSTANT),
        Column("seq", _("N°"), Kind.COUNT),
        Column("actor", _("Qui")),
        Column("record", _("Objet")),
        Column("op", _("Acte")),
        Column("field", _("Champ")),
        Column("before", _("De")),
        Column("after", _("À")),
    ]
    return Table(
        "events",
        _("Événements"),
        columns,
        lambda: (Line(row) for row in in_words(session, events)),
        empty=_("Le journal n’a aucun événement sur ce bien."),
    )


def _work(orders: Sequence[WorkOrder], known: Mapping[str, Sequence[int]], session: Any) -> Table:
    sums: dict[int, Decimal] = {}
    for line in (Labour, PartUse, Expense):
        rows = session.execute(
            select(line.work_order_id, line.amount_ht_eur).where(
                line.id.in_(known[line.__tablename__]), line.reversed_at.is_(None)
            )
        )
        for order_id, amount in rows:
            sums[order_id] = sums.get(order_id, queries.ZERO) + amount
    rows_of = [
        Line(
            [
                order.number,
                order.title,
                str(STATE_SIGNS[State(order.state)].word),
                order.started_at,
                order.finished_at,
                sums.get(order.id, queries.ZERO),
            ],
            href=f"{WorkOrder.__tablename__}/{order.id}",
        )
        for order in orders
    ]
    columns = [
        Column("number", _("N°"), Kind.CODE),
        Column("title", _("Objet")),
        Column("state", _("État")),
        Column("started_at", _("Commencée le"), Kind.INSTANT),
        Column("finished_at", _("Terminée le"), Kind.INSTANT),
        Column("amount_ht_eur", _("HT, €"), Kind.EUROS),
    ]
    total = [_("Total"), None, None, None, None, sum(sums.values(), queries.ZERO)]
    return Table(
        "work",
        _("Interventions"),
        columns,
        lambda: rows_of,
        total,
        empty=_("Aucune intervention sur ce bien."),
    )


def _files(documents: Sequence[Document]) -> Table:
    rows = [
        Line(
            [
                document.uploaded_at,
                document.label,
                document.media_type,
                document.digest,
                document.removed_at,
            ]
        )
        for document in documents
    ]
    columns = [
        Column("uploaded_at", _("Déposé le"), Kind.INSTANT),
        Column("label", _("Nom")),
        Column("media_type", _("Nature")),
        Column("digest", _("Empreinte SHA-256"), Kind.CODE),
        Column("removed_at", _("Retiré le"), Kind.INSTANT),
    ]
    return Table(
        "documents",
        _("Documents"),
        columns,
        lambda: rows,
        empty=_("Aucun document sur ce bien."),
    )


def _cost(session: Any, asset: Asset) -> Sums:
    sums = queries.NOTHING
    for line in queries.details_of_asset(session, asset.id):
        sums += Sums(line.amount_ht_eur, line.vat_eur, line.net_eur, 1)
    return sums


def _costs(session: Any, asset: Asset, total: Sums) -> Table:
    def rows() -> Iterator[Line]:
        for line, _asset, piece in with_pieces(
            session, queries.details_of_asset(session, asset.id)
        ):
            yield Line(
                [
                    *(line.date_on, piece.number, line.label, line.account),
                    *(line.amount_ht_eur, line.vat_eur, line.net_eur),
                ],
                href=piece.record,
            )

    columns = [
        Column("date_on", _("Jour"), Kind.DAY),
        Column("piece", _("Pièce"), Kind.CODE),
        Column("label", _("Libellé")),
        Column("account", _("Compte"), Kind.CODE),
        Column("amount_ht_eur", _("HT, €"), Kind.EUROS),
        Column("vat_eur", _("TVA, €"), Kind.EUROS),
        Column("net_eur", _("Net, €"), Kind.EUROS),
    ]
    last = [
        *(_("Total"), None, None, None),
        *(total.amount_ht_eur, total.vat_eur, total.net_eur),
    ]
    count = ngettext("%(n)s écriture", "%(n)s écritures", total.lines, n=total.lines)
    return Table(
        "costs",
        _("Coûts du bien seul, %(count)s", count=count),
        columns,
        rows,
        last,
        empty=_("Aucune écriture sur ce bien."),
    )
