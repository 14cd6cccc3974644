"""What the energy manager, and each other person, finds on the first page and may open."""

import re
from types import SimpleNamespace

import pytest

from base.desk.accounts.making import create_user
from base.rules.rights.actors import job_session, system_session
from base.store.models import Partner
from interventions import services
from interventions.domain import Channel
from tests import engines
from tests.factories.interventions import NOON, building


@pytest.fixture
def elise(sqlite_app):
    """The energy manager of A, signed in."""
    create_user("elise", engines.PASSWORD, roles=["Énergie"], entities=["A"], must_change=False)
    client = sqlite_app.test_client()
    engines.sign_in(client, "elise")
    return client


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/workorderview/list/", 200),
        ("/servicerequestview/list/", 200),
        ("/servicerequestview/add", 200),
        ("/rapports/", 200),
        ("/reportrunview/list/", 200),
        ("/carte/", 200),
        ("/costlineview/list/", 200),
        ("/boite/", 200),
        ("/workorderview/add", 403),
        ("/agentview/list/", 403),
        ("/storeview/list/", 403),
    ],
)
def test_the_energy_manager_reads_what_others_do_and_plans_none_of_it(elise, path, status):
    assert elise.get(path).status_code == status


def test_the_energy_manager_asks_for_work_and_keeps_a_view(elise, sqlite_app):
    with system_session("test") as session:
        school = building(session, 1, name="École").id
    token = engines.csrf(elise, "/servicerequestview/add")
    asked = elise.post(
        "/servicerequestview/add",
        data={"csrf_token": token, "asset": school, "title": "Talon de nuit", "channel": "staff"},
    )
    assert asked.status_code == 302 and "/servicerequestview/" in asked.location
    kept = elise.post(
        "/vues/DeliveryPointView",
        data={"csrf_token": token, "name": "Gaz", "state": "f.energy_kind.eq=gas"},
    )
    assert kept.status_code == 302
    assert "Gaz" in elise.get("/deliverypointview/list/").get_data(as_text=True)


def titles(client, name):
    """The lines of a card of the first page."""
    page = client.get("/").get_data(as_text=True)
    card = page.split(f'data-tile="{name}"', 1)
    return re.findall(r"<a [^>]*>\s*(.*?)\s*</a>", card[1].split("</section>")[0], re.S)


def test_what_has_changed_is_what_one_works_on(elise, sqlite_app, sqlite_client_of):
    with system_session("cli") as session:
        session.add(Partner(entity_id=1, code="RAP", name="Par une commande"))
    with job_session((1,), "user:2", "test") as session:
        school = building(session, 1, name="École")
        services.open_request(
            session, school, title="Il fait froid", at=NOON, channel=Channel.STAFF
        )
    mine, theirs = titles(elise, "recent"), titles(sqlite_client_of("alice"), "recent")
    assert any("Il fait froid" in title for title in mine)
    assert not any("École" in title for title in mine)
    assert any("École" in title for title in theirs)
    assert not any("Par une commande" in title for title in [*mine, *theirs])


def test_shortcuts_are_those_of_the_persons_day(elise, sqlite_client_of):
    def made(client):
        return [re.sub(r"<[^>]+>", "", title).strip() for title in titles(client, "shortcuts")]

    assert made(elise) == ["Nouvelle demande", "Nouveau point de livraison"]
    assert made(sqlite_client_of("alice")) == ["Nouvelle demande", "Nouvelle intervention"]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Médiathèque Aliénor, électricité", "Médiathèque Aliénor, électricité"),
        ("Médiathèque ALIÉNOR, ÉLECTRICITE", "Médiathèque ALIÉNOR, ÉLECTRICITE"),
        ("Médiathèque Aliénor", "Électricité, Médiathèque Aliénor"),
    ],
)
def test_a_point_says_its_energy_once(sqlite_app, name, title):
    views = sqlite_app.appbuilder.baseviews
    (view,) = [view for view in views if type(view).__name__ == "DeliveryPointView"]
    with sqlite_app.test_request_context("/"):
        assert view.title_of(SimpleNamespace(energy_kind="electricity", name=name)) == title
