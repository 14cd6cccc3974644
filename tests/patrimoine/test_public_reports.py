"""What strangers send through a tag: how much of it, once, and nothing of it lost on the way."""

from __future__ import annotations

import html
import io
import re
import threading
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm.exc import StaleDataError

from base.basics import clock
from base.engine.jobs.own import sweep
from base.rules.rights.actors import system_session
from base.store.models import Document, Entity, Setting
from base.store.models.security import ShareTaken
from patrimoine import services
from patrimoine.models import TagReport
from patrimoine.views import strangers
from tests.patrimoine.test_views import text_of

SAID = "La chaîne de gauche est cassée"


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch):
    strangers.PAGES.clear()
    strangers.TRIES.clear()
    monkeypatch.setattr(strangers, "MIN_SECONDS", 0)


def photo(shade=0):
    """A small photograph, another one for each shade."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (shade, 90, 40)).save(out, "JPEG")
    return io.BytesIO(out.getvalue()), f"photo{shade}.jpg"


def fields(client, town, which="swing"):
    """The hidden fields of the form as it is shown."""
    page = text_of(client.get(f"/t/{town[f'{which} tag']}"))
    form = page[page.index("/signaler") :]
    return {
        name: re.search(rf'name="{name}"\s+value="([^"]+)"', form)[1]
        for name in ("csrf_token", "stamp", "form_key")
    }


def send(client, town, *photos, which="swing", hidden=None, address="203.0.113.7", **more):
    """Send the form; its answer."""
    sent = {**(hidden or fields(client, town, which)), "description": SAID, **more}
    if photos:
        sent["photo"] = list(photos)
    return client.post(
        f"/t/{town[f'{which} tag']}/signaler",
        data=sent,
        content_type="multipart/form-data",
        environ_base={"REMOTE_ADDR": address},
    )


def kept():
    """How many reports and photographs there are."""
    with system_session("test", readonly=True) as session:
        return tuple(
            session.scalar(select(func.count()).select_from(model))
            for model in (TagReport, Document)
        )


class TestPhotographs:
    def test_five_are_kept_and_a_sixth_is_refused_with_the_text_kept(self, client_of, town):
        stranger = client_of(None)
        refused = send(stranger, town, *(photo(n) for n in range(6)), contact="x@y.fr")
        page = html.unescape(text_of(refused))
        assert refused.status_code == 422
        assert "5 photos au plus, et vous en avez joint 6" in page
        assert SAID in page and "x@y.fr" in page
        assert kept() == (0, 0)
        assert send(stranger, town, *(photo(n) for n in range(5))).status_code == 302
        assert kept() == (1, 5)

    def test_one_that_is_too_large_is_refused_with_the_text_kept(
        self, client_of, town, monkeypatch
    ):
        monkeypatch.setattr(strangers, "MAX_PHOTO_BYTES", 300)
        refused = send(client_of(None), town, photo())
        assert refused.status_code == 422 and SAID in html.unescape(text_of(refused))
        assert kept() == (0, 0)

    def test_a_form_that_is_too_large_as_a_whole_comes_back_with_its_text(
        self, client_of, town, monkeypatch
    ):
        monkeypatch.setattr(strangers, "MAX_FORM_BYTES", 4000)
        large = (io.BytesIO(b"\xff\xd8\xff" + bytes(300_000)), "p.jpg")
        refused = send(client_of(None), town, large, contact="06 11 22 33 44")
        page = html.unescape(text_of(refused))
        assert refused.status_code == 413
        assert "trop lourdes : 5 photos au plus, de 10 Mo chacune" in page.replace("\xa0", " ")
        assert SAID in page and "06 11 22 33 44" in page
        assert kept() == (0, 0)

    def test_what_is_no_photograph_uses_up_nothing(self, client_of, town):
        stranger = client_of(None)
        for _n in range(12):
            bad = send(stranger, town, (io.BytesIO(b"%PDF-1.4 rien"), "photo.jpg"))
            assert bad.status_code == 422
        assert send(stranger, town, photo()).status_code == 302
        assert kept() == (1, 1)

    def test_one_survives_a_lost_race(self, client_of, town, monkeypatch):
        real, tries = services.receive_report, []

        def loses_once(session, **values):
            tries.append(values)
            row = real(session, **values)
            if len(tries) == 1:
                raise StaleDataError("another was faster")
            return row

        monkeypatch.setattr(services, "receive_report", loses_once)
        assert send(client_of(None), town, photo(1), photo(2)).status_code == 302
        assert len(tries) == 2 and kept() == (1, 2)
        with system_session("test", readonly=True) as session:
            assert min(session.scalars(select(Document.size))) > 300


class TestShares:
    def test_an_address_sends_twenty_photographs_a_day(self, client_of, town, monkeypatch):
        stranger = client_of(None)
        for n in range(4):
            assert send(stranger, town, *(photo(5 * n + m) for m in range(5))).status_code == 302
        refused = send(stranger, town, photo(99))
        page = html.unescape(text_of(refused))
        assert refused.status_code == 422 and "sans photo" in page and SAID in page
        # Without a photograph it is taken; so is one of somebody else.
        assert send(stranger, town).status_code == 302
        assert send(stranger, town, photo(99), address="203.0.113.8").status_code == 302
        later = clock.now() + timedelta(days=1, minutes=1)
        monkeypatch.setattr(clock, "now", lambda: later)
        assert send(stranger, town, photo(98)).status_code == 302

    def test_an_asset_receives_thirty_photographs_a_day(self, client_of, town):
        stranger = client_of(None)
        for n in range(6):
            sent = send(
                stranger, town, *(photo(5 * n + m) for m in range(5)), address=f"198.51.100.{n}"
            )
            assert sent.status_code == 302
        assert send(stranger, town, photo(99), address="198.51.100.9").status_code == 422
        assert kept() == (6, 30)

    def test_ten_reports_an_hour(self, client_of, town):
        stranger = client_of(None)
        said = [send(stranger, town, description=f"{SAID} {n}").status_code for n in range(11)]
        assert said == [302] * 10 + [422]

    def test_an_ipv6_caller_has_one_share_for_all_its_addresses(self, client_of, town):
        stranger = client_of(None)
        for n in range(4):
            five = (photo(5 * n + m) for m in range(5))
            assert send(stranger, town, *five, address=f"2001:db8::{n}").status_code == 302
        assert send(stranger, town, photo(99), address="2001:db8::99").status_code == 422

    def test_addresses_are_digests_and_are_swept(self, client_of, town):
        assert send(client_of(None), town, photo()).status_code == 302
        with system_session("test") as session:
            keys = list(session.scalars(select(ShareTaken.key)))
            assert len(keys) == 3 and all(re.fullmatch("[0-9a-f]{64}", key) for key in keys)
            assert not any("203.0.113.7" in str(row.__dict__) for row in session.query(ShareTaken))
            for row in session.query(ShareTaken):
                row.until = clock.now() - timedelta(minutes=1)
        with system_session("test") as session:
            sweep().apply(session, 0, Swept())
        with system_session("test", readonly=True) as session:
            assert session.scalars(select(ShareTaken.key)).all() == []

    def test_two_at_once_have_what_is_left_once(self, app, town):
        share = strangers.Share("test", 3, timedelta(days=1))
        gate, said = threading.Barrier(2), []

        def take():
            with app.app_context():
                gate.wait()
                try:
                    with system_session("test") as session:
                        said.append(share.take(session, "somebody", times=2, at=clock.now()))
                        if not said[-1]:
                            raise LookupError
                except LookupError:
                    return

        both = [threading.Thread(target=take) for _n in range(2)]
        for one in both:
            one.start()
        for one in both:
            one.join()
        assert sorted(said) == [False, True]
        with system_session("test", readonly=True) as session:
            assert share.left(session, "somebody", at=clock.now()) == 1


class Swept:
    """What a job tells of itself."""

    def __init__(self):
        self.result = {}


class TestOnce:
    def test_the_same_form_twice_is_one_report(self, client_of, town):
        stranger = client_of(None)
        hidden = fields(stranger, town)
        first = send(stranger, town, photo(), hidden=hidden)
        again = send(stranger, town, photo(), hidden=hidden)
        assert first.status_code == again.status_code == 302
        assert first.headers["Location"] == again.headers["Location"]
        assert kept() == (1, 1)

    def test_two_at_once_are_one_report(self, client_of, town):
        stranger = client_of(None)
        hidden = fields(stranger, town)
        cookie = stranger.get_cookie("ouvrage")
        gate, said = threading.Barrier(2), []

        def press():
            browser = client_of(None)
            browser.set_cookie("ouvrage", cookie.value)
            gate.wait()
            said.append(send(browser, town, photo(), hidden=hidden))

        both = [threading.Thread(target=press) for _n in range(2)]
        for one in both:
            one.start()
        for one in both:
            one.join()
        assert [answer.status_code for answer in said] == [302, 302]
        assert len({answer.headers["Location"] for answer in said}) == 1
        assert kept() == (1, 1)

    def test_me_too_pressed_twice_counts_once(self, client_of, town):
        send(client_of(None), town)
        other = client_of(None)
        path = f"/t/{town['swing tag']}"
        page = text_of(other.get(path))
        form = page[page.index("/aussi/") : page.index("/signaler")]
        sent = {
            name: re.search(rf'name="{name}"\s+value="([^"]+)"', form)[1]
            for name in ("csrf_token", "form_key")
        }
        number = re.match(r"/aussi/(\d+)", form)[1]
        cookie = other.get_cookie("ouvrage")
        for _n in range(2):
            # The second press leaves before the answer to the first has come.
            browser = client_of(None)
            browser.set_cookie("ouvrage", cookie.value)
            assert browser.post(f"{path}/aussi/{number}", data=sent).status_code == 302
        with system_session("test", readonly=True) as session:
            assert session.scalars(select(TagReport.supporters)).one() == 1


class TestWhoWroteIt:
    def test_the_author_is_not_asked_whether_they_agree(self, client_of, town):
        stranger = client_of(None)
        sent = send(stranger, town)
        for page in (sent.headers["Location"], f"/t/{town['swing tag']}"):
            shown = html.unescape(text_of(stranger.get(page)))
            assert "C’est votre signalement" in shown
            assert "Moi aussi" not in shown
        assert "Moi aussi" in text_of(client_of(None).get(f"/t/{town['swing tag']}"))

    def test_nor_counted_when_they_say_so(self, client_of, town):
        stranger = client_of(None)
        sent = send(stranger, town)
        stranger.get(sent.headers["Location"])
        token = fields(stranger, town)["csrf_token"]
        with system_session("test", readonly=True) as session:
            number = session.scalars(select(TagReport.id)).one()
        path = f"/t/{town['swing tag']}/aussi/{number}"
        assert stranger.post(path, data={"csrf_token": token}).status_code == 302
        with system_session("test", readonly=True) as session:
            assert session.scalars(select(TagReport.supporters)).one() == 0


class TestExpired:
    def test_a_token_of_another_session_gives_the_text_back(self, client_of, town):
        stranger, later = client_of(None), client_of(None)
        refused = send(later, town, photo(), hidden=fields(stranger, town), contact="x@y.fr")
        page = html.unescape(text_of(refused))
        assert refused.status_code == 400
        assert SAID in page and "x@y.fr" in page and "Relisez votre signalement" in page
        assert kept() == (0, 0)
        hidden = {
            name: re.search(rf'name="{name}"\s+value="([^"]+)"', page[page.index("/signaler") :])[1]
            for name in ("csrf_token", "stamp", "form_key")
        }
        assert send(later, town, hidden=hidden).status_code == 302


def call(entity_id, phone):
    with system_session("test") as session:
        session.get(Entity, entity_id).phone = phone


class TestWhomToCall:
    @pytest.mark.parametrize("which", ["swing", "vehicle"])
    def test_an_emergency_first_then_the_number_of_the_authority(self, client_of, town, which):
        path = f"/t/{town[f'{which} tag']}"
        page = text_of(client_of(None).get(path))
        assert 'href="tel:112"' in page and 'href="tel:18"' in page
        assert page.count("tel:") == 2, "no number, no promise of one"
        call(1, "03 26 00 00 12")
        page = text_of(client_of(None).get(path))
        assert "03 26 00 00 12" in page and 'href="tel:0326000012"' in page

    def test_without_one_that_of_the_authority_above_it(self, client_of, town):
        with system_session("test") as session:
            session.get(Entity, 1).parent_id = 2
        call(2, "+33 3 26 00 00 99")
        path = f"/t/{town['swing tag']}"
        assert 'href="tel:+33326000099"' in text_of(client_of(None).get(path))
        settings = html.unescape(text_of(client_of("alice").get("/reglages/")))
        assert "+33 3 26 00 00 99" in settings
        assert "celui de la collectivité de rattachement est montré" in settings
        call(1, "03 26 00 00 12")
        assert "tel:+33326000099" not in text_of(client_of(None).get(path))

    def test_the_settings_say_that_there_is_none(self, client_of, town):
        page = html.unescape(text_of(client_of("alice").get("/reglages/")))
        assert "n’ont de numéro" in page and "à renseigner" in page


class TestWhatThePagePromises:
    def test_the_delay_is_that_of_the_authority_and_no_answer_is_promised(self, client_of, town):
        path = f"/t/{town['swing tag']}"
        page = html.unescape(text_of(client_of(None).get(path)))
        assert "Effacé 61 jours après" in page and "Pour vous dire" not in page
        with system_session("test") as session:
            session.add(Setting(entity_id=1, key="patrimoine.contacts_days", value="30"))
        page = html.unescape(text_of(client_of(None).get(path)))
        assert "Effacé 30 jours après" in page


def test_a_nul_is_refused_and_the_words_are_kept(client_of, town):
    stranger, before = client_of(None), kept()
    answer = send(stranger, town, description=f"{SAID}\x00", contact="06 12\x00")
    page = html.unescape(text_of(answer))
    assert answer.status_code == 422 and "caractères interdits" in page
    assert f"{SAID}</textarea>" in page and 'value="06 12"' in page and "\x00" not in page
    assert kept() == before
