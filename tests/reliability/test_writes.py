"""Eight processes that write at once: no refusal, no gap, no double (T12)."""

from __future__ import annotations

import os
import random
import time
from collections import Counter

import pytest
from sqlalchemy import func, select

from tests.faults import cases
from tests.reliability.crowd import Fork, percentile, rest

#: Fewer writes for a quick look.
PROCESSES, WRITES = 8, int(os.environ.get("OUVRAGE_WRITES", "500"))
SLOWEST_SECONDS = 1.0


def work(app, known, seed):
    """A person's day, by the API: what each answer was and how long it took."""
    chance = random.Random(seed)
    client = app.test_client()
    seen, times, orders = Counter(), [], []
    strange = []

    def post(path, body, expected=(200, 201)):
        begin = time.perf_counter()
        answer = client.post(f"/api/v1/{path}", json=body, headers=known["headers"])
        times.append(time.perf_counter() - begin)
        seen[path.split("/")[0] + "/" + path.rpartition("/")[2]] += 1
        if answer.status_code not in expected:
            strange.append(f"{path}: {answer.status_code} {answer.get_data(as_text=True)[:200]}")
        return answer.get_json()

    while len(times) < WRITES:
        choice = chance.random()
        if choice < 0.25 or not orders:
            body = {"asset_id": known["asset"], "title": f"Fuite {seed}", "kind": "corrective"}
            made = post("work_order/", body)
            if "id" not in made:
                continue
            orders.append(made["id"])
            post(f"work_order/{made['id']}/start", {})
        elif choice < 0.5:
            body = {"agent_id": known["agent"], "hours": "0.01"}
            post(f"work_order/{chance.choice(orders)}/labour", body)
        elif choice < 0.7:
            body = {"item_id": known["item"], "store_id": known["store"], "quantity": "1"}
            post(f"work_order/{chance.choice(orders)}/part", body)
        elif choice < 0.85:
            body = {"asset_id": known["asset"], "title": "Un carreau cassé"}
            post("service_request/", body)
        elif choice < 0.95:
            body = {"item_id": known["item"], "quantity": "2", "unit_cost_eur": "11.3333"}
            post(f"store/{known['store']}/receive", body)
        else:
            post(f"work_order/{orders.pop()}/finish", {})
    return {"times": times, "seen": seen, "strange": strange}


@pytest.mark.slow
def test_eight_processes_write_without_a_refusal_a_gap_or_a_double(site):
    from base.rules.rights.actors import system_session
    from base.store.database import db
    from base.store.models import Event
    from base.upkeep.doctor import examine
    from interventions.models import Labour, ServiceRequest, WorkOrder

    known = cases.prepare(site.app)
    with site.app.app_context():
        cases_stock(known)
    rest(site.app)
    # Times of a machine that works for others too say nothing of ours.
    calm = os.getloadavg()[0] < 1.5 * (os.cpu_count() or 1)
    begin = time.perf_counter()
    forks = [Fork(work, site.app, known, seed) for seed in range(PROCESSES)]
    done = [fork.result() for fork in forks]
    seconds = time.perf_counter() - begin
    times = [t for one in done for t in one["times"]]
    seen = sum((Counter(one["seen"]) for one in done), Counter())
    engine = "sqlite" if site.settings.is_sqlite else "postgresql"
    print(
        f"T12 {engine}: {len(times)} writes in {seconds:.1f} s, p50 "
        f"{percentile(times, 0.5) * 1000:.0f} ms, p99 {percentile(times, 0.99) * 1000:.0f} ms, "
        f"longest {max(times) * 1000:.0f} ms; {dict(seen)}"
    )
    assert [s for one in done for s in one["strange"]] == []
    with site.app.app_context():
        with system_session("test", readonly=True) as session:
            counted = {
                model: session.scalar(select(func.count()).select_from(model))
                for model in (WorkOrder, Labour, ServiceRequest)
            }
            numbers = session.scalars(select(WorkOrder.number)).all()
            events = session.scalars(select(Event.seq).order_by(Event.seq)).all()
        db.engine.dispose()
    assert counted[WorkOrder] == seen["work_order/"] + 2
    assert counted[Labour] == seen["work_order/labour"] + 1
    assert counted[ServiceRequest] == seen["service_request/"]
    assert len(set(numbers)) == len(numbers)
    assert list(events) == list(range(1, len(events) + 1)), "no gap, no double"
    assert [f for f in examine(site.app) if f.state == "fault"] == []
    assert percentile(times, 0.99) <= (SLOWEST_SECONDS if calm else 30 * SLOWEST_SECONDS)


def cases_stock(known):
    """Enough in the store for everybody."""
    from decimal import Decimal

    from base.rules.rights.actors import system_session
    from interventions import services
    from interventions.models import Item, Store
    from tests.factories.interventions import MONDAY

    with system_session("tests") as session:
        services.receive(
            session,
            session.get(Store, known["store"]),
            session.get(Item, known["item"]),
            quantity=Decimal(10_000),
            unit_cost_eur=Decimal("11.00"),
            date_on=MONDAY,
        )
