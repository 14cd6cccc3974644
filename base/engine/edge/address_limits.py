"""How often one address may ask: counted in memory that all web processes of a machine share.

The memory is made before the server forks. Each address has a ring of the instants of its last
allowed calls; a call is allowed when the oldest of them lies outside the window, which is exact
and needs no clean-up.
"""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import struct
import tempfile
import threading
import time

#: Addresses are kept in buckets of a few places; a new one takes the place longest unused.
BUCKETS = 512
PLACES = 8
_HEAD = struct.Struct("=QdI")  # digest of the address, instant of its last call, next of the ring
_INSTANT = struct.Struct("=d")


class Limit:
    """At most ``count`` calls in ``seconds`` for each address."""

    def __init__(self, count: int, seconds: float) -> None:
        self.count = count
        self.seconds = seconds
        self._size = _HEAD.size + count * _INSTANT.size
        self._memory = mmap.mmap(-1, BUCKETS * PLACES * self._size)
        # A lock on a file is the process's own and falls with it; threads need one more.
        self._file, name = tempfile.mkstemp(prefix="ouvrage-limit-")
        os.unlink(name)
        self._threads = threading.Lock()

    def take(self, address: str, *, now: float | None = None) -> bool:
        """Count one call; False when the address has used up its share."""
        # The machine's clock since its start: the same in all its processes. Never zero, which
        # stands for "no call".
        at = (time.monotonic() if now is None else now) + 1.0
        digest = hashlib.blake2b(address.encode("utf-8", "replace"), digest_size=16).digest()
        bucket = int.from_bytes(digest[:8], "big") % BUCKETS
        key = int.from_bytes(digest[8:], "big") or 1
        with self._threads:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                return self._take(bucket, key, at)
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)

    def _take(self, bucket: int, key: int, at: float) -> bool:
        first = bucket * PLACES * self._size
        places = range(first, first + PLACES * self._size, self._size)
        heads = {place: _HEAD.unpack_from(self._memory, place) for place in places}
        place = next((p for p, head in heads.items() if head[0] == key), -1)
        if place < 0:
            place = min(heads, key=lambda p: heads[p][1])
            self._memory[place : place + self._size] = bytes(self._size)
        turn = _HEAD.unpack_from(self._memory, place)[2]
        spot = place + _HEAD.size + turn * _INSTANT.size
        oldest = _INSTANT.unpack_from(self._memory, spot)[0]
        if oldest and oldest > at - self.seconds:
            return False
        _INSTANT.pack_into(self._memory, spot, at)
        _HEAD.pack_into(self._memory, place, key, at, (turn + 1) % self.count)
        return True

    def clear(self) -> None:
        """Forget every address; for tests."""
        with self._threads:
            self._memory[:] = bytes(len(self._memory))
