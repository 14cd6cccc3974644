"""The register measured: imports, the tree, and the sums of the ledger along it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import insert, select

from base.basics import clock
from base.basics.sessions import Session
from base.engine.search import KINDS, rebuild_inside
from patrimoine import domain, queries, services
from patrimoine.models import Asset, CostLine
from patrimoine.queries.tree import branch_on
from patrimoine.services import bulk
from tests.bench import scratch
from tests.bench.declared import Figures, bench

#: scale -> (assets, lines of the ledger)
SIZES = {"small": (10_000, 50_000), "full": (1_000_000, 5_000_000)}
#: Children of each asset of the measured tree.
FAN = 10
FIRST_DAY = date(2020, 1, 1)


def _median_ms(work: Callable[[], object], times: int = 7) -> float:
    taken = []
    for _turn in range(times):
        begun = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


def _tree(session: Session, count: int) -> dict[str, int]:
    """A tree of sites and buildings above equipment, ten below each."""
    drafts = []
    for n in range(count):
        kind = domain.Kind.SITE if n * FAN < count else domain.Kind.EQUIPMENT
        parent = f"A{(n - 1) // FAN}" if n else None
        drafts.append(bulk.Draft(kind, {"code": f"A{n}", "name": f"Bien {n}"}, parent_code=parent))
    return bulk.create_many(session, drafts, entity_id=1, on=FIRST_DAY)


def _ledger(session: Session, ids: list[int], count: int) -> None:
    """Lines of one euro and twenty cents, spread over the assets and six years."""
    at = clock.now()
    for start in range(0, count, 20_000):
        rows = [
            {
                "entity_id": 1,
                "asset_id": ids[n % len(ids)],
                "date_on": FIRST_DAY + timedelta(days=n % 2190),
                "amount_ht_eur": Decimal("1.00"),
                "vat_eur": Decimal("0.20"),
                "net_eur": Decimal("1.20"),
                "nature": "labour",
                "label": "Mesure",
                "source_type": "bench",
                "source_id": n,
                "booked_at": at,
            }
            for n in range(start, min(start + 20_000, count))
        ]
        session.core(insert(CostLine.__table__), rows)  # type: ignore[arg-type]


@bench(
    "tree",
    bar="somme d’une branche ≤ 500 ms, déplacement d’une branche ≤ 5 s, à 1 000 000 de biens",
)
def tree(scale: str) -> Figures:
    """Sums of a branch, its children, the tree of a past day, the move of a branch.

    And how fast all that stands in the top is found by its new name, by the job that does it.
    """
    from base.rules.rights.actors import job_session

    assets, lines = SIZES[scale]
    with scratch.application():
        with job_session((1,), "bench") as session:
            begun = time.perf_counter()
            ids = _tree(session, assets)
            made = assets / (time.perf_counter() - begun)
            _ledger(session, list(ids.values()), lines)
        with job_session((1,), "bench", readonly=True) as session:
            top = session.get_one(Asset, ids["A1"])
            whole = queries.cost_total(session, path=top.path)
            criteria = queries.AssetFilter(entity_id=1).criteria(session)
            named = select(Asset.id).where(*criteria).order_by(Asset.sort_key, Asset.id)
            first_page = named.limit(50)
            figures: dict[str, float | int] = {
                "assets": assets,
                "lines": lines,
                "lines_of_the_branch": whole.lines,
                "created_per_s": made,
                "branch_total_ms": _median_ms(lambda: queries.cost_total(session, path=top.path)),
                "children_totals_ms": _median_ms(
                    lambda: queries.branch_totals(session, path=top.path)
                ),
                "past_branch_ms": _median_ms(
                    lambda: session.scalars(branch_on(top.id, FIRST_DAY)).all(), 3
                ),
                "page_ms": _median_ms(lambda: session.scalars(first_page).all()),
            }
        with job_session((1,), "bench") as session:
            branch = session.get_one(Asset, ids["A1"])
            target = session.get_one(Asset, ids["A2"])
            begun = time.perf_counter()
            services.move(session, branch, parent=target, on=clock.today())
            session.flush()
            figures["branch_move_ms"] = (time.perf_counter() - begun) * 1000
        begun = time.perf_counter()
        with job_session((1,), "bench") as session:
            services.update(session, session.get_one(Asset, ids["A0"]), name="Autre nom")
        figures["top_renamed_ms"] = (time.perf_counter() - begun) * 1000
        begun = time.perf_counter()
        found = rebuild_inside(KINDS["patrimoine_asset"], [ids["A0"]])
        figures["found_by_new_name_per_s"] = found / (time.perf_counter() - begun)
    return figures


@bench("parcels", bar="4 241 parcelles avec contour ≤ 5 s")
def parcels(scale: str) -> Figures:
    """A commune's parcels from GeoJSON, then the same again."""
    import json

    from base.desk.imports.command import import_file

    count = 4_241 if scale == "small" else 42_410
    found = []
    for n in range(count):
        west, south = 2.3 + (n % 200) * 0.0004, 48.6 + (n // 200) * 0.0003
        ring = [
            [west, south],
            [west + 0.0003, south],
            [west + 0.0003, south + 0.0002],
            [west, south + 0.0002],
            [west, south],
        ]
        identifier = f"91216{n // 9999:03d}AB{n % 9999 + 1:04d}"
        found.append(
            {
                "type": "Feature",
                "id": identifier,
                "geometry": {"type": "Polygon", "coordinates": [ring]},
                "properties": {"id": identifier, "contenance": 480, "updated": "2022-01-01"},
            }
        )
    with scratch.application() as app:
        place = Path(app.settings.data_dir) / "parcelles.json"
        taken = []
        for turn in range(2):
            # The same parcels in another file, or the second import ends at the digest.
            text = json.dumps({"type": "FeatureCollection", "features": found})
            place.write_text(text + "\n" * turn, encoding="utf-8")
            begun = time.perf_counter()
            import_file("parcels", place)
            taken.append(time.perf_counter() - begun)
    return {"parcels": count, "first_s": taken[0], "again_s": taken[1]}
