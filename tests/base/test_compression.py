"""What goes over the wire: files compressed once, pages compressed without betraying a secret."""

from __future__ import annotations

import gzip

import pytest

from base.engine.edge.compression import PADDING, padded

TAKES = {"Accept-Encoding": "gzip, deflate, br"}
SHEET = "/static/vendor/tabler/tabler.min.css"


@pytest.fixture
def browser(sqlite_client_of):
    return sqlite_client_of(None)


def test_a_file_is_sent_small_to_whoever_takes_it_so(browser):
    whole, small = browser.get(SHEET), browser.get(SHEET, headers=TAKES)
    assert small.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in whole.headers
    assert len(small.data) == int(small.headers["Content-Length"]) < 85_000 < len(whole.data)
    assert gzip.decompress(small.data) == whole.data
    for answer in (whole, small):
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.mimetype == "text/css"
    assert whole.headers["ETag"] != small.headers["ETag"]


@pytest.mark.parametrize("headers", [{}, TAKES])
def test_each_form_is_known_again_by_its_own_tag(browser, headers):
    tag = browser.get(SHEET, headers=headers).headers["ETag"]
    again = browser.get(SHEET, headers={**headers, "If-None-Match": tag})
    assert again.status_code == 304 and again.data == b""
    other = TAKES if not headers else {}
    assert browser.get(SHEET, headers={**other, "If-None-Match": tag}).status_code == 200


def test_the_question_of_its_size_is_answered_as_the_file_is(browser):
    small = browser.get(SHEET, headers=TAKES)
    head = browser.head(SHEET, headers=TAKES)
    assert head.headers["Content-Length"] == small.headers["Content-Length"] and not head.data


def test_pictures_and_fonts_are_sent_as_they_are(browser):
    font = browser.get("/static/fonts/plain-sans-400.woff2", headers=TAKES)
    assert font.status_code == 200 and "Content-Encoding" not in font.headers


def test_files_of_modules_too_and_nothing_outside_of_a_folder(browser):
    sheet = browser.get("/static-patrimoine/patrimoine/map.css", headers=TAKES)
    assert sheet.headers["Content-Encoding"] == "gzip"
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/js", "/static/rien.css"):
        assert browser.get(path).status_code == 404


@pytest.mark.parametrize("said", ["none", "same-origin"])
def test_a_page_that_the_person_asked_for_is_sent_small(browser, said):
    page = browser.get("/login/?next=/x", headers={**TAKES, "Sec-Fetch-Site": said})
    assert page.headers["Content-Encoding"] == "gzip"
    assert "Se connecter" in gzip.decompress(page.data).decode()
    assert "Accept-Encoding" in page.headers["Vary"] and len(page.data) < 8000


@pytest.mark.parametrize("said", ["cross-site", "same-site"])
def test_a_page_that_another_site_asks_for_is_not(browser, said):
    page = browser.get("/login/", headers={**TAKES, "Sec-Fetch-Site": said})
    assert "Content-Encoding" not in page.headers and "Se connecter" in page.text


def test_without_a_word_of_the_browser_only_what_reflects_nothing_is(browser):
    assert browser.get("/login/", headers=TAKES).headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in browser.get("/login/?next=/x", headers=TAKES).headers


def test_the_length_of_a_page_is_not_that_of_its_words():
    page = b"<p>secret</p>" * 200
    packed = [padded(page) for _n in range(300)]
    assert {gzip.decompress(one) for one in packed} == {page}
    lengths = {len(one) for one in packed}
    assert len(lengths) > 40 and max(lengths) - min(lengths) < PADDING
