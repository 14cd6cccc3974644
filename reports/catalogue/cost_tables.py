"""The tables of the cost report; each figure says which lines of the ledger it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import urlencode

from base.basics.formats import month, shares
from base.basics.i18n import _
from base.basics.sessions import Session
from base.papers.reporting import Column, Kind, Line, Table, plain_params
from patrimoine.domain.costs import CostNature
from reports import domain, queries
from reports.catalogue.cost_sums import Branch, Groups, Period, month_before
from reports.catalogue.perimeter import NONE
from reports.catalogue.sources import with_pieces
from reports.queries import NOTHING, Sums


@dataclass(frozen=True)
class Question:
    """What was asked, to ask again about a part of it."""

    params: Mapping[str, Any]
    start: date
    end: date
    former_start: date
    former_end: date

    def part(self, **changes: object) -> str:
        """The address of this report on a part."""
        return "report/cost?" + self._words(changes)

    def lines(self, measure: str, changes: Mapping[str, object]) -> str:
        """The address of the lines behind a figure."""
        return "lines/cost?" + self._words(changes) + f"&measure={measure}"

    def former(self, **changes: object) -> str:
        """The address of the lines behind a figure of the period before."""
        days = {"start": self.former_start, "end": self.former_end}
        return self.lines("net", {**days, **changes})

    def _words(self, changes: Mapping[str, object]) -> str:
        return urlencode(plain_params({**self.params, **changes}))


@dataclass(frozen=True)
class Row:
    """A group of a table: its name, its sums now and before, and how to ask for it alone."""

    label: str
    now: Sums
    before: Sums
    ask: Mapping[str, object]
    ask_before: Mapping[str, object]


def change(now: Decimal, before: Decimal) -> Decimal | None:
    """The change as a part of the former amount, to a thousandth; none from nothing or less."""
    if before <= 0:
        return None
    return ((now - before) / before).quantize(Decimal("0.001"), ROUND_HALF_UP)


def parts(total_eur: Decimal, values: list[Decimal]) -> list[Decimal | None]:
    """Shares that add up to 1; none when an amount is negative."""
    if total_eur <= 0 or any(value < 0 for value in values):
        return [None] * len(values)
    return [share / 100 for share in shares(values)]


# --- by nature, account, month, service -----------------------------------------------------


def rows_by_nature(now: Period, before: Period) -> list[Row]:
    """One row per nature that has lines now or had some before."""
    current, former = now.by(lambda group: group.nature), before.by(lambda group: group.nature)
    return [
        Row(
            str(nature.word),
            current.get(nature, NOTHING),
            former.get(nature, NOTHING),
            {"nature": nature.value},
            {"nature": nature.value},
        )
        for nature in CostNature
        if nature in current or nature in former
    ]


def rows_by_account(now: Period, before: Period) -> list[Row]:
    """One row per account, those without one last."""
    current, former = now.by(lambda group: group.account), before.by(lambda group: group.account)
    known = sorted({*current, *former}, key=lambda account: (account is None, account or ""))
    return [
        _same(account or _("sans compte"), account, "account", account or NONE, current, former)
        for account in known
    ]


def rows_by_service(session: Session, now: Period, before: Period) -> list[Row]:
    """One row per service, by name, those without one last."""

    def key(group: queries.Group) -> int | None:
        return group.service_id

    current, former = now.by(key), before.by(key)
    ids = {*current, *former}
    services = queries.services(session, sorted(i for i in ids if i is not None))
    rows = []
    for service_id in ids:
        service = services.get(service_id) if service_id is not None else None
        name = service.name if service is not None else _("sans service")
        code = service.code if service is not None else NONE
        order = (service is None, name, code)
        rows.append((order, _same(name, service_id, "service", code, current, former)))
    return [row for _order, row in sorted(rows, key=lambda row: row[0])]


def _same(label: str, key: object, param: str, value: str, now: Groups, before: Groups) -> Row:
    ask = {param: value}
    return Row(label, now.get(key, NOTHING), before.get(key, NOTHING), ask, ask)


def rows_by_month(now: Period, before: Period) -> list[Row]:
    """One row per month, beside the month that stands at its place in the period before."""
    current, former = now.months, before.months
    asked, earlier = now.asked, before.asked
    whole = domain.whole_months(asked.start, asked.end)
    rows = []
    for first, start, end in domain.months(asked.start, asked.end):
        opposite = month_before(first, asked.start, earlier.start)
        if first not in current and not (whole and opposite in former):
            continue
        after = domain.month_after(opposite, 1)
        rows.append(
            Row(
                month(first),
                current.get(first, NOTHING),
                former.get(opposite, NOTHING),
                {"start": start, "end": end},
                {"start": max(opposite, earlier.start), "end": min(after, earlier.end)},
            )
        )
    return rows


def groups_table(
    key: str, title: str, head: str, rows: list[Row], asked: Question, now: Period, before: Period
) -> Table:
    """Groups with all their amounts, their share of the net cost, and the period before."""
    columns = [
        Column(key, head),
        Column("lines", _("Écritures"), Kind.COUNT),
        Column("amount_ht_eur", _("HT, €"), Kind.EUROS),
        Column("vat_eur", _("TVA, €"), Kind.EUROS),
        Column("ttc_eur", _("TTC, €"), Kind.EUROS),
        Column("net_eur", _("Net, €"), Kind.EUROS),
        Column("share", _("Part"), Kind.SHARE),
    ]
    compared = before.total.lines > 0
    if key == "month":  # parts of months have nothing at their place before
        compared = compared and domain.whole_months(asked.start, asked.end)
    if compared:
        columns += _former_columns()
    found = parts(now.total.net_eur, [row.now.net_eur for row in rows])

    def lines() -> Iterator[Line]:
        for row, part in zip(rows, found, strict=True):
            yield Line(
                [row.label, *_amounts(row.now), part, *_compared(row.now, row.before, compared)],
                href=asked.part(**row.ask) if row.now.lines else "",
                sources=_sources(asked, row.now, row.before, row.ask, row.ask_before, compared),
            )

    whole = Decimal(1) if found and found[0] is not None else None
    last = [_("Total"), *_amounts(now.total), whole]
    return Table(
        *(key, title, columns, lines),
        total=[*last, *_compared(now.total, before.total, compared)],
        total_sources=_sources(asked, now.total, before.total, {}, {}, compared),
        empty=_("Aucune écriture sur la période."),
    )


def _former_columns() -> list[Column]:
    return [
        Column("former_eur", _("Avant, €"), Kind.EUROS),
        Column("gap_eur", _("Écart, €"), Kind.EUROS),
        Column("change", _("Écart"), Kind.CHANGE),
    ]


def _amounts(sums: Sums) -> list[object]:
    return [sums.lines, sums.amount_ht_eur, sums.vat_eur, sums.ttc_eur, sums.net_eur]


def _compared(now: Sums, before: Sums, shown: bool) -> list[object]:
    if not shown:
        return []
    gap = now.net_eur - before.net_eur
    return [before.net_eur, gap, change(now.net_eur, before.net_eur)]


def _sources(
    asked: Question,
    now: Sums,
    before: Sums,
    ask: Mapping[str, object],
    ask_before: Mapping[str, object],
    compared: bool,
) -> list[str]:
    measures = ("net", "ht", "vat", "ttc", "net")
    found = [asked.lines(name, ask) if now.lines else "" for name in measures]
    more = [asked.former(**ask_before) if before.lines else "", "", ""] if compared else []
    return ["", *found, "", *more]


# --- by asset -------------------------------------------------------------------------------


def asset_table(
    branches: list[Branch],
    shown: list[CostNature],
    rest: list[CostNature],
    asked: Question,
    top: str,
) -> Table:
    """Net cost of each asset just below the top, by nature."""
    columns = [Column("asset", _("Bien"))]
    columns += [Column(nature, str(nature.word), Kind.EUROS) for nature in shown]
    if rest:
        columns.append(Column("others", _("Autres"), Kind.EUROS))
    columns.append(Column("net", _("Total net, €"), Kind.EUROS))
    columns.append(Column("share", _("Part"), Kind.SHARE))
    kept = [branch for branch in branches if branch.net_eur]
    total = sum((branch.total_eur for branch in kept), queries.ZERO)
    found = parts(total, [branch.total_eur for branch in kept])
    natures = [[nature] for nature in shown] + ([rest] if rest else [])

    def sources(ask: Mapping[str, object], here: Mapping[str, Decimal]) -> list[str]:
        cells = [
            asked.lines("net", {**ask, "nature": group[0].value})
            if len(group) == 1 and group[0] in here
            else ""
            for group in natures
        ]
        return ["", *cells, asked.lines("net", ask), ""]

    def rows() -> Iterator[Line]:
        for branch, part in zip(kept, found, strict=True):
            ask = _of_branch(branch)
            sums = [branch.of(group) for group in natures]
            yield Line(
                [_name(branch, top), *sums, branch.total_eur, part],
                href=asked.part(**ask),
                sources=sources(ask, branch.net_eur),
            )

    sums = [sum((b.of(group) for b in kept), queries.ZERO) for group in natures]
    whole = Decimal(1) if found and found[0] is not None else None
    present = {nature: queries.ZERO for branch in kept for nature in branch.net_eur}
    return Table(
        *("asset", _("Par bien"), columns, rows),
        total=[_("Total net"), *sums, total, whole],
        total_sources=sources({}, present),
        empty=_("Aucune écriture sur la période."),
    )


def asset_change_table(now: list[Branch], before: list[Branch], asked: Question, top: str) -> Table:
    """Net cost of each asset beside that of the period before."""
    columns = [Column("asset", _("Bien")), Column("net", _("Net, €"), Kind.EUROS)]
    columns += _former_columns()

    def cells(current: Decimal, former: Decimal) -> list[object]:
        return [current, former, current - former, change(current, former)]

    def rows() -> Iterator[Line]:
        for branch, former in zip(now, before, strict=True):
            ask = _of_branch(branch)
            found = [
                asked.lines("net", ask) if branch.net_eur else "",
                asked.former(**ask) if former.net_eur else "",
            ]
            yield Line(
                [_name(branch, top), *cells(branch.total_eur, former.total_eur)],
                href=asked.part(**ask) if branch.net_eur else "",
                sources=["", *found, "", ""],
            )

    total = sum((branch.total_eur for branch in now), queries.ZERO)
    former_total = sum((branch.total_eur for branch in before), queries.ZERO)
    return Table(
        *("asset_change", _("Par bien, évolution"), columns, rows),
        total=[_("Total net"), *cells(total, former_total)],
        total_sources=["", asked.lines("net", {}), asked.former(), "", ""],
    )


def _of_branch(branch: Branch) -> dict[str, object]:
    """How to ask for a branch; the top itself is asked for alone."""
    return {"alone": "1"} if branch.asset is None else {"asset": branch.asset.code}


def _name(branch: Branch, top: str) -> str:
    return branch.asset.name if branch.asset else _("%(name)s, le bien lui-même", name=top)


# --- line by line ---------------------------------------------------------------------------


def detail_table(session: Session, now: Period) -> Table:
    """Every line of the ledger, by asset in the order of the tree, with a sub-total each."""
    columns = [
        Column("date_on", _("Jour"), Kind.DAY),
        Column("asset", _("Bien"), Kind.CODE, on_paper=False),
        Column("asset_name", _("Nom du bien"), on_paper=False),
        Column("piece", _("Pièce"), Kind.CODE),
        Column("label", _("Libellé")),
        Column("nature", _("Nature")),
        Column("account", _("Compte"), Kind.CODE),
        Column("service", _("Service"), on_paper=False),
        Column("amount_ht_eur", _("HT, €"), Kind.EUROS),
        Column("vat_eur", _("TVA, €"), Kind.EUROS),
        Column("ttc_eur", _("TTC, €"), Kind.EUROS, on_paper=False),
        Column("net_eur", _("Net, €"), Kind.EUROS),
        Column("line", _("Écriture n°"), Kind.COUNT, on_paper=False),
        Column("place", _("Lieu"), on_paper=False),
    ]
    return Table(
        *("lines", _("Détail des écritures"), columns, lambda: _lines(session, now)),
        total=[_("Total"), *[None] * 7, *_four(now.total), None, None],
        empty=_("Aucune écriture sur la période."),
    )


def _four(sums: Sums) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    return sums.amount_ht_eur, sums.vat_eur, sums.ttc_eur, sums.net_eur


def _lines(session: Session, now: Period) -> Iterator[Line]:
    words = dict(CostNature.words())
    ids = sorted({group.service_id for group in now.groups if group.service_id is not None})
    services = {i: service.name for i, service in queries.services(session, ids).items()}
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
        amount, tax = line.amount_ht_eur, line.vat_eur
        ht, vat, net, count = ht + amount, vat + tax, net + line.net_eur, count + 1
        yield Line(
            [
                *(line.date_on, code, name, piece.number, line.label, words[line.nature]),
                *(line.account, services.get(line.service_id) if line.service_id else None),
                *(amount, tax, amount + tax, line.net_eur, line.id, place),
            ],
            href=piece.record,
        )
    if count > 1:
        yield _sub_total(name, Sums(ht, vat, net, count))


def _sub_total(name: str, sums: Sums) -> Line:
    label = _("Total %(name)s", name=name)
    return Line([label, *[None] * 7, *_four(sums), None, None], "sub")
