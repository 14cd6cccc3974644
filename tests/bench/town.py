"""A register of any size, written straight into a scratch database: for measures only.

Nothing here goes through the services: a million work orders through their verbs would take
hours. The rows are those the services would write, with one event of the trail for each asset
and work order; the records whose pages are measured are the same at every size.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Index, func, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session as OrmSession

from base.engine.search import KINDS, building
from base.rules.rights.actors import system_session
from base.store.models import Counter, Entity, Event
from interventions.models import ServiceRequest, WorkOrder
from patrimoine import domain
from patrimoine.domain import tree
from patrimoine.models import Asset, AssetMove, Category, CostLine, Equipment, Site
from tests.bench import scratch

SITES = 10
STEPS = 5
#: Authorities of the database: the first owns eight of the ten sites, the others one each.
ENTITIES = 3
FIRST_DAY = date(2021, 1, 1)
#: Days over which work and costs are spread.
DAYS = 1826
THINGS = (
    "Chaudière",
    "Radiateur",
    "Pompe",
    "Armoire électrique",
    "Ventilateur",
    "Extincteur",
    "Luminaire",
    "Table",
    "Ordinateur",
    "Portail",
    "Banc public",
    "Candélabre",
    "Arbre",
    "Compteur",
    "Ascenseur",
    "Serrure",
    "Volet roulant",
    "Vidéoprojecteur",
    "Tableau",
    "Bac",
)
STATES = ("draft", "planned", "finished", "finished", "validated", "validated", "validated")
NATURES = ("labour", "parts", "supplier", "energy")


def words(count: int = 40_000) -> list[str]:
    """Made-up words, always the same."""
    draw = random.Random(7)  # noqa: S311 - a figure of a bench, not a secret
    made: set[str] = set()
    while len(made) < count:
        made.add(
            "".join(
                draw.choice("bcdfglmnprstv") + draw.choice("aeiou")
                for _n in range(draw.randint(2, 5))
            ).capitalize()
        )
    return sorted(made)


class Town:
    """The rows of one database."""

    def __init__(self, connection: Connection, size: int, first: int) -> None:
        self.connection = connection
        self.sqlite = connection.dialect.name == "sqlite"
        self.size = size
        self.at = self.instant(date(2026, 1, 5))
        self.words = words()
        #: Id of the first asset: behind those that stand there already.
        self.first = first

    def instant(self, day: date) -> str:
        """Noon of a day, as the database keeps instants."""
        return f"{day.isoformat()}T12:00:00.000000Z" if self.sqlite else f"{day} 12:00:00+00"

    def euros(self, cents: int) -> Any:
        """An amount, as the database keeps it."""
        return cents if self.sqlite else f"{cents // 100}.{cents % 100:02}"

    def put(self, table: Any, columns: str, rows: Iterator[tuple[Any, ...]]) -> None:
        """Write the rows, then make the indexes anew: faster than one by one."""
        later = [i for i in table.indexes if isinstance(i, Index)]
        for index in later:
            index.drop(self.connection)
        scratch.insert_plain(self.connection, table, columns.split(), rows)
        for index in later:
            index.create(self.connection)

    # --- the tree ---------------------------------------------------------------------------

    def entity(self, n: int) -> int:
        """The authority that owns asset ``n``, and all that hangs on it."""
        return max(1, n % SITES - (SITES - ENTITIES - 1)) if n % SITES else 1

    def above(self, n: int) -> tuple[int | None, str]:
        """Id of what asset ``n`` stands in, and its path: sites, then equipment in them.

        Half of the equipment of a site stands in another piece: the tree is three levels deep.
        """
        if n < SITES:
            return None, tree.join_path(None, self.first + n)
        site = n % SITES
        path = tree.join_path(None, self.first + site)
        if n >= SITES * 20 and n % 2:
            top = SITES + site + SITES * ((n // SITES) % 19)
            path = tree.join_path(path, self.first + top)
            return self.first + top, tree.join_path(path, self.first + n)
        return self.first + site, tree.join_path(path, self.first + n)

    def name(self, n: int) -> str:
        """Its name: what it is, a word of its own, a number."""
        if n < SITES:
            return f"Site {n}"
        return f"{THINGS[n % 20]} {self.words[(n * 7919) % len(self.words)]} {n % 997}"

    def assets(self, categories: list[int]) -> Iterator[tuple[Any, ...]]:
        """Rows of ``patrimoine_asset``."""
        from base.basics.folding import code_key
        from patrimoine.domain import collation as text

        for n in range(self.size):
            parent, path = self.above(n)
            name, code = self.name(n), f"EQP-{n:07d}"
            brand, model = f"Marque {n % 40}", f"M{n % 300}"
            yield (
                self.first + n,
                self.entity(n),
                "site" if n < SITES else "equipment",
                code,
                code_key(code),
                name,
                parent,
                path,
                text.sort_key(name),
                text.search_text(code, name, brand, model, f"SN{n:08d}"),
                categories[n % len(categories)] if n >= SITES else None,
                "out_of_service" if n % 50 == 0 else "in_service",
                brand,
                model,
                f"SN{n:08d}",
                code_key(f"SN{n:08d}"),
                str(FIRST_DAY + timedelta(days=n % DAYS)),
                self.euros(10_000 + n % 90_000),
                1,
                self.at,
                self.at,
            )

    def steps(self) -> tuple[Callable[[], None], ...]:
        """What is to be written, each in a transaction of its own."""
        return (self._register, self._work, self._ledger, self._trail, self._counters)

    def _register(self) -> None:
        categories = list(
            self.connection.execute(
                select(Category.__table__.c.id).where(Category.__table__.c.kind == "equipment")
            ).scalars()
        )
        self.put(
            Asset.__table__,
            "id entity_id kind code code_key name parent_id path sort_key search_text category_id "
            "status brand model serial_number serial_key acquired_on acquisition_cost_eur "
            "version created_at changed_at",
            self.assets(categories),
        )
        last = self.first + self.size
        self.put(Site.__table__, "id", ((self.first + n,) for n in range(SITES)))
        self.put(
            Equipment.__table__,
            "id quantity",
            ((i, 1) for i in range(self.first + SITES, last)),
        )
        self.put(
            AssetMove.__table__,
            "entity_id asset_id parent_id starts_on created_at changed_at",
            (
                (self.entity(n), self.first + n, self.above(n)[0], str(FIRST_DAY), self.at, self.at)
                for n in range(self.size)
            ),
        )

    # --- what hangs on it -------------------------------------------------------------------

    def on(self, n: int) -> tuple[int, int]:
        """Authority and asset of the n-th work order or cost, spread over all of them."""
        number = SITES + (n * 7_919) % max(1, self.size - SITES)
        return self.entity(number), self.first + number

    def _work(self) -> None:
        def rows() -> Iterator[tuple[Any, ...]]:
            for n in range(self.size):
                day = FIRST_DAY + timedelta(days=n * DAYS // self.size)
                entity, asset = self.on(n)
                state = STATES[n % 7] if n < self.size - 200 else STATES[n % 2]
                ended = self.instant(day) if state in ("finished", "validated") else None
                yield (
                    entity,
                    f"INT-{day.year}-{n:07d}",
                    asset,
                    "corrective",
                    ("normal", "normal", "normal", "urgent")[n % 4],
                    state,
                    f"Réparer {THINGS[n % 20].lower()} {self.words[(n * 31) % len(self.words)]}",
                    "",
                    "",
                    "",
                    "",
                    str(day + timedelta(days=14)),
                    str(day),
                    ended,
                    ended,
                    0,
                    1,
                    self.at,
                    self.at,
                )

        self.put(
            WorkOrder.__table__,
            "entity_id number asset_id kind priority state title description finding requester "
            "reason due_on planned_on started_at finished_at worked_seconds version created_at "
            "changed_at",
            rows(),
        )
        self.put(
            ServiceRequest.__table__,
            "entity_id number asset_id state channel priority title description requester contact "
            "received_at refusal_reason version created_at changed_at",
            (
                (
                    self.on(n)[0],
                    f"DEM-2026-{n:07d}",
                    self.on(n)[1],
                    "refused" if n % 20 else "new",
                    "staff",
                    "normal",
                    f"Panne {self.words[n % len(self.words)]}",
                    "",
                    "",
                    "",
                    self.instant(FIRST_DAY + timedelta(days=n * DAYS // self.size)),
                    "Doublon",
                    1,
                    self.at,
                    self.at,
                )
                for n in range(self.size // 5)
            ),
        )

    def _ledger(self) -> None:
        self.put(
            CostLine.__table__,
            "entity_id asset_id date_on amount_ht_eur vat_eur net_eur nature label account "
            "source_type source_id booked_at",
            (
                (
                    *self.on(n // 5),
                    str(FIRST_DAY + timedelta(days=n % DAYS)),
                    self.euros(100),
                    self.euros(20),
                    self.euros(120),
                    NATURES[n % 4],
                    "Mesure",
                    ("60612", "61522", "6068")[n % 3],
                    "interventions_expense",
                    n,
                    self.at,
                )
                for n in range(self.size * 5)
            ),
        )

    def _trail(self) -> None:
        table: Any = Event.__table__
        done = int(
            self.connection.execute(select(table.c.seq).order_by(table.c.seq.desc())).scalar() or 0
        )

        def rows() -> Iterator[tuple[Any, ...]]:
            for n in range(self.size):
                yield (
                    done + n + 1,
                    self.at,
                    "user:1",
                    "bench",
                    "I",
                    "patrimoine_asset",
                    self.first + n,
                    self.entity(n),
                    f'{{"code":[null,"EQP-{n:07d}"]}}',
                )

        self.put(table, "seq at actor door op record record_id entity_id changes", rows())
        counter: Any = Counter.__table__
        self.connection.execute(
            counter.update().where(counter.c.series == "trail").values(value=done + self.size)
        )

    def _counters(self) -> None:
        """Where ids and numbers go on."""
        if not self.sqlite:
            self.connection.exec_driver_sql(
                "SELECT setval(pg_get_serial_sequence('patrimoine_asset', 'id'), "
                f"{self.first + self.size})"
            )


def build(size: int) -> None:
    """Fill the database of the present application, with its index."""
    with system_session("bench") as session:
        for number in range(2, ENTITIES + 1):
            session.add(Entity(code=f"MESURE-{number}", name=f"Commune {number}"))
        session.flush()
        connection = OrmSession.connection(session)
        first = connection.execute(select(func.max(Asset.__table__.c.id))).scalar()
    for number in range(STEPS):
        with system_session("bench") as session:
            connection = OrmSession.connection(session)
            if connection.dialect.name == "sqlite":
                # Room for the indexes that are made at the end of each step.
                connection.exec_driver_sql("PRAGMA cache_size=-400000")
            Town(connection, size, int(first or 0) + 1).steps()[number]()
    for record in ("patrimoine_asset", "interventions_work_order", "interventions_service_request"):
        building.rebuild(KINDS[record])


__all__ = ["FIRST_DAY", "SITES", "Town", "build", "domain"]
