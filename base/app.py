"""The application: discover modules, import models, check the schema, let each module register."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.exc import OperationalError
from werkzeug.middleware.proxy_fix import ProxyFix

import config
from base import cards
from base.application import App, RowNumber
from base.basics import formats, i18n
from base.basics.errors import StartRefused
from base.desk.accounts.landing import Builder
from base.engine.edge import compression, fab_mends
from base.engine.search import building
from base.papers.files import keys
from base.papers.files.static_files import Files
from base.rules import verbs
from base.rules.modules import loading
from base.rules.rights import rules, viewing
from base.rules.rights.actors import security
from base.store import database
from base.store.database import db, let_go
from base.upkeep.backups import switching
from base.upkeep.schema import migrations

#: How long a server that says nothing is waited for, unless DATABASE_URL says otherwise: seconds
#: for a new connection and before a silent one is tried, milliseconds for what was sent.
PATIENCE = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}


def engine_options(settings: config.Settings) -> dict[str, Any]:
    """Pool of two sessions a request, and no waiting for a third."""
    options: dict[str, Any] = {
        "pool_size": 2 * settings.web_threads + 2,
        "max_overflow": 0,
    }
    if settings.is_sqlite:
        options["connect_args"] = {"check_same_thread": False}
    else:
        named = sa.make_url(settings.database_url).query
        options["connect_args"] = {k: v for k, v in PATIENCE.items() if k not in named}
    return options


def _configure(app: App, settings: config.Settings) -> None:
    secret = keys.load(settings.data_dir, settings.secret_key)
    # The administrator may all; what strangers may is an exact list in each module.
    roles: dict[str, list[tuple[str, str]]] = {"Admin": [(r".*", r".*")], "Public": []}
    for manifest in app.manifests:
        room = loading.room(manifest, "security")
        for said in (getattr(room, "ROLES", {}), cards.roles_of(manifest.module)):
            for name, rights in said.items():
                roles.setdefault(name, []).extend(rights)
    app.config.update(
        **secret,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings),
        SQLALCHEMY_TRACK_MODIFICATIONS=False,
        APP_NAME="Ouvrage",
        FAB_ROLES={name: [list(right) for right in rights] for name, rights in roles.items()},
        FAB_SECURITY_MANAGER_CLASS="base.desk.accounts.security_manager.OuvrageSecurityManager",
        FAB_INDEX_VIEW="base.desk.home.HomeView",
        FAB_ADD_SECURITY_API=False,
        FAB_ADD_SECURITY_PERMISSION_VIEW=False,
        FAB_ADD_SECURITY_VIEW_MENU_VIEW=False,
        FAB_ADD_SECURITY_PERMISSION_VIEWS_VIEW=False,
        FAB_API_SWAGGER_UI=False,
        FAB_API_KEY_ENABLED=True,
        FAB_API_KEY_PREFIXES=["ouv_"],
        # Keys are random: the slow hash of passwords would add nothing.
        FAB_API_KEY_HASH_METHOD="pbkdf2:sha256:1000",
        FAB_API_MAX_PAGE_SIZE=100,
        FAB_OPENAPI_SERVERS=[{"url": settings.base_url}],
        FAB_SECURITY_SIGNALS_ENABLED=False,
        AUTH_TYPE=1,
        AUTH_ROLE_ADMIN="Admin",
        AUTH_ROLE_PUBLIC="Public",
        AUTH_USER_REGISTRATION=False,
        RATELIMIT_ENABLED=False,
        BABEL_DEFAULT_LOCALE=settings.locale,
        BABEL_DEFAULT_TIMEZONE=settings.timezone,
        LANGUAGES={code: {"flag": code, "name": name} for code, name in i18n.LANGUAGES.items()},
        JWT_ACCESS_TOKEN_EXPIRES=900,
        JWT_REFRESH_TOKEN_EXPIRES=7 * 86400,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_NAME="ouvrage",
        PERMANENT_SESSION_LIFETIME=12 * 3600,
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=25 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=500_000,
        MAX_FORM_PARTS=1000,
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        WTF_CSRF_SSL_STRICT=settings.is_https,
        TRUSTED_HOSTS=settings.trusted_hosts,
        FAB_SAFE_REDIRECT_HOSTS=settings.trusted_hosts,
        TEMPLATES_AUTO_RELOAD=False,
        JSON_AS_ASCII=False,
    )
    if settings.trusted_proxies:
        n = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=0)  # type: ignore[method-assign]


def _engines(app: App) -> None:
    engine = db.engine
    database.install(engine)
    app.extensions["ro_engine"] = database.reading(engine)


def reachable(engine: sa.Engine, settings: config.Settings) -> None:
    """Open one connection.

    Raises:
        StartRefused: the database does not answer.
    """
    try:
        with engine.connect():
            pass
    except (OperationalError, sa.exc.DBAPIError) as fault:
        where = sa.engine.make_url(settings.database_url).render_as_string(hide_password=True)
        raise StartRefused(
            f"La base de données {where} ne répond pas : vérifiez DATABASE_URL "
            f"et que le serveur est démarré ({str(fault.orig).splitlines()[0]})."
        ) from fault


def bare_app(settings: config.Settings | None = None, extra_modules: Iterable[Path] = ()) -> App:
    """The application with its models and engines, without screens: for ``migrate`` and tools."""
    settings = settings or config.settings()
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    switching.finish(settings)
    app = App(
        "base",
        root_path=str(Path(__file__).resolve().parent),
        instance_path=str(settings.data_dir),
        static_folder="static",
        template_folder="templates",
    )
    # ``POST /api/v1/asset`` is an order, not a question to be sent elsewhere.
    app.url_map.strict_slashes = False
    app.url_map.converters["int"] = RowNumber
    app.settings = settings
    app.manifests = loading.discover(extra_modules)
    loading.load_models(app.manifests)
    _configure(app, settings)
    Babel(app)
    i18n.install(app, [])
    db.init_app(app)
    app.teardown_appcontext(lambda fault: let_go(security))
    with app.app_context():
        _engines(app)
    return app


def create_app(
    settings: config.Settings | None = None,
    *,
    extra_modules: Iterable[Path] = (),
    update_permissions: bool = False,
) -> App:
    """The whole application.

    Raises:
        StartRefused: the database does not answer, is not at head or lost a trigger, or a module
            cannot load.
    """
    app = bare_app(settings, extra_modules)
    with app.app_context():
        reachable(db.engine, app.settings)
        migrations.check(db.engine, app.manifests)
        _web(app, update_permissions)
    return app


def command_app(settings: config.Settings | None = None) -> App:
    """The application without screens and resources, for commands that must start fast.

    Raises:
        StartRefused: the database does not answer, is not at head or lost a trigger.
    """
    from base.desk.imports.from_cards import open_files

    app = bare_app(settings)
    with app.app_context():
        reachable(db.engine, app.settings)
        migrations.check(db.engine, app.manifests)
    for manifest in app.manifests:
        loading.room(manifest, "imports")
        open_files(manifest.module)
    return app


def _web(app: App, update_permissions: bool) -> None:
    from base.desk import opening, web_pages
    from base.desk.imports.from_cards import open_files
    from base.engine.edge import access_log, doors
    from base.face import api
    from base.face.views import kept_text, shell, verb_pages
    from base.upkeep import health, metrics

    rules.scopes_from(viewing.whose)
    fab_mends.apply()
    compression.register(app)
    CSRFProtect(app)
    app.config["FAB_UPDATE_PERMS"] = update_permissions
    security().held = update_permissions
    cards.check()
    appbuilder = Builder(app, security)
    # FAB has made a Babel of its own: its French for the sentences that are its own.
    i18n.install(app, app.extensions["babel"].translation_directories)
    formats.register(app)
    shell.register(app)
    doors.register(app)
    kept_text.register(app)
    access_log.register(app)
    health.register(app)
    metrics.register(app)
    web_pages.register(app, appbuilder)
    # Verbs stand on services and jobs: all are known before the first screen is made of them.
    for manifest in app.manifests:
        for name in ("services", "imports", "jobs"):
            loading.room(manifest, name)
    known = verbs.check()
    for manifest in app.manifests:
        for name in ("views", "api"):
            if name == "views" and manifest.module == "base":
                continue
            room = loading.room(manifest, name)
            register = getattr(room, "register", None)
            if register is not None:
                register(appbuilder)
        opening.open_doors(appbuilder, manifest.module)
        open_files(manifest.module)
        _templates(app, manifest)
    if late := sorted(verbs.check() - known):
        raise StartRefused(
            f"{', '.join(late)} : verbe déclaré après les écrans, qui ne l’offriraient pas. "
            "Déclarez-le dans les pièces services, imports ou jobs du module."
        )
    verb_pages.check()
    api.csrf_exempt_api(app)
    if update_permissions:
        appbuilder.security_cleanup()
        security().held = False
        security().commit()
    security.remove()


def _templates(app: App, manifest: loading.Manifest) -> None:
    """Each module brings ``templates/<module>/`` and ``static/<module>/``."""
    if manifest.module == "base":
        return
    blueprint = Files(
        f"{manifest.module}_files",
        manifest.module,
        root_path=str(manifest.path),
        template_folder="templates",
        static_folder="static" if (manifest.path / "static").is_dir() else None,
        static_url_path=f"/static-{manifest.module}",
    )
    app.register_blueprint(blueprint)


def migrate(app: App) -> App:
    """Bring schema, shipped data, first entity and permissions to this version.

    What comes back is the whole application, of which ``app`` was the bare one.
    """
    from base.desk.accounts.setup import first_rows

    with app.app_context():
        reachable(db.engine, app.settings)
        migrations.upgrade(db.engine, app.manifests)
        first_rows(app)
        building.bring_up()
        db.engine.dispose()
    extra = {m.path.parent for m in app.manifests if m.path.parent != loading.ROOT}
    full = create_app(app.settings, extra_modules=sorted(extra), update_permissions=True)
    with full.app_context():
        db.engine.dispose()
    return full


__all__ = ["App", "StartRefused", "bare_app", "command_app", "create_app", "migrate"]
