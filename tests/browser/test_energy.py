"""The page of a delivery point in a browser: its charts and the table with the same values."""

import contextvars
import hashlib
from datetime import date

from playwright.sync_api import expect

from tests.energie.samples import curve


def _seed(app, tmp_path, absurd=""):
    """A point with three days of readings on the first building."""
    from base.rules.rights.actors import job_session
    from energie.imports.readings import Who, import_readings
    from energie.services import create_point
    from patrimoine.services import create

    reference = "99000000000993" if absurd else "99000000000991"
    with app.app_context():
        with job_session((1,), "user:1") as session:
            hall = create(session, "building", entity_id=1, name="Halle", on=date(2025, 1, 1))
            point = create_point(session, hall, reference=reference, on=date(2025, 1, 1))
            point_id = point.id
        path = tmp_path / "courbe.csv"
        lines = curve(prm=reference).splitlines(keepends=True)
        if absurd:
            moment, _sep, _value = lines[20].partition(";")
            lines[20] = f"{moment};{absurd}\n"
        path.write_text("".join(lines), encoding="utf-8")
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


def test_a_suspect_power_does_not_flatten_the_curve(look, sqlite_server, tmp_path):
    """It stands at the edge of the picture, whose axis is that of what was measured."""
    seed = contextvars.Context().run
    point_id = seed(_seed, sqlite_server.app, tmp_path, absurd="9000000000")
    seen = look()
    seen.open(f"/deliverypointview/show/{point_id}")
    expect(seen.page.locator("#chart-curve-point canvas")).to_have_count(1)
    most, drawn, told = seen.page.evaluate(
        """() => {
            const box = document.querySelector("#chart-curve-point");
            const option = window.echarts.getInstanceByDom(box).getOption();
            const odd = option.series.find((one) => one.type === "scatter").data;
            return [option.yAxis[0].max, odd.map((one) => one[1]), odd.map((one) => one[3])];
        }"""
    )
    assert most < 20 and drawn == [most] and told == [9_000_000]
    assert seen.faults == []


def test_the_axis_of_a_curve_stands_at_local_midnight(look, sqlite_server, tmp_path):
    """A week over the change of March, one over that of October: 23 and 25 hours."""
    point_id = contextvars.Context().run(_seed_two_weeks, sqlite_server.app, tmp_path)
    seen = look()
    seen.open(f"/deliverypointview/show/{point_id}")
    page = seen.page
    expect(page.locator("#chart-curve-point canvas")).to_have_count(1)
    for first, last in (("2025-03-27", "2025-04-02"), ("2025-10-23", "2025-10-29")):
        page.fill("#c-start-point", first)
        page.fill("#c-last-point", last)
        with page.expect_response("**/curve/**"):
            page.click("form[data-period=curve] button.btn:not([type=button])")
        expect(page.locator("#table-curve-point tbody tr").first).to_contain_text(
            f"{first[8:]}/{first[5:7]}/2025", use_inner_text=False
        )
        shown = page.evaluate(
            """() => {
                const box = document.querySelector("#chart-curve-point");
                const axis = window.echarts.getInstanceByDom(box).getOption().xAxis[0];
                const hour = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/Paris",
                    hour: "2-digit", minute: "2-digit" });
                return axis.axisLabel.customValues.map((at) => hour.format(at));
            }"""
        )
        assert len(shown) == 8
        assert set(shown) == {"00:00"}
    assert seen.faults == []


def _seed_two_weeks(app, tmp_path):
    """A point with a week of readings around each change of the clock."""
    from base.rules.rights.actors import job_session
    from energie.imports.readings import Who, import_readings
    from energie.services import create_point
    from patrimoine.services import create

    reference = "99000000000992"
    with app.app_context():
        with job_session((1,), "user:1") as session:
            hall = create(session, "building", entity_id=1, name="Salle", on=date(2025, 1, 1))
            point_id = create_point(session, hall, reference=reference, on=date(2025, 1, 1)).id
        for first, last in (("2025-03-27", "2025-04-03"), ("2025-10-23", "2025-10-30")):
            path = tmp_path / f"{first}.csv"
            path.write_text(curve(first, last, prm=reference, minutes=30), encoding="utf-8")
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            import_readings(
                path, label=path.name, digest=digest, who=Who(1, (1,), "user:1"), pause=0
            )
    return point_id
