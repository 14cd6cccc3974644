"""What goes over the wire: files compressed once, pages compressed without betraying a secret."""

from __future__ import annotations

import functools
import gzip
import os
import time

import brotli
import pytest
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from base.engine.edge.compression import PADDING, padded
from base.engine.fork import Fork
from base.papers.files import packed, static_files
from base.processes import web

TAKES = {"Accept-Encoding": "gzip, deflate, br"}
SHEET = "/static/vendor/tabler/tabler.min.css"
UNPACK = {"gzip": gzip.decompress, "br": brotli.decompress}


@pytest.fixture
def browser(sqlite_client_of, monkeypatch):
    """A stranger's, who closes each answer as a server does."""
    client = sqlite_client_of(None)
    monkeypatch.setattr(client, "open", functools.partial(client.open, buffered=True))
    return client


@pytest.fixture
def shelf(sqlite_app):
    """Where the forms of the sheet lie, made once."""
    with sqlite_app.app_context():
        found = static_files.shelf()
    packed.make(found, [sheet_of(sqlite_app)])
    return found


def sheet_of(app):
    (found,) = [p for p in static_files.texts(app) if p.name == "tabler.min.css"]
    return found


@pytest.mark.parametrize("coding, most", [("gzip", 85_000), ("br", 70_000)])
def test_a_file_is_sent_small_to_whoever_takes_it_so(browser, shelf, coding, most):
    whole, small = browser.get(SHEET), browser.get(SHEET, headers={"Accept-Encoding": coding})
    assert small.headers["Content-Encoding"] == coding
    assert "Content-Encoding" not in whole.headers
    assert len(small.data) == int(small.headers["Content-Length"]) < most < len(whole.data)
    assert UNPACK[coding](small.data) == whole.data
    for answer in (whole, small):
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.mimetype == "text/css"
    assert whole.headers["ETag"] != small.headers["ETag"]


@pytest.mark.parametrize("coding", packed.CODINGS)
def test_before_it_is_made_a_process_has_its_own_form_under_another_tag(
    browser, shelf, coding, monkeypatch
):
    takes = {"Accept-Encoding": coding}
    kept = browser.get(SHEET, headers=takes)
    monkeypatch.setattr(packed, "FOLDER", "nowhere")
    own = browser.get(SHEET, headers=takes)
    assert own.headers["Content-Encoding"] == coding
    assert UNPACK[coding](own.data) == UNPACK[coding](kept.data)
    assert own.headers["ETag"] != kept.headers["ETag"]


@pytest.mark.parametrize(
    "said, expected",
    [
        ("gzip, deflate, br", "br"),
        ("br;q=0.8, gzip;q=0.9", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0, *", "gzip"),
        ("br;q=0", None),
        ("gzip;q=0, br;q=0, *", None),
        ("*", "br"),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("deflate", None),
        ("", None),
    ],
)
def test_a_browser_gets_the_form_that_it_likes_best(said, expected):
    assert packed.chosen(parse_accept_header(said, Accept)) == expected


def test_forms_are_made_once_for_all_processes(tmp_path):
    files = [tmp_path / name for name in ("a.css", "b.js")]
    for path in files:
        path.write_text(path.name * 4000)
    shelf, counts = tmp_path / "shelf", os.pipe()

    def make():
        os.write(counts[1], b"x" * packed.make(shelf, files))
        return 0

    assert packed.missing(shelf, files)
    assert [one.wait() for one in [Fork(make) for _n in range(3)]] == [0, 0, 0]
    assert os.read(counts[0], 100) == b"xxxx", "two files in two forms, by one of the three"
    assert not packed.missing(shelf, files)
    for path in files:
        data = path.read_bytes()
        for coding, unpack in UNPACK.items():
            kept = packed.place(shelf, packed.digest_of(data), coding)
            assert unpack(kept.read_bytes()) == data


def test_a_form_that_was_cut_has_no_name_and_old_ones_go(tmp_path, monkeypatch):
    path, shelf = tmp_path / "a.css", tmp_path / "shelf"
    path.write_text("a" * 4000)
    packed.make(shelf, [path])
    former = {p.name for p in shelf.iterdir()}
    path.write_text("b" * 4000)
    with monkeypatch.context() as cut:
        cut.setattr(os, "replace", lambda one, two: (_ for _ in ()).throw(OSError("full")))
        with pytest.raises(OSError, match="full"):
            packed.make(shelf, [path])
    assert packed.missing(shelf, [path])
    assert packed.make(shelf, [path]) == 2
    assert former < {p.name for p in shelf.iterdir()}, "another machine may still serve them"
    month_ago = time.time() - packed.KEPT_SECONDS - 60
    for name in former:
        os.utime(shelf / name, (month_ago, month_ago))
    packed.make(shelf, [path])
    left = {p.name for p in shelf.iterdir()}
    assert left & former == {".lock"} and not packed.missing(shelf, [path])


def test_the_server_makes_what_is_missing_beside_its_start(sqlite_app, monkeypatch, tmp_path):
    few = [sheet_of(sqlite_app)]
    monkeypatch.setattr(static_files, "texts", lambda app: few)
    monkeypatch.setattr(sqlite_app, "instance_path", str(tmp_path))
    begun = time.monotonic()
    maker = web.make_small(sqlite_app)
    assert time.monotonic() - begun < 1 and maker.wait() == 0
    assert web.make_small(sqlite_app) is None, "the next start has nothing to make"


def test_where_the_folder_cannot_be_made_the_start_goes_on(sqlite_app, monkeypatch, tmp_path):
    (tmp_path / packed.FOLDER).write_text("a file where a folder should be")
    monkeypatch.setattr(sqlite_app, "instance_path", str(tmp_path))
    assert web.make_small(sqlite_app).wait() == 0


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
    assert sheet.headers["Content-Encoding"] == "br"
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
