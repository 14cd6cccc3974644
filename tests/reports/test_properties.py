"""Whatever the ledger: detail, summaries, chart and CSV add up to the same cents."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from base.basics import clock
from base.papers.reporting import Edition, get
from base.papers.reporting.render import render
from base.rules.rights.actors import job_session
from patrimoine.domain.costs import CostNature
from patrimoine.services import book_cost, create, reverse_cost

FIRST = date(2026, 1, 1)
EDITION = Edition(
    *("RAP-2026-00001", "K7QF-2M9T-XH4D-P8WB", "https://a.fr/verifier/x", "A", "", "Alice"),
    *(datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC), "n° 1"),
    zone="Europe/Paris",
)
amounts = st.decimals("-9999.99", "9999.99", places=2)
lines = st.lists(
    st.tuples(
        st.integers(0, 3),  # asset
        st.integers(-40, 400),  # day, also out of the year
        st.sampled_from(list(CostNature)),
        amounts,
        st.decimals("0.00", "999.99", places=2),
        st.sampled_from([None, "60612", "6156"]),
        st.booleans(),  # taken back the day after
    ),
    max_size=25,
)


@pytest.fixture
def later(monkeypatch):
    """All the days drawn have come."""
    monkeypatch.setattr(clock, "now", lambda: datetime(2027, 6, 1, 12, tzinfo=UTC))


@given(lines)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_detail_summary_chart_and_csv_add_up_to_the_ledger(sqlite_app, later, drawn):
    with job_session((1,), "user:2", "test") as session:
        tree = [create(session, "site", entity_id=1, name="S", on=FIRST)]
        tree.append(create(session, "building", entity_id=1, name="B", on=FIRST, parent=tree[0]))
        tree.append(create(session, "room", entity_id=1, name="R", on=FIRST, parent=tree[1]))
        tree.append(create(session, "building", entity_id=1, name="C", on=FIRST, parent=tree[0]))
        inside = Decimal("0.00")
        for place, shift, nature, amount, vat, account, undone in drawn:
            on = FIRST + timedelta(days=shift)
            line = book_cost(
                session,
                tree[place],
                date_on=on,
                amount_ht_eur=amount,
                vat_eur=vat,
                nature=nature,
                account=account,
                label="x",
                source_type="test",
                source_id=None,
            )
            if 0 <= shift < 365:
                inside += amount + vat
            if undone:
                reverse_cost(session, line, date_on=on + timedelta(days=1))
                if 0 <= shift + 1 < 365:
                    inside -= amount + vat
        session.flush()
        report = get("cost")
        given_params = {"start": "2026-01-01", "end": "2027-01-01", "asset": tree[0].code}
        values = report.read(given_params, today=FIRST)
        content = report.function(session, values, lambda percent, text: None)
        assert content.figures[0].value == inside
        for table in content.tables:
            rows = list(table.rows())
            nets = [index for index, c in enumerate(table.columns) if c.key in ("net", "net_eur")]
            plain = [line.cells[nets[0]] for line in rows if not line.look]
            assert sum(plain, Decimal("0.00")) == inside, table.key
            assert table.total[nets[0]] == inside
        for chart in content.charts:
            assert sum((p for _n, ps in chart.bars for p in ps), Decimal("0.00")) == inside
        out = io.BytesIO()
        render(content, EDITION, "csv", out)
        session.rollback()
    text = out.getvalue().decode("utf-8-sig")
    read = csv.DictReader(io.StringIO(text, newline=""), delimiter=";")
    cells = [Decimal(row["Net, €"].replace(",", ".")) for row in read]
    assert sum(cells, Decimal("0.00")) == inside
