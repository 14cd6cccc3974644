"""The whole product measured from outside, as people and programs meet it."""

from __future__ import annotations

import csv
import io
import statistics
import time
from pathlib import Path
from typing import Any

from base.basics import clock
from tests.bench import server
from tests.bench.declared import Figures, bench

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


def fill(app: Any, count: int) -> tuple[float, float]:
    """Import the register twice; seconds of each."""
    from base.desk.imports.command import import_file

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


@bench("start", bar="second départ ≤ 1,5 s ; au repos ≤ 200 Mo (somme des PSS)")
def start(scale: str) -> Figures:
    """Seconds until /ready of a second start, and memory five seconds later."""
    taken = []
    memory, count = 0.0, 0
    for _turn in range(3):
        begun = time.perf_counter()
        with server.server(whole=True) as made:
            # The environment and the schema are there: what remains is the start itself.
            del begun
            made.process.terminate()
            made.process.wait(30)
            import subprocess
            import sys

            from base.rules.modules.loading import ROOT

            begun = time.perf_counter()
            made.process = subprocess.Popen(
                [sys.executable, str(ROOT / "run.py")],
                env=made.environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            server.wait(made, "/ready")
            taken.append(time.perf_counter() - begun)
            time.sleep(5)
            memory, count = server.pss_mb(made.process.pid)
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

        from base.rules.rights.actors import job_session

        first, again = fill(app, count)
        kept["import_rows_s"] = round(count / first)
        kept["again_rows_s"] = round(count / again)
        with job_session((1,), "cli", "bench") as session:
            asset = session.scalars(select(Asset).where(Asset.code == "EQP-000042")).one()
            kept["id"] = asset.id
            tag = session.scalars(select(Tag).where(Tag.asset_id == asset.id)).first()
            kept["token"] = (tag or issue_tag(session, asset, at=clock.now())).token

    with server.server(prepare=prepare) as made:
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
            median, size = server.median_ms(made, path, headers, times)
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

    with server.server() as made:
        token = made.token()
        category = {"kind": "equipment"}

        def post(connection: Any, client: int, number: int) -> int:
            body = {"code": f"C{client}-{number}", "name": f"Bien {client} {number}", **category}
            return server.call(connection, "POST", "/api/v1/equipment/", body, token)[0]

        connection = made.connect()
        category.pop("kind")
        taken = []
        for number in range(60):
            begun = time.perf_counter()
            status = post(connection, 99, number)
            taken.append((time.perf_counter() - begun) * 1000)
            if status != 201:
                return {"error": f"POST /api/v1/equipment/ répond {status}"}
        rate, errors, slowest = server.storm(8, each, post, made)
    return {
        "create_p50_ms": round(statistics.median(taken[10:]), 1),
        "eight_clients_per_s": round(rate),
        "errors": errors,
        "p99_ms": round(slowest),
    }
