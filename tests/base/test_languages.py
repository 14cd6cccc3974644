"""Which language and time zone a reader gets, on every door."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import wtforms
from flask import render_template_string
from werkzeug.datastructures import MultiDict

from base.basics.typography import spaced
from tests import engines

ENGLISH = {"Accept-Language": "en-GB,en;q=0.9"}


def _lang(answer) -> str:
    page = answer.get_data(as_text=True)
    return page.split('<html lang="', 1)[1][:2]


def test_a_stranger_reads_what_the_browser_asks_for_else_french(sqlite_client_of):
    client = sqlite_client_of(None)
    assert _lang(client.get("/login/")) == "fr"
    english = client.get("/login/", headers=ENGLISH)
    assert english.headers["Content-Language"] == "en"
    assert _lang(english) == "en" and "Sign in" in english.text
    assert _lang(client.get("/login/", headers={"Accept-Language": "de, ja;q=0.8"})) == "fr"
    assert _lang(client.get("/login/", headers={"Accept-Language": "en;q=0.3, fr"})) == "fr"


def test_the_switch_of_a_stranger_holds_against_the_browser(sqlite_client_of):
    client = sqlite_client_of(None)
    data = {"next": "/login/", "csrf_token": engines.csrf(client, "/login/")}
    assert client.post("/lang/en", data=data).headers["Location"] == "/login/"
    assert _lang(client.get("/login/", headers={"Accept-Language": "fr"})) == "en"


def test_the_account_keeps_the_language_for_every_browser(sqlite_client_of):
    one = sqlite_client_of("alice")
    assert _lang(one.get("/compte/")) == "fr"
    one.post("/lang/en", data={"csrf_token": engines.csrf(one, "/compte/")})
    assert _lang(one.get("/compte/")) == "en"
    two = sqlite_client_of("alice")
    page = two.get("/compte/", headers={"Accept-Language": "fr"})
    assert _lang(page) == "en" and "My account" in page.text
    assert _lang(sqlite_client_of("bob").get("/compte/")) == "fr"


def test_no_choice_is_the_browsers_again(sqlite_client_of):
    client = sqlite_client_of("alice")
    token = engines.csrf(client, "/compte/")
    client.post("/compte/affichage", data={"language": "en", "csrf_token": token})
    assert _lang(client.get("/compte/")) == "en"
    client.post("/compte/affichage", data={"language": "browser", "csrf_token": token})
    assert _lang(client.get("/compte/")) == "fr"
    assert _lang(client.get("/compte/", headers=ENGLISH)) == "en"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"language": "xx"}, "Cette langue n’est pas proposée."),
        ({"timezone": "Europe/Nulle-Part"}, "Choisissez un fuseau de la liste"),
        ({"timezone": "../../etc/passwd"}, "Choisissez un fuseau de la liste"),
    ],
)
def test_what_is_not_offered_is_refused_beside_its_field(sqlite_client_of, given, sentence):
    client = sqlite_client_of("alice")
    data = {"csrf_token": engines.csrf(client, "/compte/"), **given}
    answer = client.post("/compte/affichage", data=data)
    assert answer.status_code == 422 and sentence in answer.text


def test_a_program_says_its_language_in_its_header(sqlite_api_of):
    call = sqlite_api_of("alice")
    french = call("GET", "/api/v1/asset/999999").get_json()["message"]
    english = call("GET", "/api/v1/asset/999999", headers=ENGLISH).get_json()["message"]
    assert french == "Introuvable."
    assert english == "Not found."


def test_a_program_without_a_header_gets_the_language_of_its_account(
    sqlite_client_of, sqlite_api_of
):
    client = sqlite_client_of("alice")
    client.post("/lang/en", data={"csrf_token": engines.csrf(client, "/compte/")})
    said = sqlite_api_of("alice")("GET", "/api/v1/asset/999999").get_json()["message"]
    assert said == "Not found."


def test_the_time_zone_of_a_person_moves_what_is_shown_and_names_itself(sqlite_client_of):
    client = sqlite_client_of("alice")
    token = engines.csrf(client, "/compte/")
    before = client.get("/compte/").text
    assert "UTC+4" not in before
    answer = client.post(
        "/compte/affichage", data={"timezone": "indian/reunion", "csrf_token": token}
    )
    assert answer.status_code == 302
    page = client.get("/compte/").text
    assert 'value="Indian/Reunion"' in page and "UTC+4" in page
    assert "UTC+4" not in sqlite_client_of("bob").get("/compte/").text


def test_an_instant_is_typed_on_the_clocks_it_is_shown_on(sqlite_app):
    from base.basics.i18n import know_reader
    from base.face.views.forms import LocalDateTimeField

    class Form(wtforms.Form):
        at = LocalDateTimeField("at")

    noon = datetime(2026, 7, 14, 12, 0, tzinfo=UTC)
    for zone, typed in (("Indian/Reunion", "2026-07-14T16:00"), (None, "2026-07-14T14:00")):
        with sqlite_app.test_request_context("/"):
            know_reader("en", zone)
            assert Form(data={"at": noon}).at._value() == typed
            assert Form(MultiDict({"at": typed})).at.data == noon


def test_a_zone_that_is_not_the_authoritys_is_named(sqlite_app):
    from base.basics import formats
    from base.basics.i18n import know_reader

    noon = datetime(2026, 7, 14, 12, 0, tzinfo=UTC)
    shown = {}
    for zone in ("Indian/Reunion", "Europe/Brussels", "America/St_Johns", "UTC", None):
        with sqlite_app.test_request_context("/"):
            know_reader("fr", zone)
            shown[zone] = formats.instant(noon).replace("\u00a0", " ")
    assert shown == {
        "Indian/Reunion": "14/07/2026 16:00 UTC+4",
        "Europe/Brussels": "14/07/2026 14:00",
        "America/St_Johns": "14/07/2026 09:30 UTC\u22122:30",
        "UTC": "14/07/2026 12:00 UTC",
        None: "14/07/2026 14:00",
    }


def test_the_working_day_is_the_authoritys_whoever_reads(sqlite_app, monkeypatch):
    from base.basics import clock
    from base.basics.i18n import know_reader

    late = datetime(2026, 7, 14, 21, 30, tzinfo=UTC)  # 23:30 in Paris, tomorrow in La Réunion
    monkeypatch.setattr(clock, "now", lambda: late)
    with sqlite_app.test_request_context("/"):
        know_reader("fr", "Indian/Reunion")
        assert clock.today() == date(2026, 7, 14)
        sqlite_app.config["BABEL_DEFAULT_TIMEZONE"] = "Indian/Reunion"
        try:
            assert clock.today() == date(2026, 7, 15), "the zone of the settings decides"
        finally:
            sqlite_app.config["BABEL_DEFAULT_TIMEZONE"] = "Europe/Paris"


def test_what_is_kept_and_printed_is_the_same_whoever_asks(sqlite_app):
    from base.basics import formats
    from base.basics.i18n import _, _l, for_everyone, kept, know_reader, language, zone

    noon = datetime(2026, 7, 14, 12, 0, tzinfo=UTC)
    with sqlite_app.test_request_context("/"):
        know_reader("en", "Indian/Reunion")
        assert _("Enregistrer") == "Save"
        assert kept(_l("Archivé : %(r)s", r="vendu")) == "Archivé\u00a0: vendu"
        assert kept(lambda: formats.instant(noon)) == "14/07/2026\u00a014:00"
        with for_everyone():
            assert (language(), str(zone()), _("Enregistrer")) == (
                "fr",
                "Europe/Paris",
                "Enregistrer",
            )
        assert (language(), str(zone())) == ("en", "Indian/Reunion")


def test_an_exported_list_has_the_words_of_its_reader_and_one_form(sqlite_client_of, sqlite_app):
    """Separators, decimal marks, days and the time zone are those of the file, for everybody."""
    from base.rules.rights.actors import job_session
    from patrimoine.services import create

    with job_session((1,), "user:2", "test") as session:
        create(
            session,
            "vehicle",
            entity_id=1,
            code="V-1",
            name="Benne",
            on=date(2026, 7, 14),
            acquisition_cost_eur=Decimal("1234.50"),
            acquired_on=date(2026, 7, 14),
        )
    path = "/assetview/export/csv?cols=code,kind,acquisition_cost_eur,acquired_on,archived_on"
    client = sqlite_client_of("alice")
    french = client.get(path).get_data(as_text=True)
    token = engines.csrf(client, "/compte/")
    client.post(
        "/compte/affichage",
        data={"language": "en", "timezone": "Indian/Reunion", "csrf_token": token},
    )
    english = client.get(path).get_data(as_text=True)
    assert "V-1;Véhicule;1234,50;14/07/2026" in french
    assert "V-1;Vehicle;1234,50;14/07/2026" in english
    assert "Nature" in french.splitlines()[0] and "Kind" in english.splitlines()[0]


def test_a_form_of_an_english_reader_takes_a_point_and_refuses_a_doubt(sqlite_client_of):
    client = sqlite_client_of("alice")
    token = engines.csrf(client, "/compte/")
    client.post("/lang/en", data={"csrf_token": token})

    def sent(cost: str):
        return client.post(
            "/vehicleview/add",
            data={"name": "Truck", "acquisition_cost_eur": cost, "csrf_token": token},
        )

    refused = sent("1,234")
    assert refused.status_code == 422
    assert "“1,234” can be read in two ways: write 1234 or 1.234." in refused.text
    taken = sent("1,234.50")
    assert taken.status_code == 302, taken.text
    edit = client.get(taken.headers["Location"].replace("/show/", "/edit/")).text
    assert 'value="1234.50"' in edit


def test_french_sentences_have_no_break_spaces_and_values_keep_their_own(sqlite_app):
    from base.basics.i18n import _, _l, headed, listed, ngettext, quoted, said_again, speaking

    with sqlite_app.test_request_context("/"):
        assert _("Ce champ : « %(v)s » ?", v="a : b ; c") == (
            "Ce champ\u00a0: «\u00a0a : b ; c\u00a0»\u00a0?"
        )
        assert str(_l("Déjà fait !")) == "Déjà fait\u00a0!"
        assert ngettext("%(num)d bien : « a »", "%(num)d biens : « a »", 7450) == (
            "7\u00a0450 biens\u00a0: «\u00a0a\u00a0»"
        )
        assert headed("Nom", "a ; b") == "Nom\u00a0: a ; b"
        assert listed(["a", "b"]) == "a\u00a0; b"
        assert quoted("a : b") == "«\u00a0a : b\u00a0»"
        assert said_again("vendu : cher") == "vendu : cher"
        # What is code, or stands so already, is as it was.
        for text in ("a\u00a0: b", 'href="?a=1"', "python3 run.py x --a=b:c", "12:30", "«\u00a0»"):
            assert spaced(text) == text
        assert spaced('<a href="?q=1" style="a:b">') == '<a href="?q=1" style="a:b">'
        template = '<b title="{{ _("Où ?") }}">{{ _("Nom : %(n)s", n="<i> : ") }}</b>'
        assert render_template_string(template) == (
            '<b title="Où\u00a0?">Nom\u00a0: &lt;i&gt; : </b>'
        )
    with sqlite_app.test_request_context("/"), speaking("en"):
        assert headed("Name", "a ; b") == "Name: a ; b"
        assert ngettext("%(num)d bien", "%(num)d biens", 7450) == "7,450 assets"
