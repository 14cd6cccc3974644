"""What every answer carries, where a browser may be sent, what needs a token (T7); errors (C8)."""

from __future__ import annotations

import re

import pytest

from base.engine.edge.paths import safe_path
from base.papers.files.static_files import static_url
from tests import engines
from tests.sweeps import fill

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


# --- headers --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "method, path, status",
    [
        ("GET", "/", 200),
        ("GET", "/partnerview/list/", 200),
        ("GET", "/rien", 404),
        ("GET", "/users/list/", 403),
        ("POST", "/partnerview/delete/1", 400),
        ("DELETE", "/", 405),
        ("GET", "/api/v1/partner/", 401),
        ("GET", "/api/v1/rien/", 404),
        ("GET", "/health", 200),
        ("GET", "/back?next=/carte/", 302),
    ],
)
def test_every_answer_carries_the_headers(sqlite_client_of, method, path, status):
    answer = sqlite_client_of("alice").open(path, method=method)
    assert answer.status_code == status
    for name, value in HEADERS.items():
        assert answer.headers[name] == value, name
    policy = answer.headers["Content-Security-Policy"]
    for part in (
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
        "style-src 'self'",
    ):
        assert part in policy
    assert "unsafe-eval" not in policy and "script-src 'self' 'nonce-" in policy
    assert "camera=(self)" in answer.headers["Permissions-Policy"]
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-Id"])
    assert "Server" not in answer.headers or "Werkzeug" not in answer.headers["Server"]


def test_a_nonce_serves_once(sqlite_client_of):
    client = sqlite_client_of("alice")
    first, second = (
        re.search(r"'nonce-([^']+)'", client.get("/").headers["Content-Security-Policy"]).group(1)
        for _n in range(2)
    )
    assert first != second and len(first) >= 20


def test_static_files_may_be_kept_under_their_own_digest(sqlite_app, sqlite_client_of):
    with sqlite_app.test_request_context():
        right = static_url("icons.svg")
    kept = "public, max-age=31536000, immutable"
    wanted = {
        right: kept,
        "/static/icons.svg": kept,
        "/static/icons.svg?v=0123456789": "no-cache",  # of a version that is not here
        "/static/nothing.svg?v=0123456789": "no-store",
        "/static-patrimoine/nothing.css": "no-store",
    }
    client = sqlite_client_of(None)
    for address, expected in wanted.items():
        answer = client.get(address, buffered=True)
        assert answer.headers["Cache-Control"] == expected, address


# --- host, cookies, landing -----------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io"])
def test_another_host_is_refused(sqlite_client_of, host):
    answer = sqlite_client_of(None).get("/login/", headers={"Host": host})
    assert answer.status_code == 400 and host not in answer.get_data(as_text=True)


def test_the_cookie_is_locked_up(sqlite_client_of):
    client = sqlite_client_of("alice")
    cookie = client.get_cookie("ouvrage")
    assert cookie.http_only and cookie.same_site == "Lax" and not cookie.secure
    client.get("/")
    assert client.get("/").headers.get("Set-Cookie") is None, "not written at every page"


BAD = [
    "//evil.example",
    "https://evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil",
    "javascript:alert(1)",
    "data:text/html,x",
    "/\t/evil.example",
    "/\n/evil",
    "evil.example",
    "http:evil",
    "",
    " //evil.example",
    "/%0a\x00",
    "http://localhost@evil.example/",
    "/" + "x" * 3000,
]


@pytest.mark.parametrize("target", BAD)
def test_only_a_path_of_ours_is_a_landing(target):
    assert safe_path(target) is None


def test_a_path_of_ours_is_kept():
    assert safe_path("/carte/?q=a&b=//c") == "/carte/?q=a&b=//c"


@pytest.mark.parametrize("target", BAD)
def test_nobody_is_sent_away(sqlite_client_of, target):
    client = sqlite_client_of(None)
    token = engines.csrf(client, "/login/")
    data = {"username": "alice", "password": engines.PASSWORD, "csrf_token": token}
    landed = client.post("/login/", data=data, query_string={"next": target})
    again = client.get("/login/", query_string={"next": target})
    back = client.get("/back", query_string={"next": target})
    lang = client.post(
        "/lang/en", data={"next": target, "csrf_token": engines.csrf(client, "/compte/")}
    )
    # No database keeps a NUL: a form that holds one is refused, and nobody is sent anywhere.
    refused = [lang] if "\0" in target else []
    assert [answer.status_code for answer in refused] == [422] * len(refused)
    for answer in (landed, again, back, *([] if refused else [lang])):
        assert answer.status_code == 302 and answer.headers["Location"] == "/", target


def test_a_stranger_comes_back_where_they_wanted(sqlite_client_of):
    client = sqlite_client_of(None)
    asked = client.get("/partnerview/list/?q=a").headers["Location"]
    assert asked.startswith("/login/?next=")
    client.get("/partnerview/list/?q=b")  # another part of the page, as signed out as the first
    page = client.get(asked).text
    assert "la page demandée s’ouvrira aussitôt" in page
    assert 'role="alert"' not in page and "refusé" not in page
    assert "la page demandée" not in client.get("/login/").text
    token = engines.csrf(client, asked)
    data = {"username": "alice", "password": engines.PASSWORD, "csrf_token": token}
    assert client.post(asked, data=data).headers["Location"] == "/partnerview/list/?q=a"


# --- CSRF -----------------------------------------------------------------------------------


def test_every_change_by_a_browser_needs_its_token(sqlite_app, sqlite_client_of):
    """Without it, with a wrong one, with another browser's: 400, whoever asks."""
    alice, other = sqlite_client_of("alice"), engines.csrf(sqlite_client_of("bob"), "/compte/")
    wrong, tried = [], 0
    for rule in sqlite_app.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            continue
        for method in rule.methods - {"GET", "HEAD", "OPTIONS"}:
            path = fill(rule, 1)
            for data in ({}, {"csrf_token": "x"}, {"csrf_token": other}):
                answer = alice.open(path, method=method, data=data)
                tried += 1
                if answer.status_code != 400 or "Rechargez-la" not in answer.get_data(as_text=True):
                    wrong.append(f"{method} {path} {answer.status_code}")
                if rule.endpoint.endswith((".action", ".message", ".delete", ".edit", ".add")):
                    break  # one class for all: once is enough
    assert not wrong, "\n".join(wrong)
    assert alice.get("/compte/").status_code == 200, "still signed in"
    print(f"{tried} requests without a good token")


def test_no_screen_is_exempt(sqlite_app):
    csrf = sqlite_app.extensions["csrf"]
    exempt = {b.name if hasattr(b, "name") else b for b in csrf._exempt_blueprints}
    assert all(name.endswith("Api") for name in exempt), exempt
    assert not csrf._exempt_views


# --- errors ---------------------------------------------------------------------------------

HOSTILE_PATHS = [
    ("GET", "/api/v1/asset/abc"),
    ("PUT", "/api/v1/asset/abc"),
    ("GET", "/api/v1/asset/99999999999999999999999999"),
    ("DELETE", "/api/v1/asset/-1"),
    ("GET", "/api/v1/asset/1.5"),
    ("GET", "/api/v1/asset/%00"),
    ("GET", "/api/v1/"),
    ("POST", "/api/v1/asset/1"),
    ("PATCH", "/api/v1/asset/"),
    ("GET", "/api/v1/asset/?q=(page:zz)"),
    ("GET", "/api/v1/asset/?q=(page:-5,page_size:99999999999999999999)"),
    ("GET", "/api/v1/asset/?q=" + "(" * 4000),
    ("GET", "/api/v1/asset/?q=!((((("),
    ("GET", "/api/v1/asset/?q=(filters:!((col:id,opr:eq,value:(a:b))))"),
    ("GET", "/api/v1/asset/?q=(filters:!((col:id,opr:eq,value:999999999999999999999999)))"),
    ("GET", "/api/v1/asset/?q=(filters:!((col:code,opr:sw,value:!n)))"),
    ("GET", "/api/v1/asset/?q=(filters:!((col:name,opr:ct,value:1)))"),
    ("GET", "/api/v1/asset/?q=(order_column:id,order_direction:'; drop')"),
    ("GET", "/api/v1/asset/?q=(columns:!(id,id,rien))"),
    ("GET", "/api/v1/asset/?q=%00%01"),
    ("GET", '/api/v1/asset/?q={"page":1e400}'),
    ("GET", "/api/v1/asset/?" + "a=1&" * 3000),
]


@pytest.mark.parametrize("method, path", HOSTILE_PATHS)
def test_hostile_addresses_get_a_plain_error_object(sqlite_api_of, method, path):
    answer = sqlite_api_of("alice")(method, path, headers={"If-Match": "*"})
    assert answer.status_code in (200, 400, 403, 404, 405, 414, 422, 428), answer.status_code
    if answer.status_code == 200:
        return
    assert answer.is_json, answer.get_data(as_text=True)[:200]
    said = answer.get_json()
    assert said["code"] == answer.status_code and said["message"] and said["request_id"]
    assert not re.search(r"Traceback|SELECT |sqlalchemy|psycopg|File \"", str(said))


def test_a_text_for_a_number_is_404(sqlite_api_of):
    answer = sqlite_api_of("alice")("GET", "/api/v1/asset/abc")
    assert answer.status_code == 404 and answer.get_json()["code"] == 404


@pytest.mark.parametrize(
    "body, kind",
    [
        (b"[" * 200_000, "application/json"),
        (b'{"a":' * 100_000, "application/json"),
        (b"{", "application/json"),
        (b'{"name": "\xff\xfe"}', "application/json"),
        (b'{"name": 1e999, "code": NaN}', "application/json"),
        (b"x" * 1_100_000, "application/json"),
        (b"name=x", "application/x-www-form-urlencoded"),
        (b'{"name": ' + b"9" * 5000 + b"}", "application/json"),
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/partner/", "/api/v1/security/login"])
def test_hostile_bodies_get_a_plain_error_object(sqlite_api_of, path, body, kind):
    answer = sqlite_api_of("alice")("POST", path, data=body, content_type=kind)
    assert answer.status_code in (400, 413, 422), answer.status_code
    assert answer.get_json()["code"] == answer.status_code and answer.get_json()["message"]


def test_a_bug_says_its_number_and_nothing_else(sqlite_app, sqlite_client_of, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("SELECT secret FROM ab_user")

    monkeypatch.setitem(sqlite_app.view_functions, "PartnerApi.get_list", broken)
    monkeypatch.setitem(sqlite_app.view_functions, "PartnerView.list", broken)
    client = sqlite_client_of("alice")
    for path in ("/api/v1/partner/", "/partnerview/list/"):
        answer = client.get(path)
        text = answer.get_data(as_text=True)
        assert answer.status_code == 500 and "secret" not in text and "Runtime" not in text
        assert answer.headers["X-Request-Id"] in text


def test_a_long_question_is_refused(sqlite_client_of):
    client = sqlite_client_of("alice")
    assert client.get("/partnerview/list/?q=" + "a" * 8000).status_code == 200
    assert client.get("/partnerview/list/?q=" + "a" * 8200).status_code == 414


@pytest.mark.parametrize(
    "question",
    [
        "after=zzz",
        "after=%00",
        "after=W10",
        "after=WzFlOTk5LDFd",
        "size=-1",
        "size=abc",
        "order=rien",
        "order=-password",
        "f.code.zz=1",
        "f.code.eq=%00",
        "f.rien.eq=1",
        "f.name.eq=" + "9" * 4000,
        "before=bnVsbA",
        "q=%25%25%5C",
        "q=%F0%9F%A6%A9",
        "page=1e9",
    ],
)
def test_hostile_questions_to_a_list_are_borne(sqlite_client_of, question):
    client = sqlite_client_of("alice")
    for path in ("/partnerview/list/", "/assetview/list/", "/workorderview/list/"):
        assert client.get(f"{path}?{question}").status_code in (200, 400, 404), path


def test_a_get_changes_nothing(sqlite_app, sqlite_client_of):
    """No route that takes GET writes a row, for whoever may open it."""
    from sqlalchemy import func, select

    from base.store.database import Model, db

    def counts():
        with db.engine.connect() as connection:
            return {
                t.name: connection.scalar(select(func.count()).select_from(t))
                for t in Model.metadata.sorted_tables
            }

    admin = sqlite_client_of("admin")
    before = counts()
    for rule in sqlite_app.url_map.iter_rules():
        if "GET" in rule.methods and not rule.endpoint.endswith("static"):
            admin.get(fill(rule, 1))
    after = counts()
    assert after == before


# --- a session that ended -------------------------------------------------------------------

FORM = "/partnerview/edit/1"


@pytest.mark.parametrize(
    ("referer", "led"),
    [
        (f"http://localhost{FORM}?a=1", f"/login/?next={FORM}?a%3D1"),
        ("http://localhost//evil.example/", None),
        ("http://evil.example/", None),
        ("http://localhost.evil.example/x", None),
        ("http://localhost@evil.example/x", None),
        ("javascript:alert(1)", None),
        (None, None),
    ],
)
def test_whoever_typed_signs_in_and_comes_back_to_the_form_and_nowhere_else(
    sqlite_client_of, referer, led
):
    headers = {"Referer": referer} if referer else {}
    stranger = sqlite_client_of(None)
    answer = stranger.post(FORM, data={"name": "Perdu"}, headers=headers)
    if led is None:
        assert answer.status_code == 400 and "Location" not in answer.headers
        return
    assert answer.status_code == 302 and answer.headers["Location"] == led
    page = stranger.get(led)
    assert "votre saisie vous attend" in page.get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.get_data(as_text=True))[1]
    entered = stranger.post(
        led, data={"username": "alice", "password": engines.PASSWORD, "csrf_token": token}
    )
    assert entered.headers["Location"] == f"{FORM}?a=1"


def test_a_form_of_which_only_the_token_is_old_leads_back_to_its_page(sqlite_client_of):
    alice = sqlite_client_of("alice")
    answer = alice.post(
        FORM, data={"name": "Perdu"}, headers={"Referer": f"http://localhost{FORM}"}
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "Revenir à votre saisie" in page and f'href="{FORM}"' in page


def test_a_script_is_told_and_led_nowhere(sqlite_client_of):
    headers = {"Referer": f"http://localhost{FORM}", "X-Ouvrage-Form": "1"}
    answer = sqlite_client_of(None).post(FORM, data={"name": "Perdu"}, headers=headers)
    assert answer.status_code == 400
