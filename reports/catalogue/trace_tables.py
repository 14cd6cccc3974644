"""What happened to an asset: events, work, documents, costs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from base.basics.i18n import _, ngettext
from base.basics.sessions import Session
from base.face.attached.file_kinds import KINDS
from base.papers.reporting import Column, Kind, Line, Table
from base.store.models.documents import Document
from interventions.domain import State
from interventions.models import WorkOrder
from interventions.queries import costs_of
from patrimoine.models import Asset
from reports import queries
from reports.catalogue.sources import with_pieces
from reports.catalogue.trace_words import in_words
from reports.queries import Sums

#: Characters of a row of values: what is longer goes on in a row below, none of it is left out.
_ROW = 800


def events(session: Session, events: list[Any]) -> Table:
    """Every event: in files one row per changed field, for people one line with its values."""
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
    read = [*columns[:3], Column("values", _("Ce qui est noté"))]
    empty = _("Le journal n’a aucun événement sur ce bien.")
    return Table(
        "events",
        _("Événements"),
        columns,
        lambda: (Line(row, same=same) for row, same in in_words(session, events)),
        empty=empty,
        for_people=Table(
            *("events", _("Événements"), read, lambda: _told(in_words(session, events))),
            empty=empty,
            dense=True,
        ),
    )


def _told(rows: Iterator[tuple[list[object], int]]) -> Iterator[Line]:
    """Each event in a text: what of, then its values one after another."""
    for _seq, group in groupby((row for row, _same in rows), key=lambda row: row[1]):
        found = list(group)
        at, seq, actor, record, act = found[0][:5]
        # An event that changed no column says in its text what was done.
        what = _("%(record)s, %(act)s", record=record, act=act) if found[0][5] else record
        values = [_change(*(str(cell) for cell in row[5:])) for row in found]
        for place, text in enumerate(_in_rows([str(what), *values])):
            yield Line([at, seq, actor, text], same=3 if place else 0)


def _change(field: str, before: str, after: str) -> str:
    if not field:
        return after
    value = after or _("vide")
    if before:
        value = f"{before} → {value}"
    return _("%(field)s : %(value)s", field=field, value=value)


def _in_rows(values: Sequence[str]) -> list[str]:
    """The values one after another, in as many rows as they take."""
    rows = [""]
    for value in values:
        first, *more = textwrap.wrap(value, _ROW) or [""]
        # A line ends with the sign between two values, it does not begin with it.
        joined = f"{rows[-1]}\u00a0· {first}" if rows[-1] else first
        rows[-1:] = [joined] if len(joined) <= _ROW else [rows[-1], first]
        rows += more
    return rows


def work(session: Session, orders: Sequence[WorkOrder]) -> Table:
    """The work orders and what each of them cost."""
    sums = costs_of(session, [order.id for order in orders])
    rows_of = [
        Line(
            [
                order.number,
                order.title,
                str(State(order.state).word),
                order.started_at,
                order.finished_at,
                sums[order.id],
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


def files(documents: Sequence[Document]) -> Table:
    """The documents with the digest of their content."""
    kinds = {kind.media_type: kind.label for kind in KINDS.values()}
    rows = [
        Line(
            [
                document.uploaded_at,
                document.label,
                kinds.get(document.media_type, document.media_type),
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


def cost(session: Session, asset: Asset) -> Sums:
    """The sums of all the lines of the asset alone."""
    sums = queries.NOTHING
    for line in queries.details_of_asset(session, asset.id):
        sums += Sums(line.amount_ht_eur, line.vat_eur, line.net_eur, 1)
    return sums


def costs(session: Session, asset: Asset, total: Sums) -> Table:
    """The lines of the ledger of the asset alone."""

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
