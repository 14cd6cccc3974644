"""The ledger line by line, each with the figures of the cost report that it is in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from base.basics.formats import number
from base.basics.i18n import _, ngettext
from base.basics.sessions import Session
from base.papers.reporting import Column, Kind, Line, Table
from base.store.history.wording import label_of
from patrimoine.domain.costs import CostNature
from patrimoine.models import CostLine
from reports import domain, queries
from reports.catalogue.cost_sums import Branch, Period, head_of
from reports.catalogue.cost_tables import Question, of_branch
from reports.catalogue.perimeter import NONE
from reports.catalogue.sources import with_pieces
from reports.queries import Detail, Named, Sums


def detail_table(
    session: Session, now: Period, asked: Question, current: Sequence[Branch], *, printed: bool
) -> Table:
    """Every line of the ledger, by asset in the order of the tree, with a sub-total each.

    Not ``printed``, it is on screen and in the files only, and the PDF says so.
    """
    columns = [
        Column("date_on", label_of(CostLine, "date_on"), Kind.DAY),
        Column("asset", label_of(CostLine, "asset_id"), Kind.CODE, on_paper=False),
        Column("asset_name", _("Nom du bien"), on_paper=False),
        Column("piece", _("Pièce"), Kind.CODE),
        Column("label", label_of(CostLine, "label")),
        Column("nature", label_of(CostLine, "nature")),
        Column("account", label_of(CostLine, "account"), Kind.CODE),
        Column("service", label_of(CostLine, "service_id"), on_paper=False),
        Column("amount_ht_eur", _("HT, €"), Kind.EUROS),
        Column("vat_eur", _("TVA, €"), Kind.EUROS),
        Column("ttc_eur", _("TTC, €"), Kind.EUROS, on_paper=False),
        Column("net_eur", _("Net, €"), Kind.EUROS),
        Column("line", _("Écriture n°"), Kind.COUNT, on_paper=False),
        Column("place", _("Lieu"), on_paper=False),
    ]
    parts = _Parts(asked, now.asked.path, current)
    return Table(
        *("lines", _("Détail des écritures"), columns, lambda: _lines(session, now, parts)),
        total=[_("Total"), *[None] * 7, *_four(now.total), None, None],
        empty=_("Aucune écriture sur la période."),
        instead="" if printed or not now.total.lines else _elsewhere(now.total.lines),
        dense=True,
    )


def _elsewhere(count: int) -> str:
    return ngettext(
        "Ce rapport est fait d’une écriture. Son détail est à l’écran, dans le fichier XLSX ou "
        "CSV, et en annexe du PDF sur demande.",
        "Ce rapport est fait de %(n)s écritures. Leur détail est à l’écran, dans le fichier XLSX "
        "ou CSV, et en annexe du PDF sur demande.",
        count,
        n=number(count, 0),
    )


class _Parts:
    """Which figures a line is in, by the questions that they ask; each worked out once."""

    def __init__(self, asked: Question, top: str | None, current: Sequence[Branch]) -> None:
        self._asked, self._top = asked, top
        self._branches = {b.asset.id if b.asset else None: of_branch(b) for b in current}
        self._known: dict[tuple[object, ...], tuple[str, ...]] = {}

    def of(self, line: Detail, asset: Named, service: str | None) -> tuple[str, ...]:
        """The parts of a line on an asset; ``service`` is the code of its service."""
        head, first = head_of(asset.path, self._top), line.date_on.replace(day=1)
        start, end = self._asked.start, self._asked.end
        key = (head, first, line.nature, line.account, service)
        if key not in self._known:
            nature: dict[str, object] = {"nature": line.nature}
            branch = self._branches[head]
            after = domain.month_after(first, 1)
            month: dict[str, object] = {"start": max(first, start), "end": min(after, end)}
            changes: list[dict[str, object]] = [
                {},
                nature,
                branch,
                {**branch, **nature},
                month,
                {"account": line.account or NONE},
                {"service": service or NONE},
            ]
            # A report on one nature asks for it again: the same question is one part.
            asked = dict.fromkeys(self._asked.rows(change) for change in changes)
            self._known[key] = tuple(asked)
        return self._known[key]


def _four(sums: Sums) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    return sums.amount_ht_eur, sums.vat_eur, sums.ttc_eur, sums.net_eur


def _lines(session: Session, now: Period, parts: _Parts) -> Iterator[Line]:
    words = dict(CostNature.words())
    ids = sorted({group.service_id for group in now.groups if group.service_id is not None})
    services = queries.services(session, ids)
    here, ht, vat, net, count = 0, *[queries.ZERO] * 3, 0
    code = name = place = ""
    lines = queries.details(session, now.asked, now.counts)
    for line, asset, piece in with_pieces(session, lines):
        if line.asset_id != here:
            if count > 1:
                yield _sub_total(name, Sums(ht, vat, net, count))
            here, ht, vat, net, count = line.asset_id, *[queries.ZERO] * 3, 0
            code, name, place = asset.code, asset.name, asset.place
            heading = ", ".join(filter(None, (name, code, place)))
            yield Line([heading, *[None] * 13], "group")
        service = services.get(line.service_id) if line.service_id else None
        amount, tax = line.amount_ht_eur, line.vat_eur
        ht, vat, net, count = ht + amount, vat + tax, net + line.net_eur, count + 1
        yield Line(
            [
                *(line.date_on, code, name, piece.number, line.label, words[line.nature]),
                *(line.account, service.name if service else None),
                *(amount, tax, amount + tax, line.net_eur, line.id, place),
            ],
            href=piece.record,
            part_of=parts.of(line, asset, service.code if service else None),
        )
    if count > 1:
        yield _sub_total(name, Sums(ht, vat, net, count))


def _sub_total(name: str, sums: Sums) -> Line:
    label = _("Total %(name)s", name=name)
    return Line([label, *[None] * 7, *_four(sums), None, None], "sub")
