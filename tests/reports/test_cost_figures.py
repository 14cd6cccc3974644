"""Every figure of the cost report leads to the lines that make it; parts of it add up by hand."""

from datetime import date
from decimal import Decimal
from urllib.parse import parse_qsl

import pytest

from base.basics.errors import InvalidInput
from base.papers.reporting import get
from base.rules.rights.actors import job_session
from base.store.models import Department
from patrimoine.services import book_cost
from reports import queries
from reports.catalogue.cost_lines import made_of
from reports.domain import months, period_before
from reports.queries import lines as line_queries
from tests.reports.test_catalogue import PARAMS, cells, content

TODAY = date(2026, 11, 23)


def made(session, given, measure="net"):
    return made_of(session, get("cost").read(given, today=TODAY), measure)


def follow(session, source):
    """The figure that an address of lines gives."""
    kind, _sep, rest = source.partition("/")
    code, _sep, question = rest.partition("?")
    given = dict(parse_qsl(question))
    measure = given.pop("measure")
    assert (kind, code) == ("lines", "cost")
    return made(session, given, measure)


def check_sources(session, **given):
    """Open every figure of a report; how many there were."""
    report = get("cost")
    found = report.function(session, report.read(given, today=TODAY), lambda percent, text: None)
    opened = 0
    for figure in found.figures:
        assert follow(session, figure.href).amount_eur == figure.value, figure.caption
    for table in found.tables:
        rows = [(list(line.cells), line.sources) for line in table.rows()]
        for values, sources in [*rows, (list(table.total or ()), table.total_sources)]:
            for value, source in zip(values, sources, strict=bool(sources)):
                if not source:
                    continue
                opened += 1
                behind = follow(session, source)
                expected = behind.sums.lines if isinstance(value, int) else behind.amount_eur
                assert expected == value, (table.key, values, source)
                parts = sum((part.amount_eur for part in behind.parts), Decimal("0.00"))
                assert parts + behind.others_eur == behind.amount_eur
    return opened


def test_every_figure_opens_lines_that_add_up_to_it(tilleuls):
    with job_session((1,), "user:2", "test", readonly=True) as session:
        assert check_sources(session, **PARAMS) > 60
        assert check_sources(session, asset="BAT-1", **PARAMS) > 20
        assert check_sources(session, start="2026-02-10", end="2026-04-20") > 20


def test_parts_of_the_ledger_are_asked_for_alone(tilleuls):
    with job_session((1,), "user:2", "test", readonly=True) as session:
        for given, net, count in [
            ({}, "240.60", 6),
            ({"nature": "energy"}, "180.60", 2),
            ({"account": "60632"}, "12.00", 1),
            ({"asset": "BAT-1"}, "180.00", 3),
            ({"asset": "BAT-1", "alone": "1"}, "120.00", 1),
            ({"asset": "BAT-1", "nature": "parts"}, "12.00", 1),
            ({"service": "-"}, "240.60", 6),
            ({"account": "-"}, "0.00", 0),
        ]:
            found = made(session, {**PARAMS, **given})
            assert (str(found.amount_eur), found.sums.lines) == (net, count), given
        amounts = [made(session, PARAMS, m).amount_eur for m in ("ht", "vat", "ttc", "net")]
        assert [str(amount) for amount in amounts] == ["208.50", "32.10", "240.60", "240.60"]


def test_a_service_is_a_part_and_a_recovered_tax_is_no_cost(tilleuls):
    with job_session((1,), "user:2", "test") as session:
        service = Department(entity_id=1, code="EAU", name="Régie de l’eau")
        session.add(service)
        session.flush()
        book_cost(
            session,
            queries.assets_with_code(session, "BAT-2")[0],
            date_on=date(2026, 6, 1),
            amount_ht_eur=Decimal("100.00"),
            vat_eur=Decimal("20.00"),
            vat_recoverable=True,
            nature="energy",
            label="Pompe",
            service_id=service.id,
            source_type="test",
            source_id=None,
        )
    found, tables = content(service="EAU", **PARAMS)
    assert [str(figure.value) for figure in found.figures] == [
        *("100.00", "100.00", "20.00", "120.00"),
    ]
    assert ("Service", "Régie de l’eau") in found.facts
    found, tables = content(**PARAMS)
    assert str(found.figures[0].value) == "340.60"
    assert str(found.figures[3].value) == "360.60"
    assert cells(tables["service"][0]) == [
        [
            *("Régie de l’eau", 1, "100.00", "20.00", "120.00", "100.00", "0.294"),
            *("0.00", "100.00", None),
        ],
        [
            *("sans service", 6, "208.50", "32.10", "240.60", "240.60", "0.706"),
            *("240.00", "0.60", "0.003"),
        ],
    ]


def test_an_unknown_service_and_a_lone_nothing_are_named(tilleuls):
    for given, words in [({"service": "X"}, "Aucun service"), ({"alone": "1"}, "le bien")]:
        with pytest.raises(InvalidInput, match=words):
            content(**given, **PARAMS)


def test_the_order_of_the_lines_is_the_same_page_by_page(tilleuls, monkeypatch):
    whole = content(**PARAMS)[1]["lines"]
    monkeypatch.setattr(line_queries, "PAGE", 1)
    assert content(**PARAMS)[1]["lines"] == whole


@pytest.mark.parametrize(
    "start, end, before",
    [
        (date(2026, 1, 1), date(2027, 1, 1), date(2025, 1, 1)),
        (date(2026, 1, 1), date(2026, 11, 1), date(2025, 3, 1)),
        (date(2024, 3, 1), date(2024, 4, 1), date(2024, 2, 1)),
        (date(2026, 2, 10), date(2026, 3, 12), date(2026, 1, 11)),
        (date(1, 1, 1), date(9999, 12, 31), date(1, 1, 1)),
        (date(1, 3, 1), date(1, 9, 1), date(1, 1, 1)),
    ],
)
def test_the_period_before_is_as_long_and_ends_where_the_period_begins(start, end, before):
    assert period_before(start, end) == (before, start)


def test_months_are_cut_at_the_ends_of_a_period():
    assert list(months(date(2026, 1, 15), date(2026, 3, 1))) == [
        (date(2026, 1, 1), date(2026, 1, 15), date(2026, 2, 1)),
        (date(2026, 2, 1), date(2026, 2, 1), date(2026, 3, 1)),
    ]
    assert list(months(date(2026, 3, 1), date(2026, 3, 1))) == []
    assert len(list(months(date(9999, 11, 5), date.max))) == 2


def test_all_of_time_is_a_period_like_another(tilleuls):
    found, _tables = content(start="0001-01-01", end="9999-12-31")
    assert str(found.figures[0].value) == "564.60"  # 240,00 in 2025, 240,60, and 84,00 in 2027


def test_lines_open_beside_the_report_and_as_a_page(sqlite_tilleuls, sqlite_client_of):
    alice, chloe = sqlite_client_of("alice"), sqlite_client_of("chloe")
    address = "/rapports/cost/ecritures?start=2026-01-01&end=2027-01-01&nature=energy&measure=ht"
    part = alice.get(address, headers={"HX-Request": "true"}).get_data(as_text=True)
    assert "<html" not in part
    for words in ("150,50\u00a0€", "Total, égal au chiffre ouvert", "Gaz, janvier", "Énergie"):
        assert words in part, words
    assert "Exporter les 2 écritures" in part
    whole = alice.get(address).get_data(as_text=True)
    assert "<html" in whole and "Gaz, janvier" in whole
    assert "Gaz, janvier" not in chloe.get(address).get_data(as_text=True)
    assert alice.get(address + "&asset=BAT-9").status_code == 422
    assert alice.get("/rapports/traceability/ecritures?asset=BAT-1").status_code == 404
    page = alice.get("/rapports/cost?start=2026-01-01&end=2027-01-01").get_data(as_text=True)
    assert 'hx-target="#aside"' in page
    assert "nature=energy" in page and "measure=vat" in page
