"""Commands that start processes and bring the database to this version."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from base.engine.watch import watch
from base.processes.cli import installed
from config import Settings, settings

#: Commands that need no command of a module: they start faster.
NAMES = ("web", "worker", "scheduler", "background", "migrate")


def register(subparsers: Any) -> None:
    """Add these commands."""
    for name, run, text in (
        ("web", web, "le serveur web seul"),
        ("worker", worker, "un processus de traitement seul"),
        ("scheduler", scheduler, "le planificateur seul"),
        ("background", background, "traitements et planificateur ensemble, sans serveur web"),
    ):
        subparsers.add_parser(name, help=text, description=text.capitalize()).set_defaults(run=run)
    parser = subparsers.add_parser(
        "migrate",
        help="mettre la base de données au schéma de cette version",
        description="Met la base de données, les déclencheurs et les droits au schéma de cette "
        "version.",
    )
    parser.add_argument("--start", action="store_true", help="ne rien afficher si tout est à jour")
    parser.set_defaults(run=migrate)


def serve(arguments: Namespace) -> int:
    """Set everything up and keep it running."""
    from base.processes import serving

    return serving.serve(settings())


def web(arguments: Namespace) -> int:
    """Serve the web alone."""
    from base.processes import web

    _await_servers(installed.chosen("web"), redis=False)
    return web.main()


def worker(arguments: Namespace) -> int:
    """Do background jobs."""
    from base.processes import worker

    chosen = installed.chosen("worker")
    _await_servers(chosen)
    return worker.main()


def background(arguments: Namespace) -> int:
    """Do background jobs and ask for periodic work."""
    from base.processes import background

    chosen = installed.chosen("background")
    _await_servers(chosen)
    return background.main(chosen)


def scheduler(arguments: Namespace) -> int:
    """Ask for periodic work and find forgotten jobs."""
    from base.processes import scheduler

    chosen = installed.chosen("scheduler")
    _await_servers(chosen)
    return scheduler.main()


def migrate(arguments: Namespace) -> int:
    """Bring the database to this version; make the first administrator."""
    from base.basics import data_dir
    from base.upkeep import in_use
    from base.upkeep.schema import freshness

    chosen = installed.chosen("migrate", makes=True)
    data_dir.prepare(chosen)
    if arguments.start:
        watch()
        _await_servers(chosen)
        if freshness.is_fresh(chosen):
            in_use.claim(chosen)
            return 0
    # What is up to date already needs no application: these take a second to load.
    from base.app import bare_app
    from base.app import migrate as bring_up
    from base.desk.accounts.setup import first_admin

    app = bare_app(chosen)
    if arguments.start and freshness.same_code(chosen) and _at_head(app):
        in_use.claim(chosen)
        return 0
    app = bring_up(app)
    with app.app_context():
        password = first_admin(app)
    in_use.claim(chosen)
    freshness.remember(chosen)
    if password is not None:
        print("Premier compte : admin")
        print(f"Mot de passe   : {password}   (affiché une seule fois ; à changer)", flush=True)
    if not arguments.start:
        print("La base de données est au schéma de cette version.")
    return 0


def _at_head(app: Any) -> bool:
    """Whether the schema is the newest one.

    Raises:
        StartRefused: it is, but a trigger is missing; or it is a later one.
    """
    from base.app import reachable
    from base.store.database import db
    from base.upkeep.schema import migrations

    with app.app_context():
        reachable(db.engine, app.settings)
        with db.engine.connect() as connection:
            migrations.refuse_newer(connection, app.manifests)
            if migrations.late_modules(connection, app.manifests):
                return False
        migrations.check(db.engine, app.manifests)
    return True


def _await_servers(chosen: Settings, *, redis: bool = True) -> None:
    """Wait a while for servers that start later than this machine's processes, and say so.

    Raises:
        StartRefused: a Redis was named and does not serve.
    """
    from base.engine.patience import await_database, await_redis
    from base.processes.supervisor import say

    if redis:
        await_redis(chosen, say)
    await_database(chosen, say)
