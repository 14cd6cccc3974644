"""The demonstration: on a small commune, on real files, again, and never on somebody's data."""

import contextlib
import shutil
from datetime import date

import pytest
from flask_appbuilder.security.sqla.models import User
from pypdf import PdfReader
from sqlalchemy import func, select

from base.basics import clock
from base.basics.formats import euros
from base.desk.accounts import making
from base.papers.files.store import current_store
from base.rules.rights.actors import job_session, security, system_session
from base.store.database import db
from base.store.models import Entity, Event
from base.store.models.documents import Document
from base.store.models.imports import ImportBatch
from base.store.models.inbox import Notification
from energie.models import Invoice
from interventions.models import Expense, Labour, Photo, ServiceRequest, WorkOrder
from patrimoine.models import Asset, CostLine
from patrimoine.services import create
from reports.demonstration import commune, found, history, run, steps
from reports.demonstration.commune.ground import load
from tests import engines
from tests.reports.town import NOW


@pytest.fixture
def alone(monkeypatch, sqlite_app):
    """Jobs are done here, without a worker beside us; one authority, as on a fresh database."""

    @contextlib.contextmanager
    def nobody():
        yield lambda: False

    monkeypatch.setattr(run, "worker", nobody)
    return sqlite_app


GROUND = commune.Ground(commune.SMALL, NOW.date())


def test_the_generated_files_are_the_same_every_time(tmp_path):
    for name in ("a", "b"):
        commune.write(tmp_path / name, GROUND)
    written = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(written) > 20
    for name in written:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_the_large_commune_is_as_large_as_promised(tmp_path):
    ground = commune.Ground(commune.FULL, NOW.date())
    commune.write(tmp_path, ground)
    gear = load(tmp_path / "equipements.csv") + load(tmp_path / "compteurs.csv")
    counts = {
        "parcels": (tmp_path / "parcelles.json").read_text().count('"contenance"'),
        "buildings": (tmp_path / "biens.csv").read_text("utf-8-sig").count(";bâtiment;"),
        "vehicles": len(load(tmp_path / "vehicules.csv")),
        "equipment": len(gear),
    }
    assert counts == {"parcels": 900, "buildings": 60, "vehicles": 80, "equipment": 2500}


def test_work_follows_the_seasons(tmp_path):
    commune.write(tmp_path, commune.Ground(commune.FULL, NOW.date()))
    of_year = load(tmp_path / f"interventions-{NOW.year - 1}.csv")
    months = {"Panne de chauffage": [0] * 12, "Tonte": [0] * 12}
    for row in of_year:
        if row["Objet"] in months:
            months[row["Objet"]][int(row["Ouverte le"][3:5]) - 1] += 1
    heating, mowing = months["Panne de chauffage"], months["Tonte"]
    assert sum(heating[:3] + heating[9:]) > 20
    assert sum(heating[5:8]) == 0
    assert sum(mowing[3:9]) > 40
    assert sum(mowing[:2] + mowing[11:]) == 0


def test_files_are_known_by_their_content_in_path_order(tmp_path):
    files = commune.write(tmp_path / "x", GROUND)
    wanted = ("parcelles.json", "equipements.csv", files.curve)
    for index, name in enumerate(wanted):
        files.path(name).rename(tmp_path / f"{9 - index}.bin")
    shutil.rmtree(files.folder)
    (tmp_path / "0.csv").write_text("a;b\n1;2\n")
    (tmp_path / "1.pdf").write_bytes(b"%PDF-1.4 casse")
    inputs = found.look(tmp_path)
    found_of_each = (inputs.parcels, inputs.assets, inputs.other_curves)
    assert [len(paths) for paths in found_of_each] == [1, 1, 1]
    assert inputs.invoices == []


def test_the_whole_job_runs_and_its_total_is_the_sum_of_its_inputs(alone, capsys):
    run.run(None, "small")
    said = capsys.readouterr().out
    assert "total du rapport = total recalculé" in said
    assert "le jour de son contrôle est passé" in said
    folder = alone.settings.data_dir / "demo"
    for name in ("etiquettes.pdf", "rapport-couts.pdf", "tracabilite.pdf"):
        assert len(PdfReader(folder / name).pages) >= 1
        assert str(folder / name) in said
    year = date.fromisoformat(steps.marks(1)["begin"]["on"]).year
    with system_session("test", readonly=True) as session:
        rows = session.query(CostLine.net_eur, CostLine.date_on).all()
        booked = sum(net for net, on in rows if on.year == year)
        states = {state for (state,) in session.query(WorkOrder.state).distinct()}
        assert session.query(Invoice).filter_by(state="waiting").count() == 1
        assert session.query(ServiceRequest).filter_by(state="new").count() > 3
        told = [date.fromisoformat(steps.marks(1)["begin"]["on"])]
        for column in (CostLine.date_on, Labour.date_on, Expense.date_on):
            told += [on for (on,) in session.query(column)]
        for column in (WorkOrder.started_at, WorkOrder.finished_at, ServiceRequest.received_at):
            told += [clock.local(at).date() for (at,) in session.query(column) if at is not None]
        assert max(told) == told[0]  # nothing that is told as done is to come
        # Whoever scans a tag of the demonstration reads whom to call.
        assert session.get_one(Entity, 1).phone == "03 53 01 00 10"
        shown = {moment for (moment,) in session.query(Photo.moment).distinct()}
        kinds = {kind for (kind,) in session.query(Document.media_type).distinct()}
        assert shown == {"before", "after"} and {"image/jpeg", "application/pdf"} <= kinds
        labels = " ".join(label for (label,) in session.query(Document.label))
        for word in ("notice", "plan des niveaux", "rapport de vérification", "façade"):
            assert word in labels, word
    assert f"total du rapport = {euros(booked)}" in said
    assert {"validated", "planned", "cancelled"} <= states

    # Again: every step is there, and nothing is doubled.
    before = counts()
    run.run(None, "small")
    again = capsys.readouterr().out
    assert again.count("(déjà fait)") == 10
    assert again.rsplit("total du rapport = ", 2)[1] == said.rsplit("total du rapport = ", 2)[1]
    assert counts() == before
    _a_living_town(alone)


def _a_living_town(app):
    """What people did is told of them, each sees it, and the command is told of nobody."""
    with system_session("test", readonly=True) as session:
        ids = {number: name for number, name in session.query(User.id, User.username)}
        names = {
            actor: ids.get(int(actor[5:] or 0)) if actor.startswith("user:") else actor
            for (actor,) in session.query(Event.actor).distinct()
        }
        told = {
            ids[user_id]
            for (user_id,) in session.query(Notification.user_id).filter(
                Notification.read_at.is_(None)
            )
        }
    worked = {a.username for a in commune.ACCOUNTS if a.role in ("Agent", "Responsable", "Énergie")}
    assert worked | {"pascal.thevenin", "public"} <= set(names.values())
    assert {"nadia.ferhat", "elise.maurand"} <= told
    for who in ("claire.vasseur", "nadia.ferhat", "yann.kerjean", "elise.maurand"):
        making.set_password(who, engines.PASSWORD, must_change=False)
        security.remove()
        client = app.test_client()
        engines.sign_in(client, who)
        page = client.get("/accueil/tuile/recent").get_data(as_text=True)
        assert page.count("<li") >= 2, who
        assert "ligne de commande" not in page, who


def counts():
    """Rows of every table, the notes of processes left out."""
    with system_session("test", readonly=True) as session:
        return {
            name: session.core(select(func.count()).select_from(table)).scalar()
            for name, table in db.metadata.tables.items()
            if name not in ("base_process", "base_periodic")
        }


def test_a_run_goes_on_where_it_was_cut_and_ends_in_the_same_totals(alone, capsys, monkeypatch):
    class Cut(BaseException):
        """As a kill."""

    def cut(*_args, **_kwargs):
        raise Cut

    for owner, name in (
        (history, "people"),
        (steps, "years"),
        (steps, "intervene"),
        (steps, "invoice"),
    ):
        with monkeypatch.context() as broken:
            broken.setattr(owner, name, cut)
            with pytest.raises(Cut):
                run.run(None, "small")
    # A file that is in, whose step was not noted.
    demo = run._demo(None, "small")
    history.take_in(
        *(demo.files, demo.files.history[:4]),
        code="A",
        reading=demo.reading,
        acting=demo.acting,
        say=demo.say,
    )
    capsys.readouterr()
    run.run(None, "small")
    said = capsys.readouterr().out
    assert "total du rapport = total recalculé" in said
    assert said.count("(déjà fait)") == 8
    with system_session("test", readonly=True) as session:
        assert session.query(Asset).filter_by(code="BAT-0001").count() == 1
        batches = session.query(ImportBatch.digest).all()
        assert len(batches) == len(set(batches))


def test_somebodys_data_are_left_alone(alone):
    with job_session((1,), "user:2", "test") as session:
        create(session, "building", entity_id=1, code="B", name="Mairie", on=NOW.date())
    with pytest.raises(steps.NotEmpty):
        run.run(None)
    with system_session("test", readonly=True) as session:
        assert session.query(Asset).count() == 1


def test_the_job_runs_on_real_files(alone, real_data, capsys):
    run.run(real_data / "real")
    said = capsys.readouterr().out
    # 105 120 steps of ten minutes, 2 448 of them empty.
    assert "102 672 valeurs lues" in said.replace("\u00a0", " ")
    assert "4\u00a0241 créées" in said
    assert "comme le ferait une personne" in said
    assert "total du rapport = total recalculé" in said
    assert current_store().sweep() == 0
