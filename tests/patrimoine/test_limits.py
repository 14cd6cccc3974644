"""The count of calls of an address: exact, shared by processes, and bounded in memory."""

from __future__ import annotations

import subprocess
import sys

from base.engine.edge.address_limits import BUCKETS, PLACES, Limit
from base.rules.modules.loading import ROOT


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


#: A fork of the tests' own process, which has threads, could wait for a lock that nobody holds.
TOGETHER = """
import os
from base.engine.edge.address_limits import Limit

limit = Limit(5, 60)

def elsewhere(now):
    child = os.fork()
    if child == 0:
        os._exit(0 if limit.take("a", now=now) else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

print([elsewhere(1) for _turn in range(4)], limit.take("a", now=2), elsewhere(3))
"""


def test_processes_count_together():
    done = subprocess.run(
        [sys.executable, "-c", TOGETHER],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[True, True, True, True] True False"


def test_many_addresses_take_the_place_of_the_longest_unused():
    limit = Limit(2, 3600)
    for number in range(BUCKETS * PLACES * 3):
        assert limit.take(f"address {number}", now=number)
    assert limit.take("address 0", now=BUCKETS * PLACES * 3)
    limit.clear()
    assert limit.take("address 0", now=1) and limit.take("address 0", now=2)
