"""How fast readings are taken in: a curve of two years at ten minutes, then a million values."""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from tests.bench import scratch
from tests.bench.declared import Figures, bench

PRM = "99000000000017"
TWO_YEARS = 105_120
MILLION = 1_000_000
STEP = 600


def _curve(path: Path, count: int, *, power: int) -> None:
    """A file of a distributor with ``count`` ten-minute values."""
    start = datetime(2000, 1, 1, 23, tzinfo=UTC)
    with path.open("w", encoding="utf-8") as out:
        out.write(
            "Identifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;"
            "Grandeur metier;Etape metier;Unite;Pas en minutes\n"
            f"{PRM};Courbe de charge;02/01/2000;01/01/2030;Energie active;Consommation;"
            "Comptage Brut;W;\nHorodate;Valeur\n"
        )
        for n in range(count):
            at = start + timedelta(seconds=n * STEP)
            out.write(f"{at.isoformat()};{power + n % 997}\n")


@bench(
    "readings",
    bar="105 120 relevés : 2 s ; 1 000 000 de relevés : 8 s, de nouveau : 8 s ; sur chaque moteur",
)
def readings(scale: str) -> Figures:
    """Seconds to read, store and sum a curve by local day; the same values again; corrections."""
    count = MILLION if scale == "full" else TWO_YEARS
    figures: dict[str, float | int | str] = {"readings": count}
    with tempfile.TemporaryDirectory(prefix="ov") as name:
        folder = Path(name)
        _curve(folder / "premiere.csv", count, power=5000)
        _curve(folder / "correction.csv", count, power=5001)
        again = folder / "copie.csv"
        again.write_text((folder / "premiere.csv").read_text(encoding="utf-8") + "\n")
        engines = dict(scratch.engines())
        for engine, address in engines.items():
            with address as url:
                _measure(figures, folder, engine, url)
        if "postgresql" not in engines:
            figures["postgresql"] = "non mesuré : le serveur des tests n’est pas installé"
    return figures


def _measure(
    figures: dict[str, float | int | str], folder: Path, engine: str, url: str | None
) -> None:
    """Import the three files into a database of its own."""
    from base.desk.imports.command import import_file
    from base.rules.rights.actors import job_session
    from energie.services.points import create_point
    from patrimoine.services import assets

    with scratch.application(url):
        with job_session((1,), "bench") as session:
            day = date(2000, 1, 1)
            hall = assets.create(session, "building", entity_id=1, name="Mairie", on=day)
            create_point(session, hall, reference=PRM, on=day)
        for label, file in (
            ("first", "premiere.csv"),
            ("same_values", "copie.csv"),
            ("corrections", "correction.csv"),
        ):
            begun, worked = time.perf_counter(), time.process_time()
            report = import_file("readings", folder / file)
            figures[f"{engine}_{label}_s"] = round(time.perf_counter() - begun, 2)
            figures[f"{engine}_{label}_cpu_s"] = round(time.process_time() - worked, 2)
            figures[f"{engine}_{label}_rows"] = (
                f"{report.created} + {report.updated} + {report.unchanged}"
            )
