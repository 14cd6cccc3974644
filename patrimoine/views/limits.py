"""How often one address may ask: kept in this process, forgotten after the window."""

from __future__ import annotations

import threading
import time
from collections import deque

#: Addresses remembered at once; beyond it the oldest are forgotten.
MAX_ADDRESSES = 20_000


class Limit:
    """At most ``count`` calls in ``seconds`` for each address."""

    def __init__(self, count: int, seconds: float) -> None:
        self.count = count
        self.seconds = seconds
        self._calls: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def take(self, address: str, *, now: float | None = None) -> bool:
        """Count one call; False when the address has used up its share."""
        at = time.monotonic() if now is None else now
        with self._lock:
            calls = self._calls.pop(address, None) or deque()
            while calls and calls[0] <= at - self.seconds:
                calls.popleft()
            allowed = len(calls) < self.count
            if allowed:
                calls.append(at)
            self._calls[address] = calls
            while len(self._calls) > MAX_ADDRESSES:
                del self._calls[next(iter(self._calls))]
            return allowed

    def clear(self) -> None:
        """Forget every address; for tests."""
        with self._lock:
            self._calls.clear()
