"""Two people on one asset, whose form has days, numbers and choices left empty."""

from __future__ import annotations

import html
import re
from datetime import date

import pytest

from base.rules.rights.actors import job_session
from patrimoine.models import Asset
from patrimoine.services import assets
from tests.base.test_conflicts import fields


@pytest.fixture
def boiler(app):
    with job_session((1,), "user:1") as session:
        row = assets.create(
            session, "equipment", entity_id=1, name="Chaudière", on=date(2025, 1, 1)
        )
        return row.id


def opened(client, number):
    """The whole form as a browser sends it back."""
    page = client.get(f"/equipmentview/edit/{number}").text
    found = fields(page)
    for name, words in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)</textarea>', page):
        found[name] = html.unescape(words).strip()
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'<option[^>]*selected[^>]*value="([^"]*)"', options)
        chosen = chosen or re.search(r'<option[^>]*value="([^"]*)"[^>]*selected', options)
        chosen = chosen or re.search(r'<option[^>]*value="([^"]*)"', options)
        found[name] = chosen[1] if chosen else ""
    return found


def sent(client, number, form, **changes):
    return client.post(f"/equipmentview/edit/{number}", data={**form, **changes})


def test_only_what_differs_is_listed(client_of, boiler):
    alice, other = client_of("alice"), client_of("admin")
    mine, theirs = opened(alice, boiler), opened(other, boiler)
    assert sent(other, boiler, theirs, notes="Vue mardi").status_code == 302
    answer = sent(alice, boiler, mine, brand="Viessmann")
    assert answer.status_code == 409 and "Vue mardi" in answer.text
    said = answer.text[answer.text.index('id="ov-conf-t"') :].partition("</section>")[0]
    words = html.unescape(re.sub(r"<[^>]+>", " ", said))
    assert "vide" in words  # what the notes were
    assert said.count("<li>") == 1 and "Année" not in words and "Mis en service" not in words
    assert "take." not in answer.text


def test_the_same_form_sent_again_is_done(client_of, boiler):
    """The answer was lost: whoever sends the same again is told that it is kept."""
    alice = client_of("alice")
    form = opened(alice, boiler)
    for _time in range(2):
        answer = sent(alice, boiler, form, brand="Viessmann")
        assert answer.status_code == 302
    with job_session((1,), "user:1", readonly=True) as session:
        assert session.get_one(Asset, boiler).brand == "Viessmann"
