"""How fast a register is imported, from the file to the history, and its labels are printed."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench import scratch
from tests.bench.declared import Figures, bench

HEADER = (
    "N° d’inventaire;Nom;Nature;Rattaché à;Date d’acquisition;Coût d’acquisition;Marque;"
    "Modèle;Numéro de série;Notes"
)


def _rows(count: int) -> Iterator[str]:
    """Sites, buildings on them, equipment in those; drawn from a fixed seed."""
    draw = random.Random(1)  # noqa: S311 - a figure of a bench, not a secret
    sites = max(1, count // 250)
    buildings = sites * 4
    for n in range(sites):
        yield f"SIT-{n:05};Site {n};site;;;;;;;"
    for n in range(buildings):
        cost = f"{draw.randint(10_000, 900_000)},50"
        yield f"BAT-{n:05};Bâtiment {n};bâtiment;SIT-{n % sites:05};12/05/1962;{cost};;;;"
    for n in range(count - sites - buildings):
        day = f"{draw.randint(1, 28):02}/{draw.randint(1, 12):02}/20{draw.randint(10, 25)}"
        cost = f"{draw.randint(10, 9_000)},{draw.randint(10, 99)}"
        yield (
            f"EQP-{n:06};Équipement {n};équipement;BAT-{n % buildings:05};{day};{cost};"
            f"Marque {n % 50};Modèle {n % 300};SN{n:08};Vu en {2000 + n % 26}"
        )


def _file(folder: Path, name: str, rows: list[str]) -> Path:
    path = folder / name
    path.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    return path


@bench("import", bar="10 000 biens : 1 500 lignes/s la première fois, 5 000 ensuite")
def import_assets(scale: str) -> Figures:
    """Rows a second with validation, tree and history; again, with nothing to change."""
    from base.desk.imports.command import import_file

    count = 50_000 if scale == "full" else 10_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = list(_rows(count))
        # Rows in any order: children before their parents.
        random.Random(2).shuffle(rows)  # noqa: S311
        figures: dict[str, float | int | str] = {"rows": count}
        with scratch.application():
            for label, file in (
                ("first", _file(folder, "a.csv", rows)),
                ("again", _file(folder, "b.csv", rows[::-1])),
            ):
                begun, worked = time.perf_counter(), time.process_time()
                report = import_file("assets", file)
                seconds = time.perf_counter() - begun
                figures[f"{label}_rows_per_s"] = round(count / seconds)
                figures[f"{label}_cpu_s"] = round(time.process_time() - worked, 2)
                figures[f"{label}_created"] = report.created
                figures[f"{label}_unchanged"] = report.unchanged
                figures[f"{label}_rejected"] = report.rejected
    return figures


@bench("labels", bar="10 000 étiquettes : 500 par seconde ou plus, mémoire constante")
def labels(scale: str) -> Figures:
    """Labels a second in one document, and the memory that ten times as many take more."""
    import resource

    from patrimoine import documents

    def rows(count: int) -> Iterator[documents.Label]:
        for number in range(count):
            yield documents.Label(
                url=f"https://ouvrage.saint-maurin.fr/t/{number:016d}",
                code=f"EQP-{number:05d}",
                name=("Chaudière gaz n° 1", "Centrale de traitement d’air")[number % 2],
                place="École Les Tilleuls, chaufferie",
                entity="Ville de Saint-Maurin-sur-Aubre",
                public=number % 3 == 0,
            )

    def print_all(count: int) -> float:
        begun = time.perf_counter()
        with tempfile.TemporaryFile() as out:
            documents.labels(out, rows(count), layout=documents.LAYOUTS["63x34"])
        return time.perf_counter() - begun

    count = 10_000 if scale == "full" else 2_000
    print_all(count // 10)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    processor = time.process_time()
    seconds = print_all(count)
    processor = time.process_time() - processor
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "labels": count,
        "labels_per_s": round(count / seconds),
        "labels_per_s_of_processor": round(count / processor),
        "more_memory_mb": round((after - before) / 1024, 1),
    }
