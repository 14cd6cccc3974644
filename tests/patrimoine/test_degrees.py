"""Degrees of a place, typed as people write them."""

from __future__ import annotations

import html

import pytest
from sqlalchemy import select

from base.rules.rights.actors import system_session
from patrimoine.models import Asset
from tests import engines


def _posted(alice, **degrees):
    token = engines.csrf(alice, "/siteview/add")
    data = {"csrf_token": token, "name": "Square", "status": "in_service", **degrees}
    return alice.post("/siteview/add", data=data)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("48,8534", 48.8534), ("48.8534", 48.8534), ("-0,5", -0.5), ("48,853", 48.853)],
)
def test_a_comma_and_a_point_are_both_the_decimal_mark(sqlite_client_of, typed, kept):
    alice = sqlite_client_of("alice")
    made = _posted(alice, latitude=typed, longitude="2,35")
    assert made.status_code == 302, made.get_data(as_text=True)
    with system_session("tests") as session:
        site = session.scalars(select(Asset).where(Asset.name == "Square")).one()
        assert (site.latitude, site.longitude) == (kept, 2.35)
        number = site.id
    page = alice.get(f"/siteview/edit/{number}").get_data(as_text=True)
    assert f'value="{str(kept).replace(".", ",")}"' in page and 'value="2,35"' in page


def test_what_is_no_number_is_said_in_the_words_of_the_house(sqlite_client_of):
    refused = _posted(sqlite_client_of("alice"), latitude="ici", longitude="2")
    page = html.unescape(refused.get_data(as_text=True))
    assert refused.status_code == 422 and "flottant" not in page
    assert 'value="ici"' in page and "Tapez un nombre, par exemple" in page
