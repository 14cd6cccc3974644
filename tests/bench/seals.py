"""How fast the trail is sealed, proved and verified, on both engines where the wheel is there."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

from tests.bench import scratch
from tests.bench.declared import Figures, bench

#: Entries written in one transaction while the bench fills its trail.
_PART = 20_000


def _fill(count: int) -> None:
    from base.rules.rights.actors import system_session
    from base.store.history.trail import note_change

    for first in range(0, count, _PART):
        with system_session("bench") as session:
            for n in range(first, min(count, first + _PART)):
                note_change(
                    session,
                    op="U",
                    record="base_setting",
                    record_id=n % 5000 + 1,
                    entity_id=1,
                    changes={"value": [f"valeur {n}", f"valeur {n + 1}"], "key": [None, "clé"]},
                )


@bench("seals", bar="100 000 faits : sceller ≤ 10 s ; une preuve ≤ 50 ms ; mémoire constante")
def seals(scale: str) -> Figures:
    """Seconds to seal a trail in one go, to verify it, and milliseconds of a proof."""
    import resource

    from base.rules.rights.actors import system_session
    from base.store.database import db, reading
    from base.upkeep.seals import head, proof_of
    from base.upkeep.seals.sealing import seal_now
    from base.upkeep.seals.verification import verify_trail

    count = 1_000_000 if scale == "full" else 100_000
    figures: dict[str, float | int | str] = {"entries": count}
    for engine, address in scratch.engines():
        with address as url, scratch.application(url):
            _fill(count)
            begun = time.perf_counter()
            seal_now("bench")
            figures[f"{engine}_seal_s"] = round(time.perf_counter() - begun, 2)
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            with reading(db.engine).connect() as connection:
                begun = time.perf_counter()
                course = verify_trail(connection)
                figures[f"{engine}_verify_s"] = round(time.perf_counter() - begun, 2)
                figures[f"{engine}_faults"] = len(course.findings.faults)
            after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            figures[f"{engine}_verify_more_mb"] = round((after - before) / 1024, 1)
            with system_session("bench", readonly=True) as session:
                size = head(session).size
                taken = [
                    _proved_ms(functools.partial(proof_of, session, seq))
                    for seq in range(1, size, max(1, size // 40))
                ]
            figures[f"{engine}_proof_ms"] = round(sorted(taken)[len(taken) // 2], 1)
            figures[f"{engine}_proof_worst_ms"] = round(max(taken), 1)
    return figures


def _proved_ms(work: Callable[[], Any]) -> float:
    """Milliseconds of one proof, which must hold."""
    begun = time.perf_counter()
    proof = work()
    taken = (time.perf_counter() - begun) * 1000
    if not proof.holds():
        raise AssertionError("the proof does not hold")
    return taken
