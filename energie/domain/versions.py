"""What an import does to a series: new, identical, other value, refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from energie.domain.quality import Quality, counts, may_replace

N = TypeVar("N")


class Version(NamedTuple, Generic[N]):
    """A value of a key, as known from one reception to another (left out)."""

    value: N
    quality: int
    received_at: int
    superseded_at: int | None = None

    def is_known(self, at: int) -> bool:
        """Whether this version was the current one at the instant."""
        gone = self.superseded_at is not None and self.superseded_at <= at
        return self.received_at <= at and not gone


@dataclass
class Counts:
    """What became of the rows of one lot; ``inserted`` counts the versions written."""

    inserted: int = 0
    identical: int = 0
    superseded: int = 0
    refused: int = 0

    def add(self, other: Counts) -> None:
        """Count the rows of another lot too."""
        self.inserted += other.inserted
        self.identical += other.identical
        self.superseded += other.superseded
        self.refused += other.refused


@dataclass
class Ledger(Generic[N]):
    """All versions of one series; what the tables hold, for worked cases and properties."""

    versions: dict[int, list[Version[N]]] = field(default_factory=dict)

    def receive(
        self, rows: Iterable[tuple[int, N, int]], *, at: int, force: bool = False
    ) -> Counts:
        """Take a lot in: nothing measured is erased, nothing identical is written.

        A value of a worse quality than the one in place is refused unless forced.
        """
        result = Counts()
        for start, value, quality in rows:
            known = self.versions.setdefault(start, [])
            if known:
                last = known[-1]
                if (last.value, last.quality) == (value, quality):
                    result.identical += 1
                    continue
                if not may_replace(quality, last.quality, force=force):
                    result.refused += 1
                    continue
                known[-1] = last._replace(superseded_at=at)
                result.superseded += 1
            known.append(Version(value, quality, at))
            result.inserted += 1
        return result

    def current(self) -> dict[int, N]:
        """The values in place."""
        return {k: v[-1].value for k, v in self.versions.items() if v and counts(v[-1].quality)}

    def as_of(self, at: int) -> dict[int, N]:
        """The values as they were known at an instant."""
        return {
            start: version.value
            for start, versions in self.versions.items()
            for version in versions
            if version.is_known(at) and counts(version.quality)
        }

    def stored(self) -> int:
        """How many versions are kept."""
        return sum(len(versions) for versions in self.versions.values())


MEASURED = int(Quality.MEASURED)
