"""Every list of the demonstration, exported and imported again, changes nothing."""

import contextlib

import pytest

from base.desk.imports.command import import_file
from reports.demonstration import run
from tests.engines import sign_in
from tests.listed import add_reader, unchanged
from tests.registers import register


@pytest.fixture
def alone(monkeypatch, sqlite_app):
    """Jobs are done here, without a worker beside us."""

    @contextlib.contextmanager
    def nobody():
        yield lambda: False

    monkeypatch.setattr(run, "worker", nobody)
    return sqlite_app


@pytest.mark.slow
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_every_list_of_the_demonstration_comes_back(alone, tmp_path, form):
    run.run(None, "small")
    add_reader()
    client = alone.test_client()
    sign_in(client, "zoe")

    def take(importer, data, form):
        path = tmp_path / f"liste.{form}"
        path.write_bytes(data)
        return import_file(importer.kind, path, entity="A")

    before = register()
    wrong = unchanged(alone, client, take, form, every=True, language="fr")
    assert wrong == [], "\n".join(map(str, wrong))
    assert register() == before
