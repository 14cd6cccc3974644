"""The first page: each tile's figure is that of the list it opens, on both engines."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from flask import template_rendered
from sqlalchemy import select

from base.basics import clock, formats
from base.basics.i18n import speaking
from base.desk.accounts.setup import FIRST_NAME
from base.face.attached.chatter import last_changes
from base.face.views.lists import ListPage
from base.rules.rights.actors import job_session, system_session
from base.store.history.trail import record_name
from base.store.models import Entity, SavedView
from interventions import services
from interventions.domain import Channel
from interventions.models import Agent, ServiceRequest
from patrimoine import services as patrimoine
from patrimoine.domain.kinds import Kind
from patrimoine.models import Asset
from patrimoine.views.columns import counted
from tests.base.homes import CAST, fill
from tests.engines import csrf
from tests.factories.interventions import MONDAY, NOON, agent, building, work_order
from tests.interventions.test_views import statements


@pytest.fixture(autouse=True)
def monday(monkeypatch):
    monkeypatch.setattr(clock, "today", lambda zone="": MONDAY)


@pytest.fixture
def place(app):
    return fill(app)


@pytest.fixture
def sqlite_place(sqlite_app):
    return fill(sqlite_app)


def asked(app, client, path):
    """What the templates of a page were given, the last one first."""
    seen = []

    def note(sender, template, context, **_more):
        seen.append(context)

    with template_rendered.connected_to(note, app):
        answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return seen[-1]


def rows_behind(app, client, url):
    """How many rows the page of a link holds, as that page itself counts them."""
    shown = asked(app, client, url)
    page = shown.get("page")
    if isinstance(page, ListPage):
        return page.count
    for name, count in (
        ("todo", lambda: len(shown["todo"])),
        ("failed", lambda: len(shown["rows"])),
        ("factors", lambda: len(shown["rows"])),
        ("batches", lambda: len(shown["batches"])),
        ("findings", lambda: sum(f.state != "ok" for f in shown["findings"])),
        ("day", lambda: sum(map(len, shown["day"][:3]))),
    ):
        if name in shown:
            return count()
    raise AssertionError(url)


def total_behind(app, client, url):
    return asked(app, client, url)["page"].totals.get("net_eur", Decimal(0))


PEOPLE = ["alice", "chloe", "damien", "admin", *CAST]


#: Tiles that each must see.
WANTED = {
    "emma": {"points-drift", "invoices-waiting", "reports-to-sort"},
    "alice": {"requests-to-sort", "work-late", "month-costs", "week-load", "inspections"},
    "hector": {"my-day", "my-late", "requests-near", "requests-to-sort"},
    "gina": {"points-drift", "points-silent", "energy-year", "invoices-waiting"},
    "fiona": {"lines-no-account", "reports-last", "work-to-validate"},
    "admin": {"jobs-failed", "installation", "entities", "backups", "one-factor", "never-came"},
}


def hold(app, client, key, reading):
    """The figures of one tile are those of the pages it opens."""
    if reading.count is not None and key != "messages":
        assert rows_behind(app, client, reading.url) == reading.count, key
    if key == "month-costs":
        assert reading.figure == formats.euros(total_behind(app, client, reading.url))
    for bar in reading.bars[:3]:
        if bar.url and bar.figure.endswith("€"):
            assert bar.figure == formats.euros(total_behind(app, client, bar.url)), key
        elif bar.url and not bar.figure.endswith(("kWh", "h")):
            count = int(re.match(r"\d+", bar.figure)[0])
            assert rows_behind(app, client, bar.url) == count, (key, bar)


def test_each_figure_is_that_of_the_list_it_opens(place, client_of):
    """Each tile once for people of A, of B, and of both."""
    held = set()
    for name in ("hector", "fiona", "admin", "emma", "alice", "gina"):
        client = client_of(name)
        entities = ("A",) if name == "alice" else tuple(CAST.get(name, CAST["hector"])[1])
        readings = read_tiles(place, client)
        for key, reading in readings.items():
            if (key, entities) not in held:
                held.add((key, entities))
                hold(place, client, key, reading)
        assert WANTED.get(name, set()) <= set(readings), name
    agents_day(place, client_of("hector"))
    rises(place, client_of("gina"))


def read_tiles(app, client):
    """Key -> what the tile says, of all on this person's page."""
    shown = asked(app, client, "/")
    found = {}
    for part in shown["parts"].values():
        for tile, reading in part:
            said = read_tile(app, client, tile.key) if tile.slow else reading
            if said is not None:
                found[tile.key] = said
    return found


def read_tile(app, client, key):
    """What a tile says to this person; None when it is not theirs, or says nothing."""
    seen = []

    def note(sender, template, context, **_more):
        seen.append(context)

    with template_rendered.connected_to(note, app):
        answer = client.get(f"/accueil/tuile/{key}")
    return seen[-1]["r"] if answer.status_code == 200 else None


def figures(app, client, key):
    return read_tile(app, client, key)


def test_figures_are_those_of_the_entities_of_the_person(place, client_of):
    alice, chloe, hector = client_of("alice"), client_of("chloe"), client_of("hector")
    for key, one in (
        ("requests-to-sort", 1),
        ("vehicles-unavailable", 1),
        ("points-drift", 1),
        ("work-to-validate", 1),
        ("work-late", 1),
        ("warranties", 1),
        ("reports-to-sort", 1),
        ("work-unassigned", 2),
    ):
        counts = [figures(place, who, key).count for who in (alice, chloe, hector)]
        assert counts == [2 * one, one, 3 * one], key
    assert figures(place, alice, "month-costs").figure == formats.euros(Decimal("171.00"))
    assert figures(place, chloe, "month-costs").figure == formats.euros(Decimal("85.50"))


def agents_day(place, hector):
    assert figures(place, hector, "my-hours").figure == formats.hours(Decimal("3.00"))
    week = asked(place, hector, "/interventions/mobile/semaine")
    assert week["total"] == Decimal("3.00") and len(week["days"][0][1]) == 2
    late = figures(place, hector, "my-late")
    assert late.count == 2 and "3 jours de retard" in late.detail
    assert figures(place, hector, "requests-near").count == 2
    page = hector.get("/").get_data(as_text=True)
    assert page.index("Ma journée") < page.index("Ce qui vous attend")


def rises(place, gina):
    drift = figures(place, gina, "points-drift")
    assert drift.count == 1 and "20\u00a0%" in drift.detail
    for tab, there, absent in (
        ("drift", "99000000002000", "99100000002000"),
        ("silent", "99100000002000", "99000000002000"),
    ):
        page = gina.get(f"/deliverypointview/list/?tab={tab}").text
        assert there in page and absent not in page, tab
        # The page of the point says why it stands there: thirty days at 200 kWh, a year before
        # at 100; nothing at all of the other.
        shown = gina.get(re.search(r"/deliverypointview/show/\d+", page)[0]).text
        words = " ".join(re.sub("<[^>]+>", " ", shown).replace("\u00a0", " ").split())
        rise = (
            "Ce point consomme plus qu’avant : 6 000 kWh du 24/10/2026 au 22/11/2026, contre "
            "3 000 kWh du 24/10/2025 au 22/11/2025, soit 100 % de plus."
        )
        assert (rise in words) == (tab == "drift"), words
        assert ("Aucun relevé pour ce point" in words) == (tab == "silent")
    year = figures(place, gina, "energy-year")
    # November 2025 to October 2026: 365 days, 38 of them at the double from 24 September on.
    assert year.bars[0].figure == "40\u00a0300\u00a0kWh"


def test_somebody_elses_tile_is_not_there(sqlite_place, sqlite_client_of):
    bob, alice = sqlite_client_of("bob"), sqlite_client_of("alice")
    for client, key in (
        (bob, "month-costs"),
        (bob, "requests-to-sort"),
        (bob, "jobs-failed"),
        (alice, "jobs-failed"),
        (alice, "backups"),
        (alice, "rien"),
    ):
        assert client.get(f"/accueil/tuile/{key}").status_code == 404, key
    assert alice.get("/accueil/etat").status_code == 404
    stranger = sqlite_client_of(None)
    for path in ("/accueil/tuile/recent", "/accueil/tuiles", "/accueil/etat"):
        assert stranger.get(path).status_code == 302, path


def test_roles_make_the_page_and_several_make_their_union(sqlite_place, sqlite_client_of):
    def shown(name):
        return set(re.findall(r'data-tile="([\w-]+)"', sqlite_client_of(name).get("/").text))

    assert "my-day" in shown("bob") and "week-load" not in shown("bob")
    assert "relié à aucun agent" in sqlite_client_of("bob").get("/").text
    assert "week-load" in shown("alice") and "vehicle-costs" not in shown("alice")
    assert {"my-day", "my-hours", "week-load", "requests-to-sort"} <= shown("hector")
    assert "energy-year" in shown("gina")
    assert "reports-last" in shown("fiona") and "week-load" not in shown("fiona")


def test_a_person_chooses_tiles_and_their_order(sqlite_place, sqlite_client_of):
    alice = sqlite_client_of("alice")

    def order():
        return re.findall(r'data-tile="([\w-]+)"', alice.get("/").text)

    def post(**form):
        return alice.post("/accueil/tuiles", data={"csrf_token": csrf(alice), **form})

    on = set(order()) | {"imports", "inbox", "messages", "vehicles-unavailable", "work-paused"}
    assert order().index("requests-to-sort") < order().index("work-to-validate")
    post(on=sorted(on - {"work-late"} | {"vehicle-costs"}), done="1")
    assert "work-late" not in order() and "vehicle-costs" in order()
    moved = post(on=sorted(on - {"work-late"}), up="work-to-validate")
    assert moved.headers["Location"].endswith("/accueil/tuiles#up-work-to-validate")
    post(on=sorted(on - {"work-late"}), up="work-to-validate")
    assert order().index("work-to-validate") < order().index("requests-to-sort")
    post(homes="1", home=["fleet"])
    assert "vehicle-costs" in order() and "requests-to-sort" not in order()
    post(usual="1")
    assert "work-late" in order()
    with system_session("tests") as session:
        assert session.query(SavedView).filter_by(view="HomeView").count() == 1
    assert "work-late" in sqlite_client_of("hector").get("/").text


def test_a_new_installation_says_what_to_do_first(sqlite_app, sqlite_client_of):
    admin = sqlite_client_of("admin")
    page = admin.get("/").text
    for step in (
        "Premiers pas",
        "Importer le patrimoine",
        "Ou ajouter un premier site à la main",
        "Créer les agents",
        "Ouvrir une première intervention",
        "Faire une première sauvegarde",
    ):
        assert step in page, step
    assert "Aucune sauvegarde vérifiée" in page and 'role="alert"' not in page
    # Nothing to work on yet: neither the button of the page nor that of the step.
    assert "/workorderview/add" not in page.partition("ov-home")[0].partition("Premiers pas")[2]
    assert "après « Importer le patrimoine »" in page.replace("\xa0", " ")
    assert "Rien ne vous attend" not in page
    with system_session("tests") as session:
        school = building(session, 1)
        patrimoine.issue_tag(session, school, at=NOON)
        pk = school.id
    page = admin.get("/").text
    assert "/workorderview/add" in page.partition("Premiers pas")[2].partition("ov-home")[0]
    with system_session("tests") as session:
        agent(session, 1, rates={"2026-01-01": "30.00"})
        work_order(session, session.get(Asset, pk))
    page = admin.get("/").text
    assert "Premiers pas" not in page and "Rien ne vous attend" in page


def test_the_first_step_names_the_town(sqlite_app, sqlite_client_of):
    with system_session("tests") as session:
        session.get(Entity, 1).name = FIRST_NAME
    admin = sqlite_client_of("admin")
    assert "Donner son nom à votre collectivité" in admin.get("/").text
    assert 'href="/entityview/edit/1"' in admin.get("/").text


def test_the_page_costs_the_same_with_more_rows(sqlite_place, sqlite_client_of):
    hector = sqlite_client_of("hector")
    hector.get("/")
    before = statements(sqlite_place, lambda: hector.get("/"))
    with system_session("tests") as session:
        school = building(session, 1, name="Halle")
        me = session.query(Agent).filter_by(entity_id=1).one()
        for n in range(10):
            work_order(
                session,
                school,
                title=f"De plus {n}",
                assigned_to=me,
                due_on=MONDAY,
                planned_on=MONDAY - timedelta(days=1),
            )
            services.open_request(session, school, title=f"D {n}", at=NOON, channel=Channel.STAFF)
    assert statements(sqlite_place, lambda: hector.get("/")) <= before + 1


def test_what_a_person_works_on_is_found_behind_what_others_did(sqlite_place):
    with job_session((1,), "user:1", "tests") as session:
        school = session.scalars(select(Asset).where(Asset.entity_id == 1)).first()
        services.open_request(session, school, title="Vitre", at=NOON, channel=Channel.STAFF)
        for n in range(70):
            agent(session, 1, code=f"R{n}")
    with system_session("tests", readonly=True) as session:
        found = last_changes(session, {record_name(ServiceRequest)}, 5)
        assert "Vitre" in [session.get_one(ServiceRequest, e.record_id).title for e in found]


def test_what_is_owned_is_counted_by_the_words_of_the_kinds(sqlite_app, sqlite_client_of):
    with system_session("tests") as session:
        for kind, count in (("site", 1), ("building", 2), ("room", 1), ("vehicle", 1)):
            for number in range(count):
                name = f"{kind} {number}"
                patrimoine.create(session, kind, entity_id=1, name=name, on=date(2026, 1, 5))
    alice = sqlite_client_of("alice")
    said = read_tile(sqlite_app, alice, "register").bars
    assert [(bar.figure, bar.label) for bar in said] == [
        ("1", "Site"),
        ("2", "Bâtiments"),
        ("1", "Local"),
        ("1", "Véhicule"),
    ]


@pytest.mark.parametrize(
    ("code", "count", "word"),
    [("fr", 0, "Site"), ("fr", 1, "Site"), ("fr", 2, "Sites"), ("en", 0, "Sites")],
)
def test_each_language_counts_in_its_way(sqlite_app, code, count, word):
    with speaking(code):
        assert Kind.SITE.word_for(count) == word
        assert counted(Kind.SITE, count) == f"{count} {word.lower()}"


@pytest.mark.parametrize(
    ("code", "hours", "said"),
    [
        ("fr", "1.75", "1,75\u00a0h enregistrée"),
        ("fr", "1.00", "1,00\u00a0h enregistrée"),
        ("fr", "2.00", "2,00\u00a0h enregistrées"),
        ("fr", "1234.50", "1\u00a0234,50\u00a0h enregistrées"),
        ("en", "1.75", "1.75\u00a0h recorded"),
    ],
)
def test_hours_agree_with_what_is_said_of_them(sqlite_app, code, hours, said):
    with sqlite_app.test_request_context(), speaking(code):
        week = sqlite_app.jinja_env.get_template("interventions/mobile/week.html")
        block = week.blocks["subtitle"](week.new_context({"total": Decimal(hours)}))
        assert "".join(block) == said
