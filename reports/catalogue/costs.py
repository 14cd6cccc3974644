"""What assets cost: by asset with what is below, nature, account, service, month; every line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from base.basics import clock
from base.basics.formats import day, euros, number, percent
from base.basics.i18n import _, _l, ngettext
from base.basics.sessions import Session
from base.papers.reporting import (
    Chart,
    Content,
    Figure,
    Param,
    ParamKind,
    Preset,
    Progress,
    report,
)
from patrimoine.domain.costs import CostNature
from reports import domain, queries
from reports.catalogue import cost_tables as tables
from reports.catalogue.cost_detail import detail_table
from reports.catalogue.cost_sums import Branch, Period, branches
from reports.catalogue.cost_tables import Question
from reports.catalogue.perimeter import (
    NONE,
    Perimeter,
    asset_of,
    find_assets,
    find_services,
    perimeter,
    services_of,
)
from reports.queries import Asked

#: Natures with a column and a colour of their own; the others are summed in one.
SHOWN = 4
#: Bars of the chart; what is beyond is said under it.
BARS = 7

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
        _l("Au"),
        ParamKind.DAY,
        required=True,
        default=lambda today: date(today.year + 1, 1, 1),
        last="until",
    ),
    Param(
        "asset",
        _l("Bien"),
        ParamKind.RECORD,
        help=_l("Avec tout ce qu’il contient. Vide : tous les biens."),
        find=find_assets,
        known=asset_of,
    ),
    Param(
        "alone",
        _l("Étendue"),
        ParamKind.CHOICE,
        choices=(("1", _l("le bien seul")),),
        empty=_l("avec ce qu’il contient"),
    ),
    Param(
        "nature",
        _l("Nature"),
        ParamKind.CHOICE,
        choices=tuple((nature.value, nature.word) for nature in CostNature),
        empty=_l("toutes"),
    ),
    Param("account", _l("Compte"), help=_l("Un tiret : les écritures sans compte.")),
    Param("service", _l("Service"), ParamKind.RECORD, find=find_services, known=services_of),
    Param(
        "detail",
        _l("Détail des écritures"),
        ParamKind.CHOICE,
        choices=(("1", _l("en annexe du PDF")),),
        empty=_l("sans annexe"),
    ),
)


def _month(today: date) -> dict[str, object]:
    first = today.replace(day=1)
    return {"start": first, "end": domain.month_after(first, 1)}


def _year(year: int) -> dict[str, object]:
    return {"start": date(year, 1, 1), "end": date(year + 1, 1, 1)}


PRESETS = (
    Preset(_l("Cette année"), lambda today: _year(today.year)),
    Preset(_l("L’an dernier"), lambda today: _year(today.year - 1)),
    Preset(_l("Ce mois"), _month),
)


#: Tables whose changes it shows.
RECORDS = ("patrimoine_cost_line", "patrimoine_asset", "base_service")


def _check(values: Mapping[str, Any]) -> dict[str, str]:
    if values["end"] <= values["start"]:
        return {"end": _("La fin doit venir après le début.")}
    if values["alone"] and not values["asset"]:
        return {"alone": _("Choisissez d’abord le bien.")}
    return {}


def asked_of(session: Session, params: Mapping[str, Any]) -> tuple[Asked, Perimeter]:
    """Which lines the parameters ask for, and the perimeter they name.

    Raises:
        InvalidInput: no asset, or no service, has the code.
    """
    where = perimeter(session, params["asset"], alone=bool(params["alone"]))
    services = None if params["service"] is None else services_of(session, params["service"])
    account = params["account"]
    asked = Asked(
        start=params["start"],
        end=params["end"],
        path=where.path,
        alone=bool(params["alone"]),
        nature=params["nature"],
        account="" if account == NONE else account,
        services=services,
    )
    return asked, where


def limits(session: Session, params: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the lines are limited to beside period and perimeter: label and value."""
    found = []
    if params["nature"]:
        found.append((_("Nature"), str(CostNature(params["nature"]).word)))
    if params["account"]:
        account = params["account"]
        found.append((_("Compte"), _("sans compte") if account == NONE else account))
    if params["service"]:
        names = queries.services_with_code(session, params["service"])
        text = ", ".join(service.name for service in names) or _("sans service")
        found.append((_("Service"), text))
    return found


def in_days(start: date, end: date) -> str:
    """A half open period in words, its last day included."""
    if end <= start:
        return _("aucun jour")
    last = day(end - timedelta(days=1))
    return _("%(start)s au %(end)s", start=day(start), end=last)


@report(
    code="cost",
    title=_l("Coûts par bien et par nature"),
    description=_l(
        "Ce que coûtent les biens sur une période : énergie, main-d’œuvre, pièces, fournisseurs. "
        "Chaque montant ouvre les écritures qui le font."
    ),
    params=PARAMS,
    records=RECORDS,
    check=_check,
    presets=PRESETS,
)
def cost(session: Session, params: Mapping[str, Any], progress: Progress) -> Content:
    """The content of the cost report; amounts are net unless their column says otherwise."""
    asked, where = asked_of(session, params)
    cut = queries.data_cut(session, records=RECORDS, entity_ids=session.scope)
    until = _known_until(session, asked, cut[1])
    former_start, _end = domain.period_before(asked.start, asked.end)
    former_end = domain.same_days_before(asked.start, asked.end, until)
    progress(5, _("Somme des écritures"))
    earlier = asked.within(former_start, former_end)
    sums_before, sums_now = queries.summed(session, earlier, asked)
    before, now = Period(earlier, sums_before), Period(asked, sums_now)
    progress(40, _("Biens, comptes, mois et services"))
    question = Question(params, asked.start, asked.end, former_start, former_end)
    current, former = branches(session, now, before)
    natures = now.natures()
    shown = natures if len(natures) <= SHOWN + 1 else natures[:SHOWN]
    rest = natures[len(shown) :]
    top = where.asset.name if where.asset else ""
    found = [tables.asset_table(current, shown, rest, question, top)]
    if before.total.lines:
        found.append(tables.asset_change_table(current, former, question, top))
    for key, title, head, rows in (
        ("nature", _("Par nature"), _("Nature"), tables.rows_by_nature(now, before)),
        ("account", _("Par compte"), _("Compte"), tables.rows_by_account(now, before)),
        ("month", _("Par mois"), _("Mois"), tables.rows_by_month(now, before)),
        ("service", _("Par service"), _("Service"), tables.rows_by_service(session, now, before)),
    ):
        found.append(tables.groups_table(key, title, head, rows, question, now, before))
    printed = bool(params["detail"])
    found.append(detail_table(session, now, question, current, printed=printed))
    period = in_days(asked.start, asked.end)
    return Content(
        title=_("Coûts par bien et par nature"),
        subtitle=_("%(what)s, du %(period)s", what=where.title, period=period),
        perimeter=where.text,
        period=period,
        amounts=_("Coût net, en euros"),
        facts=[
            (_("Écritures lues"), _read(now)),
            (
                _("Période précédente") if until >= asked.end else _("Mêmes jours, avant"),
                in_days(former_start, former_end),
            ),
            *limits(session, params),
        ],
        figures=_figures(now, before, question, whole=until >= asked.end),
        charts=[_chart(current, shown, rest, top)],
        tables=found,
        statement=_(
            "Chaque montant est la somme d’écritures du grand livre des coûts ; une écriture "
            "n’est jamais modifiée, elle est annulée par une autre. Le coût net est ce que la "
            "collectivité supporte : toutes taxes comprises, sauf budget qui récupère la TVA. "
            "Refait avec les mêmes paramètres et les mêmes données, ce rapport donne les mêmes "
            "octets. Son empreinte est sur la page de vérification."
        ),
        notes=_notes(now, before, until),
        detail="lines",
        cut=(cut[0], cut[1]) if cut[0] is not None and cut[1] is not None else None,
    )


def _known_until(session: Session, asked: Asked, known_at: datetime | None) -> date:
    """The first day of the period of which the data say nothing yet; its end when they say all.

    What is compared are the days of which the ledger can tell: up to the last change of the data
    (not up to today, so that the same data give the same report), or the last line booked later.
    """
    if known_at is None:
        return asked.end
    until = max(clock.local(known_at).date() + timedelta(days=1), asked.start)
    if until < asked.end:
        last = queries.last_day(session, asked.within(until, asked.end))
        until = last + timedelta(days=1) if last is not None else until
    return min(until, asked.end)


def _read(now: Period) -> str:
    count = number(now.total.lines, 0)
    lines = ngettext("%(n)s écriture", "%(n)s écritures", now.total.lines, n=count)
    if now.reversals:
        lines += ngettext(
            ", dont %(n)s annulation", ", dont %(n)s annulations", now.reversals, n=now.reversals
        )
    return lines


def _notes(now: Period, before: Period, until: date) -> Sequence[str]:
    found = []
    asked = before.asked
    if before.total.lines and until < now.asked.end:
        found.append(
            _(
                "Les données vont jusqu’au %(last)s : « Avant » est le coût net des mêmes jours de "
                "la période précédente, du %(period)s. Un écart en pour cent n’est donné que si ce "
                "coût est supérieur à zéro.",
                last=day(until - timedelta(days=1)),
                period=in_days(asked.start, asked.end),
            )
        )
    elif before.total.lines:
        found.append(
            _(
                "« Avant » est le coût net de la période de même durée qui précède, du %(period)s. "
                "Un écart en pour cent n’est donné que si ce coût est supérieur à zéro.",
                period=in_days(asked.start, asked.end),
            )
        )
    if now.reversals:
        found.append(_("Les montants négatifs sont des avoirs ou des annulations."))
    return found


def _figures(now: Period, before: Period, question: Question, *, whole: bool) -> list[Figure]:
    total, former = now.total, before.total
    caption = _("coût net")
    part = tables.change(total.net_eur, former.net_eur)
    if part is not None:
        gap = total.net_eur - former.net_eur
        values = {"gap": _signed(gap, euros(gap, 2)), "p": _signed(part, percent(part, 1))}
        caption = (
            _("coût net, %(gap)s (%(p)s) sur la période précédente", **values)
            if whole
            else _("coût net, %(gap)s (%(p)s) sur les mêmes jours d’avant", **values)
        )
    lines = question.lines
    return [
        Figure(total.net_eur, caption, href=lines("net", {})),
        Figure(total.amount_ht_eur, _("hors taxes"), href=lines("ht", {})),
        Figure(total.vat_eur, _("TVA"), href=lines("vat", {})),
        Figure(total.ttc_eur, _("toutes taxes comprises"), href=lines("ttc", {})),
    ]


def _signed(value: Decimal, text: str) -> str:
    return "+" + text if value > 0 else text


def _chart(found: list[Branch], shown: list[CostNature], rest: list[CostNature], top: str) -> Chart:
    """The costliest assets; one bar of all the others would crush them, so a sentence says it."""
    ranked = [branch for branch in found if branch.net_eur]
    kept, others = ranked[:BARS], ranked[BARS:]
    series = [str(nature.word) for nature in shown] + ([_("Autres")] if rest else [])
    natures = [[nature] for nature in shown] + ([rest] if rest else [])
    bars = [
        (branch.asset.name if branch.asset else top, [branch.of(group) for group in natures])
        for branch in kept
    ]
    if not others:
        return Chart(_("Coût net par bien"), _("€ nets"), series, bars)
    note = ngettext(
        "%(n)s autre bien, non dessiné : %(amount)s. Le tableau « Par bien » les donne tous.",
        "%(n)s autres biens, non dessinés : %(amount)s. Le tableau « Par bien » les donne tous.",
        len(others),
        n=number(len(others), 0),
        amount=euros(sum((branch.total_eur for branch in others), queries.ZERO), 2),
    )
    title = _("Coût net des %(n)s biens les plus coûteux", n=len(kept))
    return Chart(title, _("€ nets"), series, bars, note)
