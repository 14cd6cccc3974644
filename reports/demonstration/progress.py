"""How far long work is: a bar on a terminal, plain lines anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable

_WIDTH = 28


class Bar:
    """One bar for a row of parts, each with its share of the whole."""

    def __init__(self, total: float, say: Callable[[str], None]) -> None:
        self._total, self._say = total or 1.0, say
        self._done, self._drawn = 0.0, False
        self._is_terminal = sys.stdout.isatty()

    def show(self, words: str) -> None:
        """Say what is being done; on a terminal only, in place."""
        if not self._is_terminal:
            return
        share = min(1.0, self._done / self._total)
        full = round(share * _WIDTH)
        bar = "█" * full + "░" * (_WIDTH - full)
        sys.stdout.write(f"\r\x1b[K   {bar} {share:4.0%}  {words[:44]}")
        sys.stdout.flush()
        self._drawn = True

    def done(self, part: float, words: str) -> None:
        """Count a part that is over; away from a terminal it is a line."""
        self._done += part
        if self._is_terminal:
            self.show(words)
        else:
            self._say(f"   {min(1.0, self._done / self._total):4.0%}  {words}")

    def end(self) -> None:
        """Leave the line of the bar."""
        if self._drawn:
            sys.stdout.write("\r\x1b[K")
            sys.stdout.flush()
