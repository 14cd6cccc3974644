"""The web server: gunicorn, some processes of some threads, in front of the application."""

from __future__ import annotations

import functools
import logging
import os
import socket
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from base.basics import logs
from base.engine.fork import Fork
from base.engine.watch import watch
from base.papers.files import packed, static_files
from base.processes.listener import listen
from base.processes.worker import shared
from config import Settings, settings

logger = logging.getLogger("ouvrage.web")


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn with our settings; the application is loaded before the fork and shared by it."""

    def __init__(self, chosen: Settings, listener: socket.socket, app: Any) -> None:
        self.chosen = chosen
        self.listener = listener
        self.app = app
        super().__init__()

    def load_config(self) -> None:
        """Our settings; nothing is read from a file or the command line."""
        options: dict[str, Any] = {
            "bind": [f"fd://{self.listener.detach()}"],
            "worker_class": "gthread",
            "workers": self.chosen.web_processes,
            "threads": self.chosen.web_threads,
            "preload_app": True,
            "timeout": 120,
            "graceful_timeout": 20,
            "keepalive": 5,
            "control_socket_disable": True,
            "loglevel": "warning",
            "forwarded_allow_ips": "",
            "secure_scheme_headers": {},
            "limit_request_line": 8190,
            "proc_name": "ouvrage-web",
            "on_starting": lambda _server: watch(),
            "post_fork": lambda _server, _worker: watch(),
        }
        if self.chosen.tls_cert is not None and self.chosen.tls_key is not None:
            options["certfile"] = str(self.chosen.tls_cert)
            options["keyfile"] = str(self.chosen.tls_key)
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The WSGI application."""
        return self.app


def make_small(app: Any, listener: socket.socket | None = None) -> Fork | None:
    """Make the small forms of static files that are not there yet, in a process of its own.

    It takes what the others leave of the machine, nobody waits for it, and it does not hold the
    server's ``listener``. None when all are there.
    """
    with app.app_context():
        shelf, files = static_files.shelf(), static_files.texts(app)
    if not packed.missing(shelf, files):
        return None
    return Fork(functools.partial(_make_small, shelf, files, listener), "static")


def _make_small(shelf: Path, files: list[Path], listener: socket.socket | None) -> int:
    if listener is not None:
        listener.close()
    watch()
    os.nice(19)
    try:
        packed.make(shelf, files)
    except OSError as fault:
        logger.warning("static files are compressed by each process for itself: %s", fault)
    return 0


def role(chosen: Settings, listener: socket.socket) -> int:
    """Serve in a fork of a process that has loaded the application, until asked to stop."""
    logs.configure(chosen, "web")
    return _serve(chosen, listener)


def main() -> int:
    """Serve until asked to stop."""
    chosen = settings()
    return _serve(chosen, listen(chosen))


def _serve(chosen: Settings, listener: socket.socket) -> int:
    app = shared()  # the workers are forked
    make_small(app, listener)
    Server(chosen, listener, app).run()
    return 0
