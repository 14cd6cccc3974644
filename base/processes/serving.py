"""Everything at once: Redis, schema, then the application, loaded once and forked for each role.

The roles share its memory, and one that died is back at once. This process runs nothing of it; it
loads it when Redis and the schema are there, so that a start that is refused has loaded nothing.
"""

from __future__ import annotations

import contextlib
import functools
import os
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

from base.basics import data_dir, logs
from base.basics.memory import uncollected
from base.engine import redis_server
from base.processes.listener import listen
from base.processes.supervisor import Child, Supervisor, python, say
from base.upkeep import in_use
from base.upkeep.schema import freshness
from config import NOT_YET, ROOT, Settings


def check_port(settings: Settings) -> None:
    """Refuse a taken port before anything is started.

    Raises:
        StartRefused: with the sentence of the server.
    """

    listen(settings).close()


def answers(settings: Settings, path: str) -> int:
    """The status with which the web server answers, 0 when it does not.

    Without a library: what asks once a start would stay with this process for months.
    """
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104
    asked = f"GET {path} HTTP/1.0\r\nHost: localhost:{settings.port}\r\n\r\n"
    try:
        with contextlib.ExitStack() as held:
            line = held.enter_context(socket.create_connection((host, settings.port), timeout=2))
            if settings.tls_cert is not None:
                # Our own server on our own machine: whose certificate it shows does not matter.
                context = ssl._create_unverified_context()  # noqa: S323
                line = held.enter_context(context.wrap_socket(line))
            line.sendall(asked.encode())
            return int(line.makefile("rb").readline().split()[1])
    except (OSError, IndexError, ValueError):
        return 0


def wait_for_socket(path: Path, seconds: float = 10.0) -> bool:
    """Whether something listens on a unix socket before the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(path))
            return True
        time.sleep(0.02)
    return False


def _answers(supervisor: Supervisor, path: Path) -> bool:
    """Whether Redis listens, started again meanwhile if it could not read its files."""
    end = time.monotonic() + 10.0
    while time.monotonic() < end and not supervisor.stopping.is_set():
        supervisor.look()
        if wait_for_socket(path, 0.2):
            return True
    return False


def _mend(settings: Settings) -> str | None:
    """Let a Redis that cannot read its files start without them."""
    try:
        return redis_server.set_aside(settings, time.strftime("%Y%m%d-%H%M%S"))
    except OSError as fault:
        say(f"Les fichiers illisibles de Redis restent en place ({fault.strerror}).")
        return None


def _roles(settings: Settings) -> list[Child]:
    """The roles that are forked of this process, once the application is loaded in it.

    Raises:
        StartRefused: the application cannot load, or the port is taken.
    """
    with uncollected():
        from base.processes import background, web

        logs.configure(settings, "background")
        listener = listen(settings)
        others = background.roles(settings, listener.close)
        return [Child("web", functools.partial(web.role, settings, listener)), *others]


def serve(settings: Settings) -> int:
    """Start everything and stay until asked to stop; the exit code.

    Raises:
        StartRefused: something that every process needs is missing.
    """
    in_use.check(settings)
    data_dir.prepare(settings)
    check_port(settings)
    for name in NOT_YET:
        if os.environ.get(name, "").strip():
            say(f"{name} est donné, mais cette version ne s’en sert pas encore.")
    children: list[Child] = []
    supervisor = Supervisor(children)
    redis = redis_server.command(settings) if settings.redis_url is None else None
    if redis is not None:
        command, path = redis
        child = Child("redis", command, foreign=True, last=True, mend=lambda: _mend(settings))
        children.append(child)
        supervisor.start(child)
    # A Redis that was named is waited for there too, ahead of all that needs it.
    if settings.redis_url is not None or not freshness.is_fresh(settings):
        done = subprocess.run(
            python("migrate", "--start"),
            env=supervisor.env,
            check=False,
            pass_fds=(supervisor._read,),
        )
        if done.returncode:
            supervisor.stop()
            return done.returncode if done.returncode > 0 else 1
    else:
        in_use.claim(settings)
    try:
        roles = _roles(settings)
        if redis is not None and not _answers(supervisor, path):
            say("Redis ne répond pas : les traitements sont pris dans la table.")
        children += roles
    except BaseException:
        supervisor.stop()
        raise

    def ready() -> bool:
        if answers(settings, "/ready") != 200:
            return False
        say(f"Ouvrage est prêt : {settings.base_url}  (Ctrl-C pour arrêter)")
        return True

    return supervisor.run(ready)


def serve_anew() -> NoReturn:
    """Serve in place of a command, whose memory goes: the forks would share it for months."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, str(ROOT / "run.py")])
