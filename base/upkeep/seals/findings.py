"""What ``verify`` found: how far it came, and the first fault of each kind with its entry."""

from __future__ import annotations

from dataclasses import dataclass, field

from base.upkeep.seals import merkle


@dataclass(frozen=True)
class Fault:
    """One thing that is not as it should be."""

    #: "changed", "deleted", "seal_signature"…: one fault of each kind is told.
    kind: str
    sentence: str
    #: Number of the first entry of the trail that it concerns; None when it concerns none.
    seq: int | None = None


@dataclass
class Findings:
    """Faults by kind, in the order found."""

    faults: dict[str, Fault] = field(default_factory=dict)

    def add(self, kind: str, sentence: str, seq: int | None = None) -> None:
        """Note a fault, unless one of its kind is known."""
        self.faults.setdefault(kind, Fault(kind, sentence, seq))

    @property
    def first_seq(self) -> int | None:
        """The first entry of the trail that any fault concerns."""
        return min((f.seq for f in self.faults.values() if f.seq is not None), default=None)


@dataclass
class Course:
    """One pass: where it began and how far it came."""

    findings: Findings
    #: Entries of the trail looked at, and the number of the last one there is.
    entries: int = 0
    last_seq: int = 0
    seals: int = 0
    #: Entries under the last seal, and its root.
    size: int = 0
    root: str = merkle.EMPTY.hex()
