"""Two boilers of one name in two schools: every door says in which school each of them is."""

import csv
import io
import re

import pypdf
import pytest
from sqlalchemy import select

from base.basics import clock
from base.face.views import ModuleView
from base.rules.rights.actors import job_session, system_session
from base.store.models import Event
from patrimoine import jobs, services
from patrimoine.models import Asset
from reports.catalogue.trace_words import in_words
from tests.base.test_job_pages import user_id
from tests.engines import sign_in
from tests.interventions.test_views import statements as count
from tests.places.schools import BOILER, IN_IT, SCHOOLS, STREETS, says_both

#: Pages on which both boilers, or records of both, are named.
PAGES = [
    "/recherche?q=chaudiere",
    "/recherche?q=chaudiere&part=1",
    "/recherche?q=panne",
    "/recherche?q=pas%20de%20chauffage",
    "/assetview/list/?q=chaudiere",
    "/equipmentview/list/",
    "/workorderview/list/?tab=all",
    "/workorderview/list/?tab=all&group=asset",
    "/workorderview/list/?tab=all&display=board",
    "/workorderview/list/?tab=all&display=calendar&period=week",
    "/workorderview/list/?tab=all&display=calendar&period=month",
    "/servicerequestview/list/",
    "/servicerequestview/list/?display=board",
    "/tagreportview/list/",
    "/tagview/list/",
    "/deliverypointview/list/",
    "/costlineview/list/",
    "/boite/",
]


def text(answer):
    assert answer.status_code == 200, answer.get_data(as_text=True)[:2000]
    page = re.sub(r"<(script|style).*?</\1>", " ", answer.get_data(as_text=True), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_a_page_that_names_both_says_both_schools(zoe):
    assert [path for path in PAGES if not says_both(text(zoe.get(path)))] == []


def test_filters_say_which_boiler_they_keep(zoe, schools):
    for name, boiler in zip(SCHOOLS, schools["boilers"], strict=True):
        page = text(zoe.get(f"/workorderview/list/?tab=all&f.asset.eq={boiler}"))
        chip = page[page.index("Retirer") :] if "Retirer" in page else page
        assert name in chip


def test_every_field_that_offers_assets_says_where_they_are(zoe, sqlite_app):
    """Relations to assets, and to records of assets, in the forms and filters of all screens."""
    wrong, tried = [], 0
    for view in sqlite_app.appbuilder.baseviews:
        if not isinstance(view, ModuleView):
            continue
        columns = {*(view.add_columns or ()), *(view.edit_columns or ()), *view.search_columns}
        for name in sorted(columns):
            if not view.aside_of(name):
                continue
            tried += 1
            rows = zoe.get(f"/{view.endpoint.lower()}/choices/{name}?q=").get_json()
            both = [row for row in rows if BOILER in row["text"] + row["aside"]]
            asides = {row["aside"] for row in rows}
            if both and not says_both(" ".join(asides)):
                wrong.append((view.endpoint, name, rows))
    assert wrong == []
    assert tried > 5


def test_a_field_keeps_the_place_of_what_was_chosen(zoe, schools):
    page = zoe.get(f"/workorderview/add?asset={schools['boilers'][1]}").get_data(as_text=True)
    assert f'data-aside="{SCHOOLS[1]}, {IN_IT}"' in page


def test_the_place_stands_on_the_pages_of_one_boiler(zoe, schools):
    for at, name in enumerate(SCHOOLS):
        order, asked = schools["orders"][at], schools["requests"][at]
        for path in (
            f"/workorderview/show/{order}",
            f"/servicerequestview/show/{asked}",
            f"/interventions/mobile/{order}",
            f"/interventions/mobile/bien/{schools['boilers'][at]}/intervenir",
            f"/t/{schools['tags'][at]}",
            f"/equipmentview/show/{schools['boilers'][at]}",
        ):
            assert name in text(zoe.get(path)), path


def test_the_history_says_from_which_school_to_which(sqlite_app, zoe, schools):
    """Both rooms are called "Chaufferie": moved from one to the other, a boiler has a history."""
    boiler = schools["boilers"][0]
    page = f"/equipmentview/show/{boiler}"
    room = "Chaufferie, {}, rez-de-chaussée"
    with system_session("tests") as session:
        first, second = (session.get(Asset, number).parent_id for number in schools["boilers"])
    costs = []
    for parents in ([second], [first, second, None, second]):
        for parent in parents:
            with job_session((1,), f"user:{user_id('zoe')}", "tests") as session:
                there = session.get(Asset, parent) if parent else None
                services.move(session, session.get(Asset, boiler), parent=there, on=clock.today())
        costs.append(count(sqlite_app, lambda: zoe.get(page)))
    thread = text(zoe.get(page))
    thread = thread[thread.index("Fil") :]
    assert [name for name in SCHOOLS if room.format(name) not in thread] == []
    assert costs[1] <= costs[0], "what a thread names is read at once"
    assert f"{SCHOOLS[1]}, {IN_IT} · modifié par" in text(zoe.get("/?bureau=1"))
    with system_session("tests", readonly=True) as session:
        events = session.scalars(select(Event).where(Event.record_id == boiler)).all()
        cells = {str(cell) for row, _same in in_words(session, events) for cell in row}
    assert {room.format(name) for name in SCHOOLS} <= cells


def test_a_place_read_within_a_savepoint_goes_with_it(sqlite_app, schools):
    with system_session("tests") as session:
        boiler, other = (session.get(Asset, number) for number in schools["boilers"])
        with pytest.raises(ZeroDivisionError), session.begin_nested():
            services.move(session, boiler, parent=other.parent, on=clock.today())
            assert SCHOOLS[1] in boiler.place
            raise ZeroDivisionError
        assert SCHOOLS[0] in boiler.place


def test_the_phone_and_the_tag_say_the_address(sqlite_app, zoe, schools):
    bob = sqlite_app.test_client()
    sign_in(bob, "bob")
    day = text(bob.get("/interventions/mobile/"))
    assert says_both(day)
    for at, street in enumerate(STREETS):
        assert f"{street}, 10000 Aubre" in text(
            bob.get(f"/interventions/mobile/{schools['orders'][at]}")
        )
        assert f"{street}, 10000 Aubre" in text(bob.get(f"/t/{schools['tags'][at]}"))
    assert says_both(text(bob.get("/")))


def test_a_stranger_who_may_report_reads_the_place(sqlite_app, schools):
    from patrimoine.models import Category

    with system_session("tests") as session:
        play = session.scalars(select(Category).where(Category.code == "aire_jeux")).one()
        for number in schools["boilers"]:
            session.get(Asset, number).category = play
    stranger = sqlite_app.test_client()
    for at, name in enumerate(SCHOOLS):
        page = text(stranger.get(f"/t/{schools['tags'][at]}"))
        assert f"{name}, {IN_IT}" in page
        assert STREETS[at] in page


def pdf_text(data):
    pages = pypdf.PdfReader(io.BytesIO(data)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def test_the_sheet_of_a_work_order_says_building_and_address(zoe, schools):
    for at, name in enumerate(SCHOOLS):
        said = pdf_text(zoe.get(f"/workorderview/sheet/{schools['orders'][at]}").data)
        assert name in said
        assert STREETS[at] in said


def test_labels_say_the_building(sqlite_app, schools):
    with job_session((1,), "test", "test", readonly=True) as session:
        out = io.BytesIO()
        jobs.draw(session, out, schools["boilers"], layout="63x34")
    said = pdf_text(out.getvalue())
    # Words may be cut at the end of a line of the label.
    assert "Les Tilleuls" in said
    assert "Les Marronniers" in said


EXPORTS = [
    "equipmentview",
    "assetview",
    "workorderview",
    "servicerequestview",
    "tagview",
    "tagreportview",
    "deliverypointview",
    "costlineview",
]


def test_an_exported_list_says_the_place_in_a_column_of_its_own(zoe):
    wrong = []
    for view in EXPORTS:
        answer = zoe.get(f"/{view}/export/csv?tab=all")
        assert answer.status_code == 200, view
        rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
        at = [n for n, title in enumerate(rows[0]) if "Lieu" in title]
        if not at or not says_both(" ".join(row[at[0]] for row in rows[1:])):
            wrong.append((view, rows))
    assert wrong == []


def test_the_detail_of_the_cost_report_says_the_place(zoe):
    page = text(zoe.get("/rapports/cost?start=2026-01-01&end=2027-01-01&more=lines"))
    assert says_both(page)
    made = text(zoe.get("/rapports/cost/ecritures?start=2026-01-01&end=2027-01-01"))
    assert says_both(made)


@pytest.mark.parametrize("report", ["cost", "traceability"])
def test_a_report_asked_of_one_boiler_says_which(zoe, sqlite_app, schools, report):
    for name, other, boiler in zip(SCHOOLS, reversed(SCHOOLS), schools["boilers"], strict=True):
        page = zoe.get(f"/rapports/{report}/bien/{boiler}", follow_redirects=True)
        chosen = re.findall(r"<option[^>]* selected>([^<]+)</option>", page.text)
        assert [words for words in chosen if BOILER in words and name in words], chosen
        assert not [words for words in chosen if other in words], chosen
        lead = re.search(r'class="ov-lead">([^<]+)', page.text)
        assert report != "cost" or name in lead[1], lead[1]


def test_a_person_of_another_authority_reads_no_place(sqlite_app, schools):
    chloe = sqlite_app.test_client()
    sign_in(chloe, "chloe")
    for path in PAGES:
        assert "scolaire" not in chloe.get(path).get_data(as_text=True), path
