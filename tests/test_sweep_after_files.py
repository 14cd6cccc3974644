"""Every list and every record opens once all files have come in, the faulty ones too.

The files of the faults and the real ones are imported by each kind that recognises them; then what
they left is opened, by REST and on screen. No answer may be a fault of the program.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, select

from tests import engines

EVERYTHING = "tout-ouvrir"
DAY = date(2015, 1, 1)
#: Records of each list that are opened; those that the files made last come first.
SHORT, WHOLE = 4, 40
FOLDERS = (
    ("faults", "readings"),
    ("faults", "invoices"),
    ("faults", "tables"),
    ("real", "energy-fr"),
    ("real", "energy-buildings"),
    ("real", "invoices"),
    ("real", "asset-import"),
    ("real", "fleet"),
    ("real", "requests"),
    ("real", "territory"),
)
#: Kinds tried with a file, the surest first; the others would only say the same.
TRIED = 2
#: Files of more bytes wait for the long run.
LARGE = 100_000


def _files(data: Path, *, large: bool) -> list[Path]:
    return [
        path
        for folder in FOLDERS
        for path in sorted(data.joinpath(*folder).rglob("*"))
        if path.is_file() and path.suffix != ".md" and (large or path.stat().st_size <= LARGE)
    ]


def _kinds(path: Path) -> list[str]:
    """The kinds of import that recognise a file, the surest first."""
    from base.basics.errors import DomainError
    from base.desk.imports.declaration import importers
    from base.rules.rights.actors import job_session

    found = []
    with job_session((1,), "user:1", readonly=True) as session:
        for importer in importers():
            try:
                guess = importer.guess(session, 1, path, path.name)
            except DomainError:
                continue
            if guess is not None and guess.score > 0:
                found.append((-guess.score, importer.kind))
    return [kind for _score, kind in sorted(found)]


def _take(path: Path) -> list[str]:
    """Import a file by the kinds that recognise it; the kinds that took it."""
    from base.basics.errors import DomainError
    from base.desk.imports import Options
    from base.desk.imports.command import import_file

    taken = []
    options = Options(answers={"unit": "kWh", "date_format": "%d/%m/%y"})
    for kind in _kinds(path)[:TRIED]:
        try:
            import_file(kind, path, entity="A", partial=True, options=options)
        except DomainError:
            continue  # refused with its sentence: other tests look at it
        taken.append(kind)
    return taken


def _points(data: Path) -> None:
    """The points of the real files of energy, on the building of the faults."""
    from base.basics.errors import DomainError
    from base.rules.rights.actors import job_session
    from energie.services import points
    from patrimoine.models import Asset

    text = "".join(
        path.read_text(encoding="utf-8", errors="ignore")[:200_000]
        for path in data.joinpath("real", "energy-fr").iterdir()
        if path.suffix in (".csv", ".xml", ".json")
    )
    found = sorted(set(re.findall(r"(?<!\d)99\d{12}(?!\d)", text)))
    with job_session((1,), "user:1") as session:
        hall = session.scalars(select(Asset).where(Asset.code == "BAT-1")).one()
        for reference in found:
            try:
                points.create_point(session, hall, reference=reference, on=DAY)
            except DomainError:
                continue


class Walk:
    """Opens addresses and keeps those that a fault of the program answers."""

    def __init__(self, app: Any, most: int) -> None:
        from base.desk.accounts.making import create_user
        from base.rules.rights.actors import security

        self.app, self.most = app, most
        app.appbuilder.sm.builtin_roles.setdefault("Tout", [[".*", ".*"]])
        app.appbuilder.sm.add_role("Tout")
        create_user(EVERYTHING, engines.PASSWORD, roles=["Tout"], entities=["A"], must_change=False)
        security.remove()
        self.browser, self.program = app.test_client(), app.test_client()
        engines.sign_in(self.browser, EVERYTHING)
        self.headers = engines.token_headers(self.program, EVERYTHING)
        self.opened = 0
        self.faults: list[str] = []

    def close(self) -> None:
        """Leave the application as it was."""
        self.app.appbuilder.sm.builtin_roles.pop("Tout", None)

    def open(self, path: str) -> Any:
        """One address; a fault is kept with its first words."""
        is_rest = path.startswith("/api/")
        client, more = (self.program, {"headers": self.headers}) if is_rest else (self.browser, {})
        self.opened += 1
        try:
            answer = client.get(path, **more)
        except Exception as fault:  # the test client lets a bug through: it is what is looked for
            self.faults.append(f"{path}: {fault!r}")
            return None
        if answer.status_code >= 500 or answer.status_code in (400, 422):
            said = answer.get_data(as_text=True)[:200]
            self.faults.append(f"{path}: {answer.status_code} {said}")
        return answer

    def keys(self, model: Any) -> list[Any]:
        """The keys of the last rows of a model in the person's authority, newest first."""
        from base.rules.rights.actors import job_session

        key = inspect(model).primary_key[0]
        with job_session((1,), "user:1", readonly=True) as session:
            return list(
                session.scalars(
                    select(getattr(model, inspect(model).get_property_by_column(key).key))
                    .order_by(key.desc())
                    .limit(self.most)
                )
            )

    def rest(self) -> None:
        """Every resource: its list, then its records."""
        from base.face.api import ModuleApi

        for view in self.app.appbuilder.baseviews:
            if not isinstance(view, ModuleApi) or "get_list" in view.exclude_route_methods:
                continue
            base = f"/api/v1/{view.resource_name}/"
            self.open(f"{base}?q=(page_size:100)")
            if "get" not in view.exclude_route_methods:
                for key in self.keys(view.datamodel.obj):
                    self.open(f"{base}{key}")

    def readings(self) -> None:
        """Every series' readings and, of each quality that is kept, a reading alone."""
        from base.rules.rights.actors import system_session
        from energie.models import DeliveryPoint, Reading

        with system_session("tests", readonly=True) as session:
            kept = session.execute(
                select(Reading.series_id, Reading.quality, Reading.start_at).order_by(
                    Reading.series_id, Reading.start_at
                )
            ).all()
        one_each = {(series, quality): at for series, quality, at in kept}
        for series in sorted({series for series, _quality in one_each}):
            self.open(f"/api/v1/reading/?series_id={series}&page_size=1000")
        for (series, _quality), at in one_each.items():
            self.open(f"/api/v1/reading/{series}:{at}")
            self.open(f"/api/v1/reading/?series_id={series}&from={at}&to={at + 1}")
        for key in self.keys(DeliveryPoint):
            for step in ("day", "month", "year"):
                self.open(f"/api/v1/delivery_point/{key}/use?step={step}")
            for chart in ("days", "curve"):
                self.open(f"/deliverypointview/{chart}/{key}")

    def screens(self) -> None:
        """Every screen: its list and its tabs, then its records and theirs."""
        from base.face.views import ModuleView

        self.open("/")
        for view in self.app.appbuilder.baseviews:
            if not isinstance(view, ModuleView):
                continue
            here = view.route_base
            listed = self.open(f"{here}/list/")
            self.follow(listed, rf'href="({re.escape(here)}/list/\?tab=[^"&]+)"')
            for key in self.keys(view.datamodel.obj):
                shown = self.open(f"{here}/show/{key}")
                self.follow(shown, r'href="(/[^"]+[?&]part=[^"&]+)"')

    def follow(self, answer: Any, pattern: str) -> None:
        """The addresses of a page that fit."""
        if answer is not None and answer.status_code == 200:
            for path in sorted(set(re.findall(pattern, answer.get_data(as_text=True)))):
                self.open(path)


def _sweep(app: Any, data: Path, *, large: bool, most: int) -> tuple[Walk, dict[str, list[str]]]:
    from base.desk.imports.command import import_file

    bases = data / "faults" / "readings"
    import_file("assets", bases / "base-biens.csv", entity="A")
    for name in ("base-points", "base-points-2", "base-points-3", "base-points-4"):
        import_file("meters", bases / f"{name}.csv", entity="A", partial=True)
    _points(data)
    taken = {str(path.relative_to(data)): _take(path) for path in _files(data, large=large)}
    walk = Walk(app, most)
    try:
        walk.rest()
        walk.readings()
        walk.screens()
    finally:
        walk.close()
    return walk, taken


def test_everything_opens_after_all_files(sqlite_app: Any, real_data: Path) -> None:
    walk, taken = _sweep(sqlite_app, real_data, large=False, most=SHORT)
    assert walk.faults == []
    assert walk.opened > 150
    assert sum(bool(kinds) for kinds in taken.values()) > 40, taken


@pytest.mark.slow
def test_every_record_opens_after_all_files(app: Any, real_data: Path) -> None:
    walk, _taken = _sweep(app, real_data, large=True, most=WHOLE)
    assert walk.faults == []
