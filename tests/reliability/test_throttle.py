"""The throttle counts for every process, and after a restart (T8)."""

from __future__ import annotations

import pytest

from base.desk.accounts import failed_tries
from tests import engines
from tests.reliability.crowd import Fork, at_once, rest


def attempt(app, name, password="faux", address="203.0.113.7"):
    """One try by the API; its status."""
    answer = app.test_client().post(
        "/api/v1/security/login",
        json={"username": name, "password": password, "provider": "db"},
        environ_base={"REMOTE_ADDR": address},
    )
    return answer.status_code


def restarted(settings, name, password):
    """A process that loads the application anew, and tries."""
    from base.app import create_app

    return attempt(create_app(settings), name, password)


@pytest.mark.slow
def test_tries_are_counted_over_processes_and_restarts(site):
    rest(site.app)
    said = [Fork(attempt, site.app, "bob").result() for _n in range(4)]
    assert said == [401] * 4
    # Two processes, then a fresh one: the fifth is the last that is looked at.
    assert Fork(attempt, site.app, "bob").result() == 401
    assert Fork(attempt, site.app, "bob").result() == 429
    assert Fork(restarted, site.settings, "bob", engines.PASSWORD).result() == 429
    assert Fork(restarted, site.settings, "alice", engines.PASSWORD).result() == 200


@pytest.mark.slow
def test_forty_tries_at_once_from_two_processes_are_five(site):
    tries = [lambda n=n: attempt(site.app, "chloe", address=f"198.51.100.{n}") for n in range(40)]
    found = []
    for n in range(0, 40, 8):
        found += at_once(site.app, tries[n : n + 8], processes=2)
    print(f"T8: {found.count(401)} tries looked at, {found.count(429)} sent away")
    assert found.count(401) == failed_tries.PER_ACCOUNT
    assert set(found) == {401, 429}
    rest(site.app)
    last = attempt(site.app, "chloe", engines.PASSWORD)
    assert last == 429


@pytest.mark.slow
def test_an_address_has_twenty_tries_whatever_the_accounts(site):
    tries = [lambda n=n: attempt(site.app, f"personne{n}") for n in range(32)]
    found = []
    for n in range(0, 32, 8):
        found += at_once(site.app, tries[n : n + 8], processes=2)
    assert found.count(401) == failed_tries.PER_ADDRESS
