"""The page of a delivery point in a browser: its charts and the table with the same values."""

import contextvars
import hashlib
from datetime import date

from playwright.sync_api import expect

from tests.energie.samples import curve


def _seed(app, tmp_path):
    """A point with three days of readings on the first building."""
    from base.sessions import job_session
    from energie.imports.readings import Who, import_readings
    from energie.services import create_point
    from patrimoine.services import create

    reference = "99000000000991"
    with app.app_context():
        with job_session((1,), "user:1") as session:
            hall = create(session, "building", entity_id=1, name="Halle", on=date(2025, 1, 1))
            point = create_point(session, hall, reference=reference, on=date(2025, 1, 1))
            point_id = point.id
        path = tmp_path / "courbe.csv"
        path.write_text(curve(prm=reference), encoding="utf-8")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        import_readings(path, label=path.name, digest=digest, who=Who(1, (1,), "user:1"), pause=0)
    return point_id


def test_a_point_shows_its_days_and_its_curve(look, sqlite_server, tmp_path):
    point_id = contextvars.Context().run(_seed, sqlite_server.app, tmp_path)
    seen = look()
    seen.open(f"/deliverypointview/show/{point_id}")
    page = seen.page
    expect(page.locator("#chart-days canvas")).to_have_count(1)
    expect(page.locator("#chart-curve-point canvas")).to_have_count(1)
    page.click("summary:has-text('Voir les valeurs')")
    rows = page.locator("#table-days tbody tr")
    expect(rows).to_have_count(3)
    assert "138" in rows.nth(1).inner_text()
    page.fill("#d-start", "2025-03-31")
    page.click("form[data-period=days] button")
    expect(rows).to_have_count(1)
    assert seen.faults == []
