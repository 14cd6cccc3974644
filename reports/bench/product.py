"""The whole product measured from outside, as people and programs meet it."""

from __future__ import annotations

import csv
import io
import statistics
import time
from pathlib import Path
from typing import Any

from base import benching, clock
from base.bench import Figures, bench
from reports import bench_agents  # noqa: F401 - declares its own

#: Assets in the register of the page measures.
COUNT = 10_000


def _register(count: int) -> bytes:
    """An asset list of one site, buildings, and equipment in them."""
    out = io.StringIO()
    rows = csv.writer(out, delimiter=";")
    rows.writerow(["code", "nom", "nature", "parent", "marque", "n° de série"])
    rows.writerow(["SIT-1", "Site des mesures", "site", "", "", ""])
    buildings = max(count // 100, 1)
    for n in range(buildings):
        rows.writerow([f"BAT-{n:05d}", f"Bâtiment {n}", "bâtiment", "SIT-1", "", ""])
    for n in range(count - buildings - 1):
        rows.writerow(
            [
                f"EQP-{n:06d}",
                f"Équipement {n}",
                "équipement",
                f"BAT-{n % buildings:05d}",
                "Marque",
                f"SN{n:07d}",
            ]
        )
    return out.getvalue().encode()


def _fill(app: Any, count: int) -> tuple[float, float]:
    """Import the register twice; seconds of each."""
    from base.imports.command import import_file

    path = Path(app.settings.data_dir) / "register.csv"
    path.write_bytes(_register(count))
    taken = []
    for turn in range(2):
        if turn:
            # The same rows in another file, or the second import ends at the digest.
            path.write_bytes(_register(count) + b"\n")
        begun = time.perf_counter()
        import_file("assets", path)
        taken.append(time.perf_counter() - begun)
    return taken[0], taken[1]


@bench("start", bar="second départ ≤ 6 s ; au repos ≤ 450 Mo (somme des PSS)")
def start(scale: str) -> Figures:
    """Seconds until /ready of a second start, and memory five seconds later."""
    taken = []
    memory, count = 0.0, 0
    for _turn in range(3):
        begun = time.perf_counter()
        with benching.server(whole=True) as made:
            # The environment and the schema are there: what remains is the start itself.
            del begun
            made.process.terminate()
            made.process.wait(30)
            import subprocess
            import sys

            from base.modules import ROOT

            begun = time.perf_counter()
            made.process = subprocess.Popen(
                [sys.executable, str(ROOT / "run.py")],
                env=made.environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            benching.wait(made, "/ready")
            taken.append(time.perf_counter() - begun)
            time.sleep(5)
            memory, count = benching.pss_mb(made.process.pid)
            made.process.terminate()
            made.process.wait(30)
    return {
        "second_start_s": round(statistics.median(taken), 2),
        "rest_pss_mb": round(memory),
        "processes": count,
    }


@bench(
    "pages",
    bar="à 10 000 biens : REST liste de 50 ≤ 30 ms, fiche ≤ 12 ms, liste ≤ 60 ms, "
    "page d’un bien ≤ 80 ms, étiquette ≤ 40 ms",
)
def pages(scale: str) -> Figures:
    """Medians of the pages people and programs open most."""
    from patrimoine.models import Asset, Tag
    from patrimoine.services import issue_tag

    kept: dict[str, Any] = {}
    count = COUNT if scale == "full" else 2_000

    def prepare(app: Any) -> None:
        from sqlalchemy import select

        from base.sessions import job_session

        first, again = _fill(app, count)
        kept["import_rows_s"] = round(count / first)
        kept["again_rows_s"] = round(count / again)
        with job_session((1,), "cli", "bench") as session:
            asset = session.scalars(select(Asset).where(Asset.code == "EQP-000042")).one()
            kept["id"] = asset.id
            tag = session.scalars(select(Tag).where(Tag.asset_id == asset.id)).first()
            kept["token"] = (tag or issue_tag(session, asset, at=clock.now())).token

    with benching.server(prepare=prepare) as made:
        token, cookie = made.token(), made.cookie()
        figures: dict[str, float | int | str] = {
            "assets": count,
            "import_rows_s": kept["import_rows_s"],
            "import_again_rows_s": kept["again_rows_s"],
        }
        for name, path, headers in (
            ("rest_list_50_ms", "/api/v1/asset/?q=(page_size:50)", token),
            ("rest_detail_ms", f"/api/v1/asset/{kept['id']}", token),
            ("html_list_ms", "/assetview/list/", cookie),
            ("html_record_ms", f"/assetview/show/{kept['id']}", cookie),
            ("tag_page_ms", f"/t/{kept['token']}", cookie),
            ("tag_page_stranger_ms", f"/t/{kept['token']}", {}),
        ):
            # An address may open 60 tag pages a minute: the two measures stay below.
            times = 20 if path.startswith("/t/") else 40
            median, size = benching.median_ms(made, path, headers, times)
            figures[name] = round(median, 1)
            figures[name.replace("_ms", "_kb")] = round(size / 1024)
        return figures


@bench(
    "create",
    bar="création par REST : médiane ≤ 20 ms ; 8 clients sur SQLite ≥ 100 /s sans erreur",
)
def create(scale: str) -> Figures:
    """Assets made one after the other, and by eight clients at once."""
    each = 50 if scale == "full" else 25

    with benching.server() as made:
        token = made.token()
        category = {"kind": "equipment"}

        def post(connection: Any, client: int, number: int) -> int:
            body = {"code": f"C{client}-{number}", "name": f"Bien {client} {number}", **category}
            return benching.call(connection, "POST", "/api/v1/equipment/", body, token)[0]

        connection = made.connect()
        category.pop("kind")
        taken = []
        for number in range(60):
            begun = time.perf_counter()
            status = post(connection, 99, number)
            taken.append((time.perf_counter() - begun) * 1000)
            if status != 201:
                return {"error": f"POST /api/v1/equipment/ répond {status}"}
        rate, errors, slowest = benching.storm(8, each, post, made)
    return {
        "create_p50_ms": round(statistics.median(taken[10:]), 1),
        "eight_clients_per_s": round(rate),
        "errors": errors,
        "p99_ms": round(slowest),
    }


def _ledger(app: Any, count: int) -> None:
    """Lines of two years on a thousand assets, without their history: only sums are measured."""
    from datetime import date, timedelta
    from decimal import Decimal

    from sqlalchemy import insert

    from base.sessions import job_session, system_session
    from patrimoine.domain.costs import CostNature
    from patrimoine.models import CostLine
    from patrimoine.services import create

    with job_session((1,), "cli", "bench") as session:
        site = create(session, "site", entity_id=1, name="Site", on=date(2020, 1, 1))
        ids = [
            create(
                session,
                "building",
                entity_id=1,
                name=f"Bâtiment {number}",
                on=date(2020, 1, 1),
                parent=site,
            ).id
            for number in range(200)
        ]
    natures = [nature.value for nature in CostNature]
    for first in range(0, count, 50_000):
        with system_session("bench") as session:
            session.core(
                insert(CostLine.__table__),
                [
                    {
                        "entity_id": 1,
                        "asset_id": ids[number % len(ids)],
                        "date_on": date(2025, 1, 1) + timedelta(days=number % 730),
                        "amount_ht_eur": Decimal(number % 9_000) / 100,
                        "vat_eur": Decimal("0.00"),
                        "net_eur": Decimal(number % 9_000) / 100,
                        "nature": natures[number % 5],
                        "label": "Écriture de mesure",
                        "account": ("60612", "60632", "6156")[number % 3],
                        "source_type": "bench",
                        "booked_at": clock.now(),
                    }
                    for number in range(first, min(first + 50_000, count))
                ],
            )


@bench(
    "report",
    bar="rapport de coûts sur 1 000 000 d’écritures ≤ 2 × la somme SQL nue + 1 s ; "
    "100 000 lignes de détail en XLSX et en PDF ≤ 60 s",
)
def report(scale: str) -> Figures:
    """The summaries of the cost report against the bare sum, then its documents with all lines."""
    import resource
    import tempfile
    from datetime import UTC, date, datetime

    from sqlalchemy import func, select

    import config
    from base.app import bare_app, create_app, migrate
    from base.database import db
    from base.reporting import Edition, get
    from base.reporting.render import render
    from base.sessions import job_session
    from patrimoine.models import CostLine

    count = 1_000_000 if scale == "full" else 20_000
    at = datetime(2026, 11, 23, tzinfo=UTC)
    edition = Edition(
        *("RAP-2026-00001", "0000-0000-0000-0001", "https://a.fr/verifier/1", "A", "", "Alice"),
        *(at, at, "n° 1"),
        zone="Europe/Paris",
    )
    with tempfile.TemporaryDirectory() as folder:
        settings = config.settings({"OUVRAGE_DATA_DIR": folder})
        migrate(bare_app(settings))
        app = create_app(settings)
        with app.app_context():
            _ledger(app, count)
            with job_session((1,), "cli", "bench", readonly=True) as session:
                begun = time.perf_counter()
                groups = (CostLine.asset_id, CostLine.nature)
                session.execute(select(*groups, func.sum(CostLine.net_eur)).group_by(*groups)).all()
                bare = time.perf_counter() - begun
                known = get("cost")
                days = {"start": "2025-01-01", "end": "2027-01-01"}
                values = known.read(days, today=date(2026, 11, 23))
                begun = time.perf_counter()
                content = known.function(session, values, lambda percent, text: None)
                figures: dict[str, float | int | str] = {
                    "lines": count,
                    "bare_sum_s": round(bare, 2),
                    "summaries_s": round(time.perf_counter() - begun, 2),
                }
                if count > 100_000:  # the detail is measured on a tenth
                    values = known.read(
                        {"start": "2025-01-01", "end": "2025-03-15"}, today=date(2026, 11, 23)
                    )
                    content = known.function(session, values, lambda percent, text: None)
                before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
                for form in ("csv", "xlsx", "pdf"):
                    begun = time.perf_counter()
                    with tempfile.TemporaryFile() as out:
                        render(content, edition, form, out)
                    figures[f"{form}_s"] = round(time.perf_counter() - begun, 1)
                after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
                figures["more_memory_mb"] = round((after - before) / 1024, 1)
            db.session.remove()
            db.engine.dispose()
        return figures
