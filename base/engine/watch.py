"""Processes that end with the one that started them, even after its ``kill -9``.

The supervisor holds the writing end of a pipe and writes nothing; its children hold the reading
end and end at end of file. (Parent-death signals are lost in forks.)
"""

from __future__ import annotations

import os
import signal
import threading
import time

#: Holds the number of the descriptor to watch.
VARIABLE = "OUVRAGE_WATCH"

#: A program that is not ours cannot watch a pipe: a shell does, and ends with its status.
SHELL = (
    'exec 3<&0 </dev/null; "$@" & P=$!; trap "kill -TERM $P" TERM INT; '
    "(read -r _ <&3; kill -TERM $P 2>/dev/null; sleep 2; kill -9 $P 2>/dev/null) & K=$!; "
    "wait $P; S=$?; while kill -0 $P 2>/dev/null; do wait $P; S=$?; done; "
    "kill $K 2>/dev/null; exit $S"
)


def watch(sig: int = signal.SIGTERM, grace: float = 5.0) -> None:
    """End this process when the supervisor is gone; call it again after each fork.

    ``sig`` is sent first; ``grace`` seconds later the process ends without further ado. Without
    a supervisor nothing is watched.
    """
    number = os.environ.get(VARIABLE, "")
    if not number.isdecimal():
        return
    descriptor = int(number)

    def wait() -> None:
        os.read(descriptor, 1)  # nobody ever writes: returns at end of file
        os.kill(os.getpid(), sig)
        time.sleep(grace)
        os._exit(1)

    threading.Thread(target=wait, daemon=True, name="watch").start()
