"""What a stranger sees and says through a tag."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from base.rules.rights.actors import system_session
from patrimoine import domain, services
from patrimoine.models import Asset, Tag, TagReport
from patrimoine.views import strangers
from tests import engines
from tests.patrimoine.rows import AT, DAY
from tests.patrimoine.test_views import form_token, text_of


@pytest.fixture(autouse=True)
def _fresh_limits():
    strangers.PAGES.clear()
    strangers.TRIES.clear()


class TestTagPage:
    def test_the_agent_sees_the_asset(self, client_of, town):
        bob = client_of("bob")
        page = bob.get(f"/t/{town['swing tag']}")
        assert page.status_code == 200
        assert "Fiche complète" in text_of(page)
        assert "clé chez Paul" in text_of(page)
        shown = domain.show_token(town["swing tag"]).lower()
        assert bob.get(f"/t/{shown}").status_code == 200

    @pytest.mark.parametrize(
        ("kind", "brand", "model", "said"),
        [
            ("building", None, None, None),
            ("site", None, None, None),
            ("building", "Algeco", None, ("Marque", "Algeco")),
            ("equipment", "Viessmann", None, ("Marque", "Viessmann")),
            ("equipment", None, "Vitocrossal 200", ("Modèle", "Vitocrossal 200")),
            ("vehicle", "Renault", "Master", ("Marque et modèle", "Renault Master")),
            ("equipment", None, None, ("Marque et modèle", "à renseigner")),
        ],
    )
    def test_the_make_is_said_by_what_is_known_of_it(
        self, client_of, town, kind, brand, model, said
    ):
        with system_session("tests") as session:
            asset = session.get(Asset, town[kind])
            asset.brand, asset.model = brand, model
        page = text_of(client_of("bob").get(f"/t/{town[kind + ' tag']}"))
        found = re.findall(r"<dt>(Ma[^<]*|Mo[^<]*)</dt>\s*<dd>([^<]*)</dd>", page)
        assert found == ([said] if said else [])

    @pytest.mark.parametrize("who", [None, "chloe"])
    def test_others_see_name_and_place_only(self, client_of, town, who):
        page = text_of(client_of(who).get(f"/t/{town['swing tag']}"))
        assert "Balançoire &lt;double&gt;" in page
        assert "Bien site" in page
        assert "Commune d’Aubre" in page
        assert "Que se passe-t-il" in page
        assert "clé chez Paul" not in page and "Fiche complète" not in page
        assert "EQP-" not in page

    def test_an_asset_that_takes_no_report_keeps_its_name(self, client_of, town):
        page = client_of(None).get(f"/t/{town['vehicle tag']}")
        assert page.status_code == 200
        assert "Bien vehicle" not in text_of(page)
        assert "Commune d’Aubre" in text_of(page)
        assert "Que se passe-t-il" not in text_of(page)

    def test_unknown_revoked_malformed_and_archived_are_the_same_page(self, client_of, town):
        with system_session("tests") as session:
            tag = session.scalars(select(Tag).where(Tag.token == town["site tag"])).one()
            services.revoke_tag(session, tag, at=AT)
            services.archive(session, session.get(Asset, town["floor"]), on=DAY)
        stranger = client_of(None)
        pages = set()
        for token in ("0" * 16, town["site tag"], "abc", "é" * 16, town["floor tag"]):
            answer = stranger.get(f"/t/{token}")
            assert answer.status_code == 404
            pages.add(re.sub(r"[0-9a-f]{16}", "", text_of(answer)))
        assert len(pages) == 1

    def _sent(self, client, town, **more):
        path = f"/t/{town['swing tag']}"
        page = text_of(client.get(path))
        values = {
            name: re.search(rf'name="{name}" value="([^"]+)"', page)[1]
            for name in ("csrf_token", "stamp")
        }
        return client.post(f"{path}/signaler", data={**values, **more})

    def test_a_report_becomes_a_row(self, client_of, town, monkeypatch):
        monkeypatch.setattr(strangers, "MIN_SECONDS", 0)
        stranger = client_of(None)
        sent = self._sent(stranger, town, description="La chaîne est cassée", contact="x@y.fr")
        assert sent.status_code == 302, text_of(sent)
        with system_session("tests") as session:
            row = session.scalars(select(TagReport)).one()
            assert (row.asset_id, row.entity_id, row.contact) == (town["swing"], 1, "x@y.fr")
            number = row.id
        page = text_of(stranger.get(sent.headers["Location"]))
        assert "Merci" in page
        assert "La chaîne est cassée" not in page, "strangers do not read strangers"
        assert "La chaîne est cassée" in text_of(
            client_of("alice").get(f"/equipmentview/show/{town['swing']}")
        )
        other = client_of(None)
        token = form_token(other, f"/t/{town['swing tag']}")
        for _index in range(2):
            other.post(f"/t/{town['swing tag']}/aussi/{number}", data={"csrf_token": token})
        with system_session("tests") as session:
            assert session.scalars(select(TagReport)).one().supporters == 1
        chloe = client_of("chloe")
        assert chloe.get(f"/tagreportview/show/{number}").status_code == 404

    def test_what_is_refused(self, client_of, town, monkeypatch):
        stranger = client_of(None)
        hasty = self._sent(stranger, town, description="La chaîne est cassée")
        assert hasty.status_code == 422
        assert "La chaîne est cassée" in text_of(hasty)
        monkeypatch.setattr(strangers, "MIN_SECONDS", 0)
        assert self._sent(stranger, town, description="x").status_code == 422
        assert self._sent(stranger, town, description="ok ok", stamp="faux").status_code == 422
        robot = self._sent(stranger, town, description="acheter", website="http://x")
        assert robot.status_code == 302
        path = f"/t/{town['swing tag']}/signaler"
        assert stranger.post(path, data={"description": "sans jeton"}).status_code == 400
        with system_session("tests") as session:
            assert session.scalars(select(TagReport)).all() == []
        token = form_token(stranger, f"/t/{town['swing tag']}")
        closed = stranger.post(
            f"/t/{town['vehicle tag']}/signaler", data={"csrf_token": token, "description": "x"}
        )
        assert closed.status_code == 404

    def test_too_many_pages_from_one_address(self, sqlite_client_of):
        stranger = sqlite_client_of(None)
        answers = [stranger.get("/t/abc").status_code for _index in range(61)]
        assert answers == [404] * 60 + [429]

    def test_a_blank_tag_is_claimed_on_site(self, client_of, town):
        with system_session("tests") as session:
            blank = services.issue_blank_tags(session, entity_id=1, count=1, at=AT)[0].token
        assert client_of(None).get(f"/t/{blank}").status_code == 404
        alice = client_of("alice")
        path = f"/t/{blank}"
        token = form_token(alice, path)
        done = alice.post(
            f"/tagview/link/{blank}", data={"csrf_token": token, "asset": str(town["room"])}
        )
        assert done.status_code == 302
        assert "Bien room" in text_of(alice.get(path))

    def test_reports_are_sorted_by_the_authority(self, client_of, town):
        with system_session("tests") as session:
            number = services.receive_report(
                session,
                asset_id=town["swing"],
                entity_id=1,
                tag_id=None,
                description="Siège fissuré",
                contact=None,
                at=AT,
            ).id
        alice = client_of("alice")
        token = engines.csrf(alice, "/tagreportview/list/")
        done = alice.post(
            f"/tagreportview/accept/{number}",
            data={"csrf_token": token, "public_label": "Siège gauche fissuré"},
        )
        assert done.status_code == 302
        stranger = client_of(None)
        assert "Siège gauche fissuré" in text_of(stranger.get(f"/t/{town['swing tag']}"))
        alice.post(f"/tagreportview/close/{number}", data={"csrf_token": token})
        assert "Siège gauche" not in text_of(stranger.get(f"/t/{town['swing tag']}"))


def test_who_may_not_read_reports_reads_none_on_the_page_of_an_asset(sqlite_client_of, sqlite_app):
    with system_session("tests") as session:
        swing = services.create(session, "equipment", entity_id=1, name="Balançoire", on=DAY)
        session.add(
            TagReport(
                asset_id=swing.id, entity_id=1, description="Une chaîne est cassée", reported_at=AT
            )
        )
        session.flush()
        page = f"/equipmentview/show/{swing.id}"
        tag = f"/t/{services.issue_tag(session, swing, at=AT).token}"
    for who, reads in (("alice", True), ("bob", True), ("damien", False)):
        client = sqlite_client_of(who)
        for shown in (client.get(page), client.get(tag)):
            assert shown.status_code == 200
            assert ("Une chaîne est cassée" in text_of(shown)) is reads, (who, shown.request.path)
