"""Tries one change again and again, and lets its n-th write, flush, rename or message fail.

Run under LD_PRELOAD of the shim: ``harness.py SHIM PLACE ENGINE CASE KIND [MOST]``. The application
is loaded once; each try is a fork on a fresh copy. After each, the doctor examines what is left and
the rows are those of before or those of after. One JSON line at the end.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

KINDS = {"ENOSPC": errno.ENOSPC, "EIO": errno.EIO, "kill": 0, "cut": -1}


class Sqlite:
    """A data directory, copied for each try."""

    def __init__(self, place: Path) -> None:
        import config
        from base.app import bare_app, create_app, migrate
        from tests.engines import _populate

        self.data, self.template = place / "data", place / "template"
        self.settings = config.settings({"OUVRAGE_DATA_DIR": str(self.data)})
        migrate(bare_app(self.settings))
        self.app = create_app(self.settings)
        _populate(self.app)
        # What is cut is the disk, not the patience of the tests.
        self.rest()

    def rest(self) -> None:
        from base.store.database import db

        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def keep(self) -> None:
        self.rest()
        shutil.rmtree(self.template, ignore_errors=True)
        shutil.copytree(self.data, self.template)

    def reset(self) -> None:
        self.rest()
        shutil.rmtree(self.data)
        shutil.copytree(self.template, self.data)

    def close(self) -> None:
        self.rest()


class Postgres:
    """A database made from a template for each try, and a data directory."""

    def __init__(self, place: Path) -> None:
        from tests import engines

        self.inner = engines.Postgres(place)
        self.app, self.settings = self.inner.app, self.inner.settings
        self.data, self.template = self.settings.data_dir, place / "template"

    def rest(self) -> None:
        from base.store.database import db

        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def keep(self) -> None:
        self.rest()
        shutil.rmtree(self.template, ignore_errors=True)
        shutil.copytree(self.data, self.template)
        self.inner._run("DROP DATABASE IF EXISTS ouvrage_kept WITH (FORCE)")
        self.inner._run("CREATE DATABASE ouvrage_kept TEMPLATE ouvrage_test")

    def reset(self) -> None:
        self.rest()
        shutil.rmtree(self.data)
        shutil.copytree(self.template, self.data)
        self.inner._run("DROP DATABASE IF EXISTS ouvrage_test WITH (FORCE)")
        self.inner._run("CREATE DATABASE ouvrage_test TEMPLATE ouvrage_kept")

    def close(self) -> None:
        self.inner.close()


def attempt(shim: Any, site: Any, case: Any, known: dict[str, Any], at: int, kind: int) -> Any:
    """One try in a process of its own: how it ended, what it said, how many points it passed."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        shim.fault_arm(str(site.data).encode(), at, kind)
        try:
            said = case.run(site.app, known)
        except BaseException as fault:  # what it said is looked at outside
            said = f"{type(fault).__name__}: {fault}"
        shim.fault_disarm()
        line = json.dumps([said, shim.fault_count(), shim.fault_tripped()])
        os.write(write, line.encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as answer:
        text = answer.read()
    status = os.waitpid(child, 0)[1]
    if text:
        said, count, tripped = json.loads(text)
        return said, count, bool(tripped)
    return f"killed {os.WTERMSIG(status)}", None, True


def doctor(site: Any, again: Callable[[], str], *, starts: bool) -> list[str]:
    """What the doctor calls a fault, after a start has finished what was decided."""
    from base.app import bare_app, migrate
    from base.basics.errors import StartRefused
    from base.upkeep.doctor import examine

    try:
        app = bare_app(site.settings)
    except StartRefused:
        # Nobody knows what the server took: the start said to do it again.
        again()
        app = bare_app(site.settings)
    if starts:
        app = migrate(app)
    found = examine(app, everything=True)
    from base.store.database import db

    with app.app_context():
        db.engine.dispose()
    return [f"{f.check}: {f.sentence}" for f in found if f.state == "fault"]


def points(count: int, most: int) -> list[int]:
    """Every point, or as many as may be, evenly spread with the first and the last."""
    if count <= most:
        return list(range(1, count + 1))
    return sorted({1 + round(n * (count - 1) / (most - 1)) for n in range(most)})


def main() -> int:
    """Try every point of one case; 1 when one of them is wrong."""
    from tests.faults import cases

    library, place, engine, name, kind_name, *rest = sys.argv[1:]
    shim = ctypes.CDLL(library)
    shim.fault_arm.argtypes = [ctypes.c_char_p, ctypes.c_long, ctypes.c_int]
    shim.fault_count.restype = ctypes.c_long
    kind = KINDS[kind_name]
    case = next(c for c in cases.CASES if c.name == name)
    most = int(rest[0]) if rest else case.most
    site: Any = (Sqlite if engine == "sqlite" else Postgres)(Path(place))
    with contextlib.closing(site):
        known = {**cases.prepare(site.app), "place": place, "backup": str(site.data / "s.zip")}
        case.before(site.app, known)
        site.keep()
        old = cases.state(site.app)
        said, count, _tripped = attempt(shim, site, case, known, 10**9, kind)
        if not said.startswith("2"):
            print(json.dumps({"wrong": [f"without a fault: {said}"]}))
            return 1
        new = cases.state(site.app)
        wrong: list[str] = []
        seen = {"old": 0, "new": 0}
        answers: dict[str, int] = {}
        for n in points(count, most):
            site.reset()
            said, _count, tripped = attempt(shim, site, case, known, n, kind)
            # Long enough for the path of a file in front of the reason.
            answers[said[:400]] = answers.get(said[:400], 0) + 1
            if not tripped:
                continue
            faults = doctor(site, lambda: case.run(site.app, known), starts=case.starts)
            now = cases.state(site.app)
            if now == old:
                faults = [f for f in faults if f.partition(":")[0] not in case.excused]
            if faults:
                wrong.append(f"{n}/{count} ({said}): {faults}")
            if now not in (old, new):
                wrong.append(f"{n}/{count} ({said}): neither old nor new: {difference(old, now)}")
            seen["old" if now == old else "new"] += 1
            if said.startswith("2") and now != new:
                wrong.append(f"{n}/{count}: said {said} and nothing was kept")
            case.look(site.app, known)
        print(
            json.dumps(
                {
                    "case": name,
                    "engine": engine,
                    "kind": kind_name,
                    "points": count,
                    "seen": seen,
                    "answers": answers,
                    "wrong": wrong,
                }
            )
        )
    return 1 if wrong else 0


def difference(old: str, now: str) -> dict[str, Any]:
    """What differs between two states."""
    before, after = json.loads(old), json.loads(now)
    return {
        k: [before.get(k), after.get(k)] for k in {*before, *after} if before.get(k) != after.get(k)
    }


if __name__ == "__main__":
    sys.exit(main())
