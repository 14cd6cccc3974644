"""The demonstration: on a small commune, on real files, again, and never on somebody's data."""

import contextlib
from decimal import Decimal

import pytest
from pypdf import PdfReader

from base.files import current_store
from base.models import Setting
from base.sessions import job_session, system_session
from patrimoine.models import Asset, CostLine
from patrimoine.services import create
from reports.demonstration import commune, found, run, steps
from tests.reports.town import NOW


@pytest.fixture
def alone(monkeypatch, sqlite_app):
    """Jobs are done here, without a worker beside us; one authority, as on a fresh database."""

    @contextlib.contextmanager
    def nobody():
        yield lambda: False

    monkeypatch.setattr(run, "worker", nobody)
    return sqlite_app


def test_the_generated_files_are_the_same_every_time(tmp_path):
    for name in ("a", "b"):
        commune.write(tmp_path / name)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_files_are_known_by_their_content_in_path_order(tmp_path):
    commune.write(tmp_path / "x")
    for index, path in enumerate(sorted((tmp_path / "x").iterdir())):
        path.rename(tmp_path / f"{9 - index}.bin")
    (tmp_path / "0.csv").write_text("a;b\n1;2\n")
    (tmp_path / "1.pdf").write_bytes(b"%PDF-1.4 casse")
    inputs = found.look(tmp_path)
    assert [len(paths) for paths in (inputs.parcels, inputs.assets, inputs.curves)] == [1, 1, 1]
    assert inputs.invoices == []


def test_the_whole_job_runs_and_its_total_is_the_sum_of_its_inputs(alone, capsys):
    run.run(None)
    said = capsys.readouterr().out
    assert "total du rapport = total recalculé" in said
    folder = alone.settings.data_dir / "demo"
    for name in ("etiquettes.pdf", "rapport-couts.pdf", "tracabilite.pdf"):
        assert len(PdfReader(folder / name).pages) >= 1
        assert str(folder / name) in said
    with system_session("test", readonly=True) as session:
        booked = [net for (net,) in session.query(CostLine.net_eur)]
    # 2,50 h and six other jobs of 12,50 h at 32,40; 2 × 14,90 + 20 %; 180,00 + 20 %; the invoice.
    bill = found.invoice_total(folder / "fichiers" / "facture-electricite.xml")
    expected = Decimal("486.00") + Decimal("35.76") + Decimal("216.00") + bill
    assert sum(booked) == expected


def test_a_second_run_goes_on_and_doubles_nothing(alone, capsys, monkeypatch):
    def fail(demo):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(steps, "invoice", fail)
        with pytest.raises(KeyboardInterrupt):
            run.run(None)
    capsys.readouterr()
    run.run(None)
    said = capsys.readouterr().out
    assert "3/6  Intervention par l’étiquette  (déjà fait)" in said
    first = said.rsplit("total du rapport = ", 2)[1]
    run.run(None)
    assert capsys.readouterr().out.rsplit("total du rapport = ", 2)[1] == first
    with system_session("test", readonly=True) as session:
        assert session.query(Asset).filter_by(code="BAT-0001").count() == 1


def test_a_step_cut_before_its_marker_is_done_again_without_harm(alone, capsys):
    run.run(None)
    first = capsys.readouterr().out.rsplit("total du rapport = ", 2)[1]
    with system_session("test") as session:
        for step in ("register", "labels", "measure", "invoice"):
            session.delete(session.query(Setting).filter_by(key=f"demo.{step}").one())
    run.run(None)
    said = capsys.readouterr().out
    assert "(déjà fait)" in said
    assert said.rsplit("total du rapport = ", 2)[1] == first


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
    assert "4241 créées" in said
    assert "comme le ferait une personne" in said
    assert "total du rapport = total recalculé" in said
    assert current_store().sweep() == 0
