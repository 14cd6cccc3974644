"""What assets cost: by asset with what is below, nature, account, service, month; every line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import urlencode

from base.formats import day, number, percent, shares
from base.i18n import _, _l, ngettext
from base.reporting import (
    Chart,
    Column,
    Content,
    Figure,
    Kind,
    Line,
    Param,
    ParamKind,
    Progress,
    Table,
    plain_params,
    report,
)
from patrimoine.domain.costs import NATURE_LABELS, CostNature
from reports import domain, queries
from reports.catalogue.perimeter import Perimeter, find_assets, perimeter
from reports.catalogue.sources import with_pieces
from reports.queries import NOTHING, Sums

#: Natures with a column and a colour of their own; the others are summed in one.
SHOWN = 4
#: Bars of the chart; what is beyond is summed in one.
BARS = 6

PARAMS = (
    Param(
        "start",
        _l("Du"),
        ParamKind.DAY,
        required=True,
        default=lambda today: date(today.year, 1, 1),
    ),
    Param(
        "end",
        _l("Au (jour exclu)"),
        ParamKind.DAY,
        required=True,
        help=_l("Le rapport s’arrête la veille de ce jour."),
        default=lambda today: date(today.year + 1, 1, 1),
    ),
    Param(
        "asset",
        _l("Bien"),
        ParamKind.RECORD,
        help=_l("Avec tout ce qu’il contient. Vide : tous les biens."),
        find=find_assets,
    ),
)


def _check(values: Mapping[str, Any]) -> dict[str, str]:
    if values["end"] <= values["start"]:
        return {"end": _("La fin doit venir après le début.")}
    return {}


@report(
    code="cost",
    title=_l("Coûts par bien et par nature"),
    description=_l(
        "Ce que coûtent les biens sur une période : énergie, main-d’œuvre, pièces, fournisseurs. "
        "Chaque montant ouvre les écritures qui le font."
    ),
    params=PARAMS,
    records=("patrimoine_cost_line", "patrimoine_asset", "base_service"),
    check=_check,
)
def cost(session: Any, params: Mapping[str, Any], progress: Progress) -> Content:
    """The content of the cost report; amounts are net unless their column says otherwise."""
    where = perimeter(session, params["asset"])
    start, end = params["start"], params["end"]
    asked = {"path": where.path, "start": start, "end": end}
    progress(5, _("Somme des écritures"))
    cells = queries.cost_by_branch(session, **asked)
    total = sum(cells.values(), NOTHING)
    former_start, former_end = domain.year_before(start), domain.year_before(end)
    before = queries.cost_by_branch(session, path=where.path, start=former_start, end=former_end)
    former = sum(before.values(), NOTHING)
    natures = _natures(cells)
    shown = natures if len(natures) <= SHOWN + 1 else natures[:SHOWN]
    rest = natures[len(shown) :]
    branches = _branches(session, cells, where)
    progress(20, _("Comptes, mois et services"))
    taken_back = queries.reversals(session, **asked)
    count = number(total.lines, 0, "fr")
    lines = ngettext("%(n)s écriture", "%(n)s écritures", total.lines, n=count)
    if taken_back:
        lines += ngettext(
            ", dont %(n)s annulation", ", dont %(n)s annulations", taken_back, n=taken_back
        )
    last = end - timedelta(days=1)
    period = _("%(start)s au %(end)s", start=day(start, "fr"), end=day(last, "fr"))
    empty = _("Aucune écriture sur la période.")
    tables = [
        _by_asset(branches, shown, rest, total, empty, params),
        _by_nature(natures, cells, total, empty),
        _simple("account", _("Par compte"), _("Compte"), _accounts(session, asked), total, empty),
        _simple("month", _("Par mois"), _("Mois"), _months(session, asked), total, empty),
        _simple("service", _("Par service"), _("Service"), _services(session, asked), total, empty),
        _detail(session, asked, total, empty),
    ]
    series = [str(NATURE_LABELS[nature]) for nature in shown] + ([_("Autres")] if rest else [])
    return Content(
        title=_("Coûts par bien et par nature"),
        subtitle=_("%(what)s, du %(period)s", what=where.title, period=period),
        perimeter=where.text,
        period=period,
        amounts=_("Coût net, en euros"),
        facts=[(_("Écritures lues"), lines)],
        figures=_figures(total, former),
        charts=[Chart(_("Coût net par bien"), _("€ nets"), series, _bars(branches, shown, rest))],
        tables=tables,
        statement=_(
            "Chaque montant est la somme d’écritures du grand livre des coûts ; une écriture "
            "n’est jamais modifiée, elle est annulée par une autre. Le coût net est ce que la "
            "collectivité supporte : toutes taxes comprises, sauf budget qui récupère la TVA. "
            "Refait avec les mêmes paramètres et les mêmes données, ce rapport donne les mêmes "
            "octets. Son empreinte est sur la page de vérification."
        ),
        notes=[_("Les montants négatifs sont des avoirs ou des annulations.")]
        if taken_back
        else [],
        detail="lines",
    )


def _figures(total: Sums, former: Sums) -> list[Figure]:
    caption = _("coût net")
    if former.net_eur > 0:
        change = (total.net_eur - former.net_eur) / former.net_eur
        text = percent(change, 1, "fr")
        caption = _("coût net, %(p)s sur un an", p=text if change < 0 else "+" + text)
    return [
        Figure(total.net_eur, caption),
        Figure(total.amount_ht_eur, _("hors taxes")),
        Figure(total.vat_eur, _("TVA")),
        Figure(total.amount_ht_eur + total.vat_eur, _("toutes taxes comprises")),
    ]


def _natures(cells: Mapping[tuple[int | None, str], Sums]) -> list[CostNature]:
    """The natures that have lines, in their fixed order."""
    there = {nature for _branch, nature in cells}
    return [nature for nature in CostNature if nature in there]


#: Code, name, sums by nature, sum.
Branch = tuple[str, str, dict[str, Sums], Sums]


def _branches(
    session: Any, cells: Mapping[tuple[int | None, str], Sums], where: Perimeter
) -> list[Branch]:
    """Code, name, sums by nature and sum of each asset just below the top, by name."""
    found: dict[int | None, dict[str, Sums]] = {}
    for (branch, nature), sums in cells.items():
        found.setdefault(branch, {})[nature] = sums
    names = queries.named(session, [branch for branch in found if branch is not None])
    rows = []
    for branch, by_nature in found.items():
        total = sum(by_nature.values(), NOTHING)
        if branch is None:
            asset = where.asset
            label = _("%(name)s, le bien lui-même", name=asset.name if asset else "")
            rows.append(("", (asset.code if asset else "", label, by_nature, total)))
        else:
            known = names[branch]
            rows.append((known.sort_key, (known.code, known.name, by_nature, total)))
    return [row for _key, row in sorted(rows, key=lambda row: (row[0], row[1][0]))]


def _parts(total: Sums, values: list[Sums]) -> list[Decimal | None]:
    """Shares that add up to 1; none when an amount is negative."""
    nets = [value.net_eur for value in values]
    if total.net_eur <= 0 or any(net < 0 for net in nets):
        return [None] * len(nets)
    return [share / 100 for share in shares(nets)]


def _net(by_nature: Mapping[str, Sums], nature: str) -> Decimal:
    return by_nature.get(nature, NOTHING).net_eur


def _by_asset(
    branches: list[Branch],
    shown: list[CostNature],
    rest: list[CostNature],
    total: Sums,
    empty: str,
    params: Mapping[str, Any],
) -> Table:
    columns = [Column("asset", _("Bien"))]
    columns += [Column(nature, str(NATURE_LABELS[nature]), Kind.EUROS) for nature in shown]
    if rest:
        columns.append(Column("others", _("Autres"), Kind.EUROS))
    columns.append(Column("net", _("Total net, €"), Kind.EUROS))
    columns.append(Column("share", _("Part"), Kind.SHARE))
    parts = _parts(total, [row[3] for row in branches])

    def rows() -> Iterator[Line]:
        for (code, name, by_nature, sums), part in zip(branches, parts, strict=True):
            cells: list[object] = [name, *(_net(by_nature, nature) for nature in shown)]
            if rest:
                cells.append(sum((_net(by_nature, nature) for nature in rest), queries.ZERO))
            # The figures of an asset open the same report on it alone.
            inside = "" if code == params["asset"] else _question(params, code)
            yield Line([*cells, sums.net_eur, part], href=inside)

    def column_sum(wanted: list[CostNature]) -> Decimal:
        return sum((_net(row[2], nature) for row in branches for nature in wanted), queries.ZERO)

    last: list[object] = [_("Total net"), *(column_sum([nature]) for nature in shown)]
    if rest:
        last.append(column_sum(rest))
    whole = Decimal(1) if branches and parts[0] is not None else None
    return Table("asset", _("Par bien"), columns, rows, [*last, total.net_eur, whole], empty=empty)


def _question(params: Mapping[str, Any], asset: str) -> str:
    """The address of this report on one of its assets."""
    return "report/cost?" + urlencode(plain_params({**params, "asset": asset}))


_AMOUNTS = ("amount_ht_eur", "vat_eur", "ttc_eur", "net_eur")


def _amount_columns() -> list[Column]:
    titles = (_("HT, €"), _("TVA, €"), _("TTC, €"), _("Net, €"))
    return [Column(key, title, Kind.EUROS) for key, title in zip(_AMOUNTS, titles, strict=True)]


def _amounts(sums: Sums) -> list[Decimal]:
    return [sums.amount_ht_eur, sums.vat_eur, sums.amount_ht_eur + sums.vat_eur, sums.net_eur]


def _by_nature(
    natures: list[CostNature],
    cells: Mapping[tuple[int | None, str], Sums],
    total: Sums,
    empty: str,
) -> Table:
    sums = {
        nature: sum((s for (_b, n), s in cells.items() if n == nature), NOTHING)
        for nature in natures
    }
    rows = [(str(NATURE_LABELS[nature]), sums[nature]) for nature in natures]
    return _simple("nature", _("Par nature"), _("Nature"), rows, total, empty)


def _simple(
    key: str, title: str, head: str, rows: list[tuple[str, Sums]], total: Sums, empty: str
) -> Table:
    """A table of groups with all their amounts and their share of the net cost."""
    columns = [
        Column(key, head),
        Column("lines", _("Écritures"), Kind.COUNT),
        *_amount_columns(),
        Column("share", _("Part"), Kind.SHARE),
    ]
    parts = _parts(total, [sums for _label, sums in rows])

    def lines() -> Iterator[Line]:
        for (label, sums), part in zip(rows, parts, strict=True):
            yield Line([label, sums.lines, *_amounts(sums), part])

    whole = Decimal(1) if rows and parts[0] is not None else None
    last = [_("Total"), total.lines, *_amounts(total), whole]
    return Table(key, title, columns, lines, last, empty=empty)


def _accounts(session: Any, asked: Mapping[str, Any]) -> list[tuple[str, Sums]]:
    found = queries.cost_by_account(session, **asked)
    return [(account or _("sans compte"), sums) for account, sums in found]


def _months(session: Any, asked: Mapping[str, Any]) -> list[tuple[str, Sums]]:
    from base.formats import month

    return [(month(first, "fr"), sums) for first, sums in queries.cost_by_month(session, **asked)]


def _services(session: Any, asked: Mapping[str, Any]) -> list[tuple[str, Sums]]:
    found = queries.cost_by_service(session, **asked)
    return [(name or _("sans service"), sums) for name, sums in found]


def _bars(
    branches: list[Branch], shown: list[CostNature], rest: list[CostNature]
) -> list[tuple[str, list[Decimal]]]:
    """The costliest assets, the others as one bar."""
    ranked = sorted(branches, key=lambda row: (-row[3].net_eur, row[0]))
    kept = ranked if len(ranked) <= BARS else ranked[: BARS - 1]
    groups = [(row[1], [row]) for row in kept]
    if len(kept) < len(ranked):
        others = ranked[len(kept) :]
        count = len(others)
        label = ngettext("%(n)s autre bien", "%(n)s autres biens", count, n=count)
        groups.append((label, others))
    bars = []
    for label, rows in groups:
        parts = [sum((_net(row[2], n) for row in rows), queries.ZERO) for n in shown]
        if rest:
            parts.append(sum((_net(row[2], n) for row in rows for n in rest), queries.ZERO))
        bars.append((label, parts))
    return bars


def _detail(session: Any, asked: Mapping[str, Any], total: Sums, empty: str) -> Table:
    columns = [
        Column("date_on", _("Jour"), Kind.DAY),
        Column("asset", _("Bien"), Kind.CODE),
        Column("piece", _("Pièce"), Kind.CODE),
        Column("label", _("Libellé")),
        Column("nature", _("Nature")),
        Column("account", _("Compte"), Kind.CODE),
        Column("amount_ht_eur", _("HT, €"), Kind.EUROS),
        Column("vat_eur", _("TVA, €"), Kind.EUROS),
        Column("net_eur", _("Net, €"), Kind.EUROS),
    ]
    last = [
        *(_("Total"), None, None, None, None, None),
        *(total.amount_ht_eur, total.vat_eur, total.net_eur),
    ]
    rows = partial(_lines, session, asked)
    return Table("lines", _("Détail des écritures"), columns, rows, last, empty=empty)


def _lines(session: Any, asked: Mapping[str, Any]) -> Iterator[Line]:
    """Every line, by asset with its sub-total."""
    here: tuple[int, str, str] | None = None
    sums, count = NOTHING, 0
    words = {nature.value: str(label) for nature, label in NATURE_LABELS.items()}
    for line, piece in with_pieces(session, queries.cost_detail(session, **asked)):
        asset = (line.asset_id, line.code, line.name)
        if asset != here:
            if here is not None and count > 1:
                yield _sub_total(here, sums)
            yield Line([f"{line.name}, {line.code}", *[None] * 8], "group")
            here, sums, count = asset, NOTHING, 0
        amounts = (line.amount_ht_eur, line.vat_eur, line.net_eur)
        sums, count = sums + Sums(*amounts, 1), count + 1
        yield Line(
            [
                *(line.date_on, line.code, piece.number, line.label),
                *(words[line.nature], line.account, *amounts),
            ],
            href=piece.record,
        )
    if here is not None and count > 1:
        yield _sub_total(here, sums)


def _sub_total(asset: tuple[int, str, str], sums: Sums) -> Line:
    label = _("Total %(name)s", name=asset[2])
    return Line(
        [label, None, None, None, None, None, sums.amount_ht_eur, sums.vat_eur, sums.net_eur], "sub"
    )
