"""The count of calls of an address: exact, shared by processes, and bounded in memory."""

from __future__ import annotations

import os

import pytest

from base.limits import BUCKETS, PLACES, Limit


def test_an_address_has_its_share_in_each_window():
    limit = Limit(3, 60)
    assert [limit.take("a", now=n) for n in (0, 1, 2, 3)] == [True, True, True, False]
    assert limit.take("b", now=3)
    assert not limit.take("a", now=59.9)
    # The first call leaves the window at 60: one place is free, and only one.
    assert limit.take("a", now=60.1)
    assert not limit.take("a", now=60.2)


def test_a_refused_call_is_not_counted():
    limit = Limit(1, 10)
    assert limit.take("a", now=0)
    assert not any(limit.take("a", now=n) for n in range(1, 10))
    assert limit.take("a", now=10.5)


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_processes_count_together():
    limit = Limit(5, 60)
    for _turn in range(4):
        child = os.fork()
        if child == 0:
            os._exit(0 if limit.take("a", now=1) else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert limit.take("a", now=2)
    child = os.fork()
    if child == 0:
        os._exit(0 if limit.take("a", now=3) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1


def test_many_addresses_take_the_place_of_the_longest_unused():
    limit = Limit(2, 3600)
    for number in range(BUCKETS * PLACES * 3):
        assert limit.take(f"address {number}", now=number)
    assert limit.take("address 0", now=BUCKETS * PLACES * 3)
    limit.clear()
    assert limit.take("address 0", now=1) and limit.take("address 0", now=2)
