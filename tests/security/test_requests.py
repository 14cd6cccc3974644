"""What surrounds a request: its host, where it leads next, who it comes from, what is answered."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.security.site import PEOPLE, Site, faults, some
from tests.sweeps import fill, model_of

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "/%09/evil.example",
    "/\t/evil.example",
    "https:%2f%2fevil.example",
    "@evil.example",
    ".evil.example",
    "/login/?next=//evil.example",
    "data:text/html,x",
]


def _leads_away(where: str) -> bool:
    """Whether a browser, which drops tabs and line breaks, leaves our site for an address."""
    kept = "".join(c for c in where if c > " ").replace("\\", "/")
    return bool(kept) and (not kept.startswith("/") or kept.startswith("//"))


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "localhost.evil.example", "evil.example:80", "localhost:1@evil.example"),
        *("", " ", "[::1]", "127.0.0.1.evil.example", "é.example", "a" * 300, "localhost/../x"),
    ],
)
def test_a_foreign_host_is_in_no_answer(site: Site, host: str) -> None:
    for path in ("/login/", "/", "/api/v1/_openapi", "/t/0000000000000000", "/nowhere"):
        try:
            answer = site.send("GET", path, host=host)
        except UnicodeEncodeError:
            continue  # no header holds it
        assert faults(answer, None) == [], (host, path, answer.status)
        if "evil" in host:
            assert b"evil.example" not in answer.body, path
            assert "evil.example" not in str(answer.headers), path
            assert answer.status == 400, (path, answer.status)


@pytest.mark.parametrize(
    "header",
    [
        "X-Forwarded-Host",
        "X-Forwarded-For",
        "Forwarded",
        "X-Original-URL",
        "X-HTTP-Method-Override",
    ],
)
def test_headers_of_proxies_are_believed_by_nobody(site: Site, header: str) -> None:
    for value in ("evil.example", "host=evil.example", "/users/list/", "DELETE", "127.0.0.1"):
        answer = site.send("GET", "/login/", headers={header: value})
        assert answer.status == 200 and faults(answer, None) == []
        assert b"evil.example" not in answer.body


def test_a_sign_in_leads_to_no_other_site(site: Site) -> None:
    from tests import engines
    from tests.security.site import _cookie, csrf_in

    site.forget_tries()
    for target in some(ELSEWHERE, 5):
        page = site.send("GET", f"/login/?next={quote(target)}")
        sent = {
            "username": "damien",
            "password": engines.PASSWORD,
            "csrf_token": csrf_in(page.text),
            "next": target,
        }
        answer = site.send(
            "POST",
            f"/login/?next={quote(target)}",
            urlencode(sent),
            {"Cookie": _cookie(page), "Content-Type": "application/x-www-form-urlencoded"},
        )
        where = answer.headers.get("Location", "")
        assert answer.status == 302, (target, answer.status, answer.text[-1500:-900])
        assert not _leads_away(where), (target, where)


def test_no_page_leads_to_another_site(site: Site) -> None:
    wrong = []
    for target in some(ELSEWHERE, 3):
        for page in ("/back", "/lang/fr", "/", "/compte/", "/entite/1", "/login/"):
            for name in some(["next", "back", "url", "return"], 2):
                answer = site.ask("alice", "GET", f"{page}?{name}={quote(target)}")
                where = answer.headers.get("Location", "")
                if answer.status in (301, 302, 303, 307, 308) and _leads_away(where):
                    wrong.append(f"{page}?{name}={target} -> {where}")
    assert not wrong, "\n".join(wrong)


def _changing(site: Site) -> list[tuple[str, Any]]:
    return [
        (method, rule)
        for rule in sorted(site.app.url_map.iter_rules(), key=lambda r: (r.rule, r.endpoint))
        for method in sorted(rule.methods & {"POST", "PUT", "PATCH", "DELETE"})
        if not rule.rule.startswith(("/api/", "/static"))
    ]


def test_no_change_without_the_token_of_a_form(site: Site) -> None:
    wrong, tried = [], 0
    for method, rule in _changing(site):
        number = site.ours.get(model_of(site.app, rule.endpoint) or "", 1)
        for token in some(["", "x", site.csrf["damien"]], 1):
            sent = urlencode({"csrf_token": token, "name": "x"})
            answer = site.send(
                method,
                fill(rule, str(number)),
                sent,
                {**site.cookies["alice"], "Content-Type": "application/x-www-form-urlencoded"},
            )
            tried += 1
            wrong += [f"{method} {rule.rule}: {f}" for f in faults(answer, "alice")]
            if answer.status != 400:
                wrong.append(f"{method} {rule.rule} with {token[:3]!r}: {answer.status}")
    assert not wrong, "\n".join(wrong)
    print(f"{tried} forms without a token")


@pytest.mark.parametrize("person", PEOPLE)
def test_every_answer_has_its_headers(site: Site, person: str | None) -> None:
    for path in ("/", "/login/", "/assetview/list/", "/nowhere", "/api/v1/building/", "/t/x"):
        headers = site.ask(person, "GET", path).headers
        policy = headers["Content-Security-Policy"]
        assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0], path
        assert "object-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cache-Control"] == "no-store"
        assert "Python" not in headers.get("Server", "") and "Werkzeug" not in str(headers)


@pytest.mark.parametrize(
    "method", ["TRACE", "CONNECT", "PROPFIND", "DEBUG", "get", "G E T", "X" * 80]
)
def test_odd_methods_do_nothing(site: Site, method: str) -> None:
    import http.client

    try:
        answer = site.send(method, "/assetview/list/", headers=site.cookies["alice"])
    except (http.client.HTTPException, OSError, ValueError):
        return  # the server, or the client, would not have it
    assert answer.status in (400, 403, 404, 405, 501), answer.status
    assert faults(answer, "alice") in ([], ["501"])
