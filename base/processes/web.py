"""The web server: gunicorn, some processes of some threads, in front of the application."""

from __future__ import annotations

import socket
from typing import Any

from gunicorn.app.base import BaseApplication

from base.engine.watch import watch
from base.processes.listener import listen
from base.processes.worker import application
from base.store.database import db
from config import Settings, settings


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


def main() -> int:
    """Serve until asked to stop."""
    chosen = settings()
    listener = listen(chosen)
    app = application()
    with app.app_context():
        db.engine.dispose()  # the worker is forked: no connection may be shared
    Server(chosen, listener, app).run()
    return 0
