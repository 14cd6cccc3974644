"""What people ask for: several on one job, refused, given back, and followed by a link."""

import re

import pytest

from base.basics.errors import InvalidInput, TransitionRefused
from interventions import queries, services
from interventions.domain import RequestState, State
from interventions.queries.follow import Stage, followed
from patrimoine import services as patrimoine
from patrimoine.domain.kinds import ReportState
from patrimoine.queries.home import reports_to_sort
from tests.engines import csrf
from tests.factories import interventions as make
from tests.interventions.test_api import made
from tests.interventions.test_views import follow, post, text


@pytest.fixture
def school(session):
    return make.building(session, 1)


@pytest.fixture
def sqlite_place(sqlite_app):
    return made(sqlite_app, "A", "bob")


def ask(session, school, title="Fuite au plafond"):
    return services.open_request(session, school, title=title, at=make.NOON)


def test_one_job_answers_several_requests_and_closes_them_together(session, school):
    first, second = ask(session, school), ask(session, school, "De l’eau au plafond")
    job = services.accept(session, first, at=make.NOON)
    assert services.accept(session, second, at=make.NOON, into=job) is job
    assert [r.id for r in queries.requests_of(session, job)] == [first.id, second.id]
    for verb in ("start", "finish"):
        make.apply(session, job, verb)
    assert {first.state, second.state} == {RequestState.CLOSED}
    make.apply(session, job, "reopen")
    assert {first.state, second.state} == {RequestState.ACCEPTED}


@pytest.mark.parametrize("state", [State.FINISHED, State.VALIDATED, State.CANCELLED])
def test_a_request_is_not_attached_to_work_that_is_over(session, school, state):
    request = ask(session, school)
    with pytest.raises(TransitionRefused, match="ouverte"):
        services.accept(
            session, request, at=make.NOON, into=make.work_order(session, school, state)
        )
    assert request.state == RequestState.NEW and request.work_order is None


def test_a_request_is_not_attached_to_another_authoritys_work(app, session, school):
    from base.rules.rights.rules import PersonSession

    request = ask(session, school)
    foreign = make.work_order(session, make.building(session, 2, name="Autre"))
    assert isinstance(session, PersonSession)
    with pytest.raises(InvalidInput, match="autre entité"):
        services.accept(session, request, at=make.NOON, into=foreign)


def test_giving_the_work_up_gives_the_requests_back(session, school):
    first, second = ask(session, school), ask(session, school, "Pareil")
    job = services.accept(session, first, at=make.NOON)
    services.accept(session, second, at=make.NOON, into=job)
    services.cancel(session, job, at=make.NOON, reason="Doublon")
    for request in (first, second):
        assert (request.state, request.work_order_id) == (RequestState.NEW, None)
    services.refuse(session, first, reason="Déjà fait en régie", at=make.NOON)
    assert first.state == RequestState.REFUSED
    services.reopen(session, job, at=make.NOON)
    assert second.state == RequestState.NEW


def alike(session, request):
    return [found.request.id for found in queries.same_wish(session, request)]


def test_the_same_wish_is_told_by_place_and_words(session, school):
    """Same asset and a word in common; another word there, or the same words elsewhere, are not."""
    other = make.building(session, 1, name="Mairie")
    first, elsewhere = ask(session, school), ask(session, other)
    second = ask(session, school, "Encore la fuite")
    lamp = ask(session, school, "Lampe cassée dans le couloir")
    assert alike(session, second) == [first.id]
    assert alike(session, lamp) == [] and alike(session, elsewhere) == []
    assert {r.id for r in queries.open_wishes_on(session, school.id)} == {
        first.id,
        second.id,
        lamp.id,
    }
    services.refuse(session, first, reason="Non", at=make.NOON)
    assert alike(session, second) == []
    third = ask(session, other, "La mairie fuit : fuites au plafond")
    assert alike(session, third) == [elsewhere.id]


def test_a_place_is_that_of_what_is_around_it(session, school):
    """Two rooms of one building stand where it stands; a building 40 m away is near, 2 km is not.

    40 m of 150 give 1 - 40/150 = 0.733 of the half that place weighs; the words are the same:
    0.867. Without a place the same words give 0.5, which is under 0.6.
    """
    school.latitude, school.longitude = 48.0, 4.0
    north = make.building(session, 1, name="Gymnase", latitude=48.00036, longitude=4.0)
    far = make.building(session, 1, name="Piscine", latitude=48.018, longitude=4.0)
    lost = make.building(session, 1, name="Dépôt")
    floor = patrimoine.create(
        session, "floor", entity_id=1, name="Étage", parent=school, on=make.NOON.date()
    )
    asked = ask(session, floor)
    rows = {place.name: ask(session, place) for place in (school, north, far, lost)}
    found = queries.same_wish(session, asked)
    assert [r.request.id for r in found] == [rows[school.name].id, rows["Gymnase"].id]
    assert found[0].score == 1.0
    assert round(found[1].score, 2) == 0.87


def test_a_report_made_into_a_request_is_sorted(session, school):
    """It counts no more among those to sort, and its words stay unseen by strangers."""
    report = patrimoine.receive_report(
        session,
        asset_id=school.id,
        entity_id=1,
        tag_id=None,
        description="Vitre cassée",
        contact=None,
        at=make.NOON,
    )
    assert reports_to_sort(session).count == 1
    services.open_from_report(session, report, at=make.NOON)
    assert reports_to_sort(session).count == 0
    assert (report.state, report.public_label) == (ReportState.ACCEPTED, None)
    kept = patrimoine.receive_report(
        session,
        asset_id=school.id,
        entity_id=1,
        tag_id=None,
        description="Porte",
        contact=None,
        at=make.NOON,
    )
    patrimoine.accept_report(session, kept, public_label="Porte en panne")
    services.open_from_report(session, kept, at=make.NOON)
    assert kept.public_label == "Porte en panne"


def test_the_link_says_each_stage_and_nothing_of_other_people(session, school):
    request = services.open_request(
        session,
        school,
        title="Fuite",
        at=make.NOON,
        requester="Mme Delorme",
        contact="06 00 00 00 00",
    )
    token = request.follow_token
    assert len(token) == 16 and token != ask(session, school).follow_token

    def stage():
        session.flush()
        found = followed(session, token)
        assert "Delorme" not in repr(found) and "06 00" not in repr(found)
        return found.stage

    assert stage() == Stage.RECEIVED
    job = services.accept(session, request, at=make.NOON)
    assert stage() == Stage.ACCEPTED
    services.plan(session, job, planned_on=make.MONDAY)
    assert followed(session, token).planned_on == make.MONDAY
    make.apply(session, job, "start")
    assert stage() == Stage.UNDER_WAY
    make.apply(session, job, "pause")
    assert stage() == Stage.UNDER_WAY
    make.apply(session, job, "start")
    make.apply(session, job, "finish")
    assert stage() == Stage.DONE and followed(session, token).done_at == make.NOON
    make.apply(session, job, "reopen")
    assert stage() == Stage.ACCEPTED
    services.cancel(session, job, at=make.NOON)
    assert stage() == Stage.RECEIVED
    services.refuse(session, request, reason="Hors de la commune", at=make.NOON)
    assert stage() == Stage.REFUSED
    assert followed(session, token).refusal_reason == "Hors de la commune"
    for unknown in (None, "", "0" * 16, token[:-1]):
        assert followed(session, unknown) is None


def test_a_strangers_link_goes_on_from_the_report_to_the_request(session, school):
    report = patrimoine.receive_report(
        session,
        asset_id=school.id,
        entity_id=1,
        tag_id=None,
        description="Vitre cassée",
        contact=None,
        at=make.NOON,
    )
    token = report.follow_token
    session.flush()
    assert followed(session, token).stage == Stage.RECEIVED
    assert followed(session, token).said == "Vitre cassée"
    request = services.open_from_report(session, report, at=make.NOON)
    session.flush()
    assert request.follow_token == token
    assert followed(session, token).number == request.number
    services.refuse(session, request, reason="Privé", at=make.NOON)
    session.flush()
    assert followed(session, token).stage == Stage.REFUSED
    assert report.state == ReportState.REJECTED


def test_a_stranger_follows_by_link_and_a_wrong_link_is_404(sqlite_client_of, sqlite_place):
    alice = sqlite_client_of("alice")
    answer = post(
        alice,
        "/servicerequestview/add",
        asset=sqlite_place["asset"],
        title="Lampadaire éteint",
        requester="M. Petit",
        channel="phone",
        priority="normal",
    )
    shown = alice.get(answer.headers["Location"]).get_data(as_text=True)
    path = re.search(r"/demandes/suivi/\w{16}", shown).group(0)
    stranger = sqlite_client_of(None)
    page = stranger.get(path)
    assert page.status_code == 200
    assert "Elle n’a pas encore été examinée" in text(page) and "Lampadaire éteint" in text(page)
    assert "Petit" not in text(page) and "noindex" in page.get_data(as_text=True)
    assert stranger.get(path.lower()).status_code == 200
    for wrong in ("0" * 16, "x", "a" * 300, "%00"):
        assert stranger.get(f"/demandes/suivi/{wrong}").status_code == 404


def test_the_desk_sees_what_may_be_the_same_and_attaches_in_one_press(
    sqlite_client_of, sqlite_place
):
    alice = sqlite_client_of("alice")

    def asked(title):
        answer = post(
            alice,
            "/servicerequestview/add",
            asset=sqlite_place["asset"],
            title=title,
            channel="phone",
            priority="normal",
        )
        return answer.headers["Location"].rsplit("/", 1)[1]

    first = asked("Porte bloquée")
    job = post(alice, f"/servicerequestview/accept/{first}").headers["Location"]
    pk = job.rsplit("/", 1)[1]
    second = asked("La porte ne ferme plus")
    page = text(alice.get(f"/servicerequestview/show/{second}"))
    assert "Peut-être la même chose" in page and "Porte bloquée" in page
    said = text(follow(alice, post(alice, f"/servicerequestview/accept/{second}", work_order=pk)))
    assert "La demande est rattachée à INT-" in said
    page = text(alice.get(job))
    assert page.count("DEM-") >= 2
    bob = sqlite_client_of("bob")
    page = text(bob.get(f"/interventions/mobile/bien/{sqlite_place['asset']}/signaler"))
    assert "Déjà signalé ici" in page and "La porte ne ferme plus" in page


def test_another_authority_attaches_nothing(sqlite_client_of, sqlite_api_of, sqlite_place):
    alice, chloe = sqlite_client_of("alice"), sqlite_client_of("chloe")
    answer = post(
        alice,
        "/servicerequestview/add",
        asset=sqlite_place["asset"],
        title="Porte",
        channel="phone",
        priority="normal",
    )
    pk = answer.headers["Location"].rsplit("/", 1)[1]
    token = csrf(chloe, "/compte/")
    for verb in ("accept", "refuse"):
        refused = chloe.post(
            f"/servicerequestview/{verb}/{pk}", data={"csrf_token": token, "reason": "x"}
        )
        assert refused.status_code == 404
        assert (
            sqlite_api_of("chloe")(
                "POST", f"/api/v1/service_request/{pk}/{verb}", json={"reason": "x"}
            ).status_code
            == 404
        )


def test_no_two_requests_have_the_same_link(session, school):
    rows = [ask(session, school, f"Demande {n}") for n in range(20)]
    assert len({row.follow_token for row in rows}) == 20


def test_the_photograph_of_a_stranger_is_seen_with_the_request(
    sqlite_app, sqlite_client_of, sqlite_place
):
    import io

    from base.face.attached import documents
    from base.face.attached.file_kinds import accept_attachment
    from base.papers.files.store import current_store
    from base.rules.rights.actors import job_session
    from tests.interventions.test_views import picture

    with job_session((1,), "public", "tag report") as session:
        report = patrimoine.receive_report(
            session,
            asset_id=sqlite_place["asset"],
            entity_id=1,
            tag_id=None,
            description="Vitre cassée",
            contact=None,
            at=make.NOON,
        )
        photo = accept_attachment(
            current_store(), io.BytesIO(picture("red").read()), "vitre.jpg", kinds=("jpeg",)
        )
        documents.attach(session, report, photo)
        pk = report.id
    alice = sqlite_client_of("alice")
    page = follow(alice, post(alice, f"/servicerequestview/from_report/{pk}"))
    assert "Signalement d’origine" in text(page) and "vitre.jpg" in page.get_data(as_text=True)
