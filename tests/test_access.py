"""Who may open what: every route for six people, against the reviewed table (T1)."""

from __future__ import annotations

from collections import defaultdict

import pytest

from tests import engines
from tests.access_matrix import ACCESS, ACTIONS, NOT_CALLED
from tests.access_rows import verb_rows
from tests.sweeps import fill

#: Letter of the table -> account; nobody signed in for P.
PEOPLE = {
    "P": None,
    "R": "damien",
    "F": "bob",
    "M": "alice",
    "O": "chloe",
    "A": "admin",
}


@pytest.fixture(scope="module")
def app(sqlite_server):
    sqlite_server.reset()
    return sqlite_server.app


def routes(app):
    """Endpoint -> [(method, address)], nothing of another person's."""
    found = defaultdict(list)
    for rule in sorted(app.url_map.iter_rules(), key=lambda r: (r.endpoint, r.rule)):
        if rule.endpoint in NOT_CALLED or rule.endpoint.endswith("static"):
            continue
        if rule.endpoint.endswith((".action", ".action_post")):
            continue  # see the test of actions
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            found[rule.endpoint].append((method, fill(rule)))
    return found


def observe(app, letter):
    """The endpoints that one person may open."""
    name, browser, program = PEOPLE[letter], app.test_client(), app.test_client()
    headers = {}
    if name is not None:
        engines.sign_in(browser, name)
        headers = engines.token_headers(program, name)
    token = engines.csrf(browser, "/login/" if name is None else "/compte/")
    open_ones, faults = set(), []
    for endpoint, calls in routes(app).items():
        said = set()
        for method, path in calls:
            if path.startswith("/api/"):
                extra = {"json": {}} if method in ("POST", "PUT") else {}
                answer = program.open(path, method=method, headers=headers, **extra)
            elif method == "GET":
                answer = browser.get(path)
            else:
                answer = browser.open(path, method=method, data={"csrf_token": token})
            closed = answer.status_code in (401, 403) or (
                answer.status_code == 302 and answer.headers["Location"].startswith("/login")
            )
            said.add(not closed)
            if answer.status_code >= 500 and endpoint != "ready":
                faults.append(f"{letter} {method} {path} -> {answer.status_code}")
        if said == {True, False}:
            faults.append(f"{letter} {endpoint}: GET and POST differ")
        elif said == {True}:
            open_ones.add(endpoint)
    return open_ones, faults


def expected(letter):
    return {
        f"{view}.{method}" if method != "-" else view
        for view, lines in ACCESS.items()
        for letters, methods in lines.items()
        if letter in letters
        for method in methods.split()
    }


def listed():
    return {
        f"{view}.{method}" if method != "-" else view
        for view, lines in ACCESS.items()
        for methods in lines.values()
        for method in methods.split()
    }


def test_every_route_is_in_the_table(app):
    missing = sorted(set(routes(app)) - listed())
    gone = sorted(listed() - set(routes(app)))
    assert not missing, "write down in tests/access_matrix.py who may open: " + ", ".join(missing)
    assert not gone, "no longer there: " + ", ".join(gone)
    assert len(routes(app)) > 400


@pytest.mark.parametrize("letter", PEOPLE)
def test_a_person_may_open_what_the_table_says_and_nothing_else(app, letter):
    seen, faults = observe(app, letter)
    assert faults == []
    too_much, too_little = sorted(seen - expected(letter)), sorted(expected(letter) - seen)
    assert not too_much, f"{letter} may open, against the table: {', '.join(too_much)}"
    assert not too_little, f"{letter} may not open: {', '.join(too_little)}"


def test_the_rows_of_declared_verbs_are_those_of_the_table(app):
    """Computed from the roles: what a person reviewed in the table, letter by letter."""
    reviewed = {
        endpoint: "".join(p for p in PEOPLE if endpoint in expected(p)) for endpoint in listed()
    }
    computed = verb_rows(app)
    assert computed and computed == {endpoint: reviewed[endpoint] for endpoint in computed}


def test_actions_of_lists_ask_for_their_own_right(app):
    views = [v for v in app.appbuilder.baseviews if getattr(v, "actions", None)]
    known = {f"{v.endpoint}.{name}" for v in views for name in v.actions}
    assert known == set(ACTIONS), "write down in ACTIONS who may run them"
    for letter in PEOPLE:
        browser = app.test_client()
        if PEOPLE[letter]:
            engines.sign_in(browser, PEOPLE[letter])
        token = engines.csrf(browser, "/login/" if letter == "P" else "/compte/")
        for view in views:
            for name in view.actions:
                path = f"/{view.endpoint.lower()}/action/{name}/999999"
                status = browser.post(path, data={"csrf_token": token}).status_code
                wanted = 404 if letter in ACTIONS[f"{view.endpoint}.{name}"] else 403
                assert status == wanted, (letter, path, status)


def table(app):
    """The table as it is now: to read, judge and paste, never to trust."""
    found = defaultdict(lambda: defaultdict(list))
    seen = {letter: observe(app, letter)[0] for letter in PEOPLE}
    for endpoint in routes(app):
        view, _, method = endpoint.partition(".")
        letters = "".join(p for p in PEOPLE if endpoint in seen[p])
        found[view][letters].append(method or "-")
    return {
        v: {p: " ".join(sorted(m)) for p, m in sorted(lines.items())}
        for v, lines in sorted(found.items())
    }
