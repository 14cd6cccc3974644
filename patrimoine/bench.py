"""How fast the register prints its labels."""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Iterator

from base.bench import Figures, bench


@bench("labels", bar="10 000 étiquettes : 500 par seconde ou plus, mémoire constante")
def labels(scale: str) -> Figures:
    """Labels a second in one document, and the memory that ten times as many take more."""
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
    seconds = print_all(count)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "labels": count,
        "labels_per_s": round(count / seconds),
        "more_memory_mb": round((after - before) / 1024, 1),
    }
