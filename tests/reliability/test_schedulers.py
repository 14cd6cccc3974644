"""Two schedulers, clocks set back, missed periods: each period once (T11)."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.reliability.crowd import Fork, rest

BEGIN = datetime(2026, 11, 20, 22, 7, tzinfo=UTC)
#: Nobody looked in this time: what fell into it is caught up once.
ASLEEP = (datetime(2026, 11, 21, 9, 2, tzinfo=UTC), datetime(2026, 11, 21, 13, 40, tzinfo=UTC))
END = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
NAMES = ("test.quarter", "test.night")


def declare():
    from base.engine.jobs.kinds import periodic

    for name, cron in zip(NAMES, ("*/15 * * * *", "5 3 * * *"), strict=True):

        @periodic(cron, title=name, name=name)
        def nothing(session, args, ctx):
            return None


def look(app, seed):
    """One scheduler's two days: a minute a step, the clock now and then an hour back."""
    from base.engine.jobs.poller import ask_periodic
    from base.store.database import db

    chance = random.Random(seed)
    made = []
    with app.app_context():
        now, last_back = BEGIN, BEGIN
        while now < END:
            if ASLEEP[0] < now < ASLEEP[1]:
                now = ASLEEP[1]
            made += ask_periodic(db.engine, "Europe/Paris", at=now)
            now += timedelta(minutes=chance.choice((1, 1, 2)))
            if now - last_back > timedelta(hours=9):
                last_back = now
                now -= timedelta(hours=1)
        db.engine.dispose()
    return len(made)


@pytest.mark.slow
def test_each_period_is_asked_for_once(site, monkeypatch):
    from base.engine.jobs import kinds
    from base.rules.rights.actors import system_session
    from base.store.database import db
    from base.store.models import JobRun

    monkeypatch.setattr(kinds, "KINDS", dict(kinds.KINDS))
    for name in ("KINDS", "PERIODIC"):
        for module in ("base.engine.jobs.poller", "base.engine.jobs.kinds"):
            monkeypatch.setattr(f"{module}.{name}", getattr(kinds, name))
    monkeypatch.setattr(kinds, "PERIODIC", {})
    monkeypatch.setattr("base.engine.jobs.poller.PERIODIC", kinds.PERIODIC)
    declare()
    rest(site.app)
    forks = [Fork(look, site.app, seed) for seed in (1, 2, 3)]
    made = sum(fork.result() for fork in forks)
    with site.app.app_context():
        with system_session("test", readonly=True) as session:
            rows = session.execute(
                select(JobRun.kind, JobRun.idempotency_key).where(JobRun.kind.in_(NAMES))
            ).all()
        db.engine.dispose()
    keys = [key for _kind, key in rows]
    assert made == len(keys) == len(set(keys))
    quarters, at = set(), datetime(2026, 11, 20, 22, 15, tzinfo=UTC)
    while at < END:
        # Of the periods nobody saw, the last one is asked for when somebody looks again.
        if not ASLEEP[0] < at <= datetime(2026, 11, 21, 13, 15, tzinfo=UTC):
            quarters.add(f"test.quarter@{at.isoformat()}")
        at += timedelta(minutes=15)
    nights = {f"test.night@2026-11-2{day}T02:05:00+00:00" for day in (1, 2)}
    assert set(keys) - quarters - nights == set()
    assert (quarters | nights) - set(keys) == set()
    print(f"T11: {len(keys)} periods, three schedulers, each once")
