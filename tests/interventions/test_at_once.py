"""The same call twice, and eight people at once: one effect, and nothing is lost."""

import threading
from decimal import Decimal

from tests.interventions.test_api import act, opened


def test_the_same_key_logs_the_time_once(api_of, place):
    alice = api_of("alice")
    pk = opened(alice, place)
    key = {"Idempotency-Key": "0190b6a5-1f5e-7c3e-9a51-6f1f5b1f0a01"}
    body = {"agent_id": place["agent"], "hours": 1}
    first = act(alice, pk, "labour", body, headers=dict(key))
    again = act(alice, pk, "labour", body, headers=dict(key))
    assert first.status_code == again.status_code == 201
    assert first.get_data() == again.get_data()
    assert alice("GET", f"/api/v1/work_order/{pk}/labour").get_json()["count"] == 1
    for place in ("labour", "part", "expense", "point", "signature", "photo"):
        told = alice("GET", f"/api/v1/work_order/{pk}/{place}").get_json()
        assert (told["next"], told["count_is_exact"], told["count"]) == (
            None,
            True,
            len(told["result"]),
        ), place
        assert told["ids"] == [line["id"] for line in told["result"]]
    files = alice("GET", f"/api/v1/document/?record=work_order&record_id={pk}").get_json()
    assert (files["next"], files["count_is_exact"], files["ids"]) == (None, True, [])
    other = act(alice, pk, "labour", {**body, "hours": 2}, headers=dict(key))
    assert other.status_code == 422


def test_eight_people_start_one_job_and_one_does(app, api_of, place):
    callers = [api_of("alice") for _n in range(8)]
    pk = opened(callers[0], place)
    found = []
    gate = threading.Barrier(8)

    def start(call):
        gate.wait()
        found.append(act(call, pk, "start").status_code)

    threads = [threading.Thread(target=start, args=(call,)) for call in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [200] + [409] * 7


def test_eight_people_take_the_last_ten_seals_and_none_is_lost(app, api_of, place):
    callers = [api_of("alice") for _n in range(8)]
    orders = [opened(call, place) for call in callers]
    found = []
    gate = threading.Barrier(8)

    def take(call, pk):
        gate.wait()
        found.append(act(call, pk, "part", {"item_id": place["item"], "quantity": 3}).status_code)

    threads = [
        threading.Thread(target=take, args=pair) for pair in zip(callers, orders, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [201] * 3 + [409] * 5
    level = callers[0]("GET", "/api/v1/stock_level/").get_json()["result"][0]
    assert (Decimal(str(level["quantity"])), Decimal(str(level["value_eur"]))) == (1, 11)
