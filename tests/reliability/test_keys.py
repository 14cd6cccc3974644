"""Each POST that books, numbers or moves: twenty at once, cut after the commit, another body (T15).

That every POST of the API keeps its key, and that every resource is made once per key, is swept
over in ``tests/test_sweep_versions.py``; here the answer is lost and the crowd is real.
"""

from __future__ import annotations

import io
import json

import pytest
from sqlalchemy import event, inspect, text

from tests.faults import cases
from tests.reliability.crowd import Fork, at_once, rest

#: Written by asking, not by the effect.
ASIDE = {"base_idempotency", "base_sign_in", "base_login_attempt"}
CROWD = 20
DAY = "2026-11-23"


def script(known):
    """What is posted, in an order in which each is allowed: path, body, name of what it makes.

    ``{name}`` in a path or a body is the number of what was made under that name.
    """
    a, order, again = "{asset}", "work_order/{order}", "work_order/{again}"
    return [
        ("site/", {"name": "Site des Tilleuls"}, "site"),
        ("building/", {"name": "École"}, "asset"),
        (f"asset/{a}/move", {"parent_id": "{site}"}, None),
        (f"asset/{a}/tag", {}, None),
        (f"asset/{a}/geometry", {"geometry": {"type": "Point", "coordinates": [2.5, 48.5]}}, None),
        ("partner/", {"code": "T1", "name": "Tiers"}, None),
        ("agent/", {"code": "9", "first_name": "Nadia", "last_name": "Ferhat"}, "agent"),
        ("agent/{agent}/rate", {"hourly_rate_eur": "30.00", "valid_from": "2026-01-01"}, None),
        ("store/", {"code": "M", "name": "Magasin"}, "store"),
        ("item/", {"code": "J", "name": "Joint"}, "item"),
        (
            "store/{store}/receive",
            {"item_id": "{item}", "quantity": "100", "unit_cost_eur": "2.0000"},
            None,
        ),
        (
            "store/{store}/adjust",
            {"item_id": "{item}", "counted": "99", "reason": "un perdu"},
            None,
        ),
        ("service_request/", {"asset_id": a, "title": "Fuite"}, "asked"),
        ("service_request/{asked}/accept", {}, None),
        ("service_request/", {"asset_id": a, "title": "Bruit"}, "refused"),
        ("service_request/{refused}/refuse", {"reason": "rien entendu"}, None),
        ("work_order/", {"asset_id": a, "title": "Fuite"}, "order"),
        (f"{order}/plan", {"planned_on": DAY}, None),
        (f"{order}/start", {}, None),
        (f"{order}/labour", {"agent_id": "{agent}", "hours": "2", "date_on": DAY}, "labour"),
        ("labour/{labour}/correct", {"hours": "3"}, "corrected"),
        ("labour/{corrected}/reverse", {}, None),
        (
            f"{order}/part",
            {"item_id": "{item}", "store_id": "{store}", "quantity": "3", "date_on": DAY},
            "part",
        ),
        ("part_use/{part}/reverse", {}, None),
        (
            f"{order}/expense",
            {
                "supplier": "Durand",
                "label": "Pompe",
                "amount_ht_eur": "100.00",
                "vat_rate": "20",
                "date_on": DAY,
            },
            "expense",
        ),
        ("expense/{expense}/reverse", {}, None),
        (f"{order}/pause", {}, None),
        (f"{order}/start", {}, None),
        (f"{order}/finish", {}, None),
        (f"{order}/validate", {}, None),
        (f"{order}/reopen", {"reason": "elle fuit encore"}, None),
        ("work_order/", {"asset_id": a, "title": "Autre"}, "again"),
        (f"{again}/cancel", {"reason": "inutile"}, None),
        (
            "delivery_point/",
            {"asset_id": a, "reference": "30001234567890", "energy_kind": "electricity"},
            "point",
        ),
        (
            "report_run/",
            {
                "code": "cost",
                "format": "csv",
                "params": {"start": "2026-01-01", "end": "2027-01-01"},
            },
            None,
        ),
    ]


def filled(value, names):
    """A path or body with the numbers of what was made."""
    if isinstance(value, str):
        if value.startswith("{") and value.endswith("}"):
            return names[value[1:-1]]
        return value.format(**names) if "{" in value else value
    if isinstance(value, dict):
        return {k: filled(v, names) for k, v in value.items()}
    return value


def rows(app):
    """How many rows each table has."""
    from base.store.database import db

    with app.app_context():
        with db.engine.connect() as connection:
            found = {
                name: connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one()
                for name in inspect(connection).get_table_names()
                if name not in ASIDE
            }
        db.engine.dispose()
    return found


def post(app, known, path, body, key):
    """One request; status, content and whether it was a repeat."""
    headers = {**known["headers"], "Idempotency-Key": key}
    answer = app.test_client().post(f"/api/v1/{path}", json=body, headers=headers)
    said = answer.get_json(silent=True)
    return [answer.status_code, said, answer.headers.get("Idempotency-Replayed")]


class Cut(BaseException):
    """The process is gone."""


def lost(app, known, path, body, key):
    """A request whose process dies between its commit and its answer."""
    from base.rules.rights.rules import PersonSession

    def cut(session):
        if getattr(session, "wanted", False):
            raise Cut

    event.listen(PersonSession, "after_commit", cut)
    try:
        return ["answered", post(app, known, path, body, key)]
    except Cut:
        return ["cut"]


@pytest.mark.slow
def test_one_key_is_one_effect_whatever_happens_to_the_answer(site):
    known = cases.prepare(site.app)
    names, wrong = {}, []
    posts = script(known)
    for n, (path, body, name) in enumerate(posts):
        path, body = filled(path, names), filled(body, names)
        if path.count("/") == 1 and "asset_id" not in body and path != "report_run/":
            body = {"entity_id": 1, **body}
        key = f"clé-{n}".encode().hex()
        rest(site.app)
        before = rows(site.app)
        cut = Fork(lost, site.app, known, path, body, key).result()
        after = rows(site.app)
        if cut != ["cut"] or after == before:
            wrong.append(f"{path}: {cut}, nothing written")
            break
        answers = at_once(
            site.app,
            [lambda p=path, b=body, k=key: post(site.app, known, p, b, k)] * CROWD,
        )
        if len({json.dumps(a) for a in answers}) != 1 or answers[0][0] not in (200, 201, 202):
            wrong.append(f"{path}: {answers[:3]}")
        if answers[0][2] != "true":
            wrong.append(f"{path}: not a repeat: {answers[0]}")
        other = post(site.app, known, path, {**body, "autre": 1}, key)
        if other[0] != 422:
            wrong.append(f"{path}: another body was {other[0]}")
        rest(site.app)
        if rows(site.app) != after:
            wrong.append(f"{path}: more than one effect")
        if name is not None:
            names[name] = answers[0][1]["id"]
    assert wrong == []
    print(f"T15: {len(posts)} posts, each cut, then {CROWD} at once, then another body")


@pytest.mark.slow
def test_twenty_first_requests_at_once_are_one(site):
    """Nobody has been answered yet: one does the work, the others wait for its answer."""
    known = cases.prepare(site.app)
    body = {"asset_id": known["asset"], "title": "Fuite"}
    rest(site.app)
    before = rows(site.app)
    answers = at_once(
        site.app, [lambda: post(site.app, known, "work_order/", body, "k" * 32)] * CROWD
    )
    assert {a[0] for a in answers} == {201}, answers[0]
    assert len({a[1]["id"] for a in answers}) == 1
    after = rows(site.app)
    assert after["interventions_work_order"] == before["interventions_work_order"] + 1


@pytest.mark.slow
def test_a_file_sent_twice_under_one_key_is_one_document(site):
    known = cases.prepare(site.app)

    def send(content=b"%PDF-1.4\nbonjour\n%%EOF"):
        data = {
            "record": "asset",
            "record_id": str(known["asset"]),
            "file": (io.BytesIO(content), "plan.pdf"),
        }
        headers = {**known["headers"], "Idempotency-Key": "fichier"}
        answer = site.app.test_client().post("/api/v1/document/", data=data, headers=headers)
        return [answer.status_code, (answer.get_json() or {}).get("id")]

    rest(site.app)
    answers = at_once(site.app, [send] * CROWD)
    assert len({tuple(a) for a in answers}) == 1 and answers[0][0] == 201
    assert send(b"%PDF-1.4\nautre\n%%EOF")[0] == 422
