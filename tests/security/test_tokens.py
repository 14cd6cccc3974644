"""Tokens that nobody gave: another key, no key, odd claims, another audience, too late."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import jwt
import pytest

from tests.security.site import Site, faults

PATH = "/api/v1/building/"


def _claims(site: Site) -> dict[str, Any]:
    token = site.tokens["alice"]["Authorization"].partition(" ")[2]
    return dict(jwt.decode(token, options={"verify_signature": False}))


def _signed(site: Site, **changed: Any) -> str:
    key = site.app.config["JWT_SECRET_KEY"]
    claims = {k: v for k, v in {**_claims(site), **changed}.items() if v is not ...}
    return jwt.encode(claims, key, algorithm="HS256")


def _part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _with(site: Site, token: str) -> Any:
    return site.send("GET", PATH, headers={"Authorization": f"Bearer {token}"})


def test_a_token_of_ours_opens(site: Site) -> None:
    """Else every refusal below would prove nothing."""
    assert _with(site, _signed(site)).status == 200


@pytest.mark.parametrize(
    "subject",
    [
        *("", "0", "-1", "1e1", "1.0", " 1", "1 ", "٣", "²", "1\x00", "None", "admin", "1;2"),
        *(str(2**31), str(2**63), "9" * 400, None, 1, 1.5, True, [1], {"a": 1}),
    ],
)
def test_an_odd_subject_is_401(site: Site, subject: Any) -> None:
    key = site.app.config["JWT_SECRET_KEY"]
    claims = {**_claims(site), "sub": subject}
    head = _part({"alg": "HS256", "typ": "JWT"})
    unsigned = f"{head}.{_part(claims)}"
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(
        unsigned.encode(), key.encode()
    )
    token = f"{unsigned}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
    answer = _with(site, token)
    assert answer.status == 401 and faults(answer, "alice") == []
    refreshed = site.send(
        "POST", "/api/v1/security/refresh", headers={"Authorization": f"Bearer {token}"}
    )
    assert refreshed.status in (401, 429) and faults(refreshed, "alice") == []


@pytest.mark.parametrize(
    "changed",
    [
        {"exp": int(time.time()) - 60},
        {"nbf": int(time.time()) + 3600},
        {"type": "refresh"},
        {"type": "x"},
        {"epoch": 999},
        {"epoch": None},
        {"sid": "0" * 32},
        {"sid": ...},
        {"sid": ["a"]},
        {"sub": ...},
        {"jti": ...},
        {"exp": "soon"},
        {"iat": "yesterday"},
        {"csrf": {"a": 1}},
    ],
)
def test_odd_claims_open_nothing(site: Site, changed: dict[str, Any]) -> None:
    answer = _with(site, _signed(site, **changed))
    assert faults(answer, "alice") == []
    if set(changed) - {"jti", "csrf"}:
        assert answer.status in (401, 422), answer.text


def test_no_key_and_another_key_open_nothing(site: Site) -> None:
    claims = _claims(site)
    tokens = [
        f"{_part({'alg': alg, 'typ': 'JWT'})}.{_part(claims)}." for alg in ("none", "None", "nOnE")
    ]
    tokens += [
        jwt.encode(claims, "another-key-of-thirty-two-bytes-or-more", algorithm="HS256"),
        jwt.encode(claims, site.app.config["JWT_SECRET_KEY"], algorithm="HS512"),
        jwt.encode({**claims, "aud": "autre"}, "x" * 40, algorithm="HS256"),
        "a.b.c",
        "..",
        "",
        "x" * 7000,
        "ouv_" + "x" * 400,
        "é" * 10,
        _part({"alg": "HS256", "kid": "../../keys.json"}) + "." + _part(claims) + ".x",
    ]
    for token in tokens:
        try:
            answer = _with(site, token)
        except UnicodeEncodeError:
            continue  # no header holds it
        assert answer.status in (401, 422, 431), (token[:60], answer.status)
        assert faults(answer, "alice") == []


def test_a_cookie_opens_no_resource_and_a_token_no_screen(site: Site) -> None:
    assert site.send("GET", PATH, headers=site.cookies["alice"]).status == 401
    page = site.send("GET", "/assetview/list/", headers=site.tokens["alice"])
    assert page.status in (302, 401, 403)
