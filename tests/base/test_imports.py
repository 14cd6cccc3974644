"""Imports: all or nothing, old → new, the same file twice, errors given back, by every door."""

import csv
import io
import json

import pytest
from sqlalchemy import func, select

from base.basics.errors import DomainError, InvalidInput
from base.desk.imports import Options, importer_of
from base.desk.imports.command import import_file, run
from base.rules.rights.actors import system_session
from base.store.models import Event, Partner
from base.store.models.imports import ImportBatch, ImportRow, ImportState

FILE = """Raison sociale;Code;SIRET;Téléphone
Électricité Durand;DUR;73282932000074;01 02 03 04 05
Plomberie Martin;MAR;;
"""
BAD = """Raison sociale;Code;SIRET;Colonne inconnue
Électricité Durand;DUR;73282932000075;a
;VIDE;;b
Plomberie Martin;MAR;;=1+1
Autre Martin;MAR;;d
"""
WRONG = (
    "«\u00a073282932000075\u00a0» n’est pas un SIRET\u00a0: sa clé est fausse, "
    "relisez ses chiffres. Un SIRET juste\u00a0: 73282932000074."
)


@pytest.fixture
def given(tmp_path):
    def make(text, name="tiers.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return make


def partners():
    with system_session("test", readonly=True) as session:
        return {p.code: (p.name, p.siret, p.phone) for p in session.scalars(select(Partner))}


def count(model):
    with system_session("test", readonly=True) as session:
        return session.scalar(select(func.count()).select_from(model))


def batches():
    with system_session("test", readonly=True) as session:
        found = list(session.scalars(select(ImportBatch).order_by(ImportBatch.id)))
        session.expunge_all()
    return found


def test_a_file_becomes_records_with_their_history(app, given):
    report = import_file("suppliers", given(FILE), entity="A")
    assert (report.created, report.updated, report.unchanged, report.rejected) == (2, 0, 0, 0)
    assert report.applied
    assert partners() == {
        "DUR": ("Électricité Durand", "73282932000074", "01 02 03 04 05"),
        "MAR": ("Plomberie Martin", None, None),
    }
    with system_session("test", readonly=True) as session:
        events = list(session.scalars(select(Event).where(Event.record == "base_partner")))
        rows = list(session.scalars(select(ImportRow).order_by(ImportRow.number)))
        session.expunge_all()
    assert [(e.op, e.actor, e.door) for e in events] == [("I", "cli", "import suppliers")] * 2
    assert [(r.number, r.effect, r.record) for r in rows] == [
        (2, "created", "base_partner"),
        (3, "created", "base_partner"),
    ]
    assert json.loads(events[0].changes)["siret"] == [None, "73282932000074"]


def test_a_trial_writes_nothing(app, given):
    report = import_file("suppliers", given(FILE), entity="A", dry_run=True)
    assert (report.created, report.applied) == (2, False)
    assert partners() == {}
    assert batches() == []


def test_the_same_file_twice_changes_nothing_and_links_the_first(app, given):
    first = import_file("suppliers", given(FILE), entity="A")
    second = import_file("suppliers", given(FILE), entity="A")
    assert (second.created, second.updated, second.unchanged) == (0, 0, 2)
    assert second.former_id == first.batch_id
    assert count(ImportRow) == 2


def test_an_undone_file_applies_again(app, given):
    first = import_file("suppliers", given(FILE), entity="A")
    with system_session("test") as session:
        for partner in session.scalars(select(Partner)):
            session.delete(partner)
        session.get_one(ImportBatch, first.batch_id).state = ImportState.UNDONE
    again = import_file("suppliers", given(FILE), entity="A")
    assert (again.created, again.former_id) == (2, None)


def test_old_and_new_are_shown_for_each_cell(app, given):
    import_file("suppliers", given(FILE), entity="A")
    changed = FILE.replace("01 02 03 04 05", "0600000000").replace(";MAR;;", ";MAR;;0700000000")
    report = import_file("suppliers", given(changed, "b.csv"), entity="A", dry_run=True)
    assert [(line.row, line.effect, line.changes) for line in report.lines] == [
        (2, "updated", {"phone": ["01 02 03 04 05", "0600000000"]}),
        (3, "updated", {"phone": ["", "0700000000"]}),
    ]
    assert report.cells_changed == 2
    import_file("suppliers", given(changed, "b.csv"), entity="A")
    with system_session("test", readonly=True) as session:
        kept = session.scalars(select(ImportRow.changes).where(ImportRow.effect == "updated")).all()
    assert json.loads(kept[1]) == {"phone": [None, "0700000000"]}


def test_an_empty_cell_leaves_what_is_recorded(app, given):
    import_file("suppliers", given(FILE), entity="A")
    report = import_file(
        "suppliers", given(FILE.replace("01 02 03 04 05", ""), "b.csv"), entity="A"
    )
    assert report.unchanged == 2
    assert partners()["DUR"][2] == "01 02 03 04 05"


def test_one_refused_row_stops_all_unless_partial(app, given):
    report = import_file("suppliers", given(BAD), entity="A")
    assert (report.applied, report.rejected) == (False, 3)
    assert partners() == {}
    assert report.errors == [
        {
            "row": 2,
            "column": "SIRET",
            "reason": WRONG,
        },
        {"row": 3, "column": "Nom", "reason": "Nom\u00a0: la cellule est vide."},
        {
            "row": 5,
            "column": "Code",
            "reason": "«\u00a0MAR\u00a0» est déjà à la ligne 4 de ce fichier.",
        },
    ]
    assert report.ignored == ["Colonne inconnue"]
    (batch,) = batches()
    assert (batch.state, batch.rejected) == ("refused", 3)
    report = import_file("suppliers", given(BAD), entity="A", partial=True)
    assert (report.created, report.rejected, report.applied) == (1, 3, True)
    assert set(partners()) == {"MAR"}


def test_the_error_file_gives_the_rows_back_and_may_be_given_again(app, given):
    from base.papers.files.store import current_store

    import_file("suppliers", given(BAD + "=cmd;X;x;\n"), entity="A")
    (batch,) = batches()
    assert batch.errors_label == "tiers-erreurs.csv"
    data = current_store().read(batch.errors_digest)
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["Raison sociale", "Code", "SIRET", "Colonne inconnue", "Motif du rejet"]
    assert rows[1] == [
        "Électricité Durand",
        "DUR",
        "73282932000075",
        "a",
        WRONG,
    ]
    assert rows[4][0] == "'=cmd"
    corrected = data.decode("utf-8-sig").replace("73282932000075", "73282932000074")
    report = import_file("suppliers", given(corrected, "c.csv"), entity="A", partial=True)
    assert report.created == 2
    assert "Motif du rejet" not in report.columns.values()


def test_an_xlsx_gets_an_xlsx_error_file(app, given, tmp_path):
    import openpyxl

    from base.papers.files.store import current_store
    from base.papers.tables import open_tables

    book = openpyxl.Workbook()
    book.active.append(["Nom", "SIRET"])
    book.active.append(["Durand", 12])
    book.save(tmp_path / "t.xlsx")
    report = import_file("suppliers", tmp_path / "t.xlsx", entity="A")
    assert report.rejected == 1
    (batch,) = batches()
    path = tmp_path / "e.xlsx"
    path.write_bytes(current_store().read(batch.errors_digest))
    (table,) = open_tables(path)
    rows = [row.cells for row in table.rows()]
    assert rows[0] == ["Nom", "SIRET", "Motif du rejet"]
    assert str(rows[1][1]) == "12"


def test_a_file_without_the_needed_column_says_which(app, given):
    with pytest.raises(InvalidInput, match="Il manque la colonne «\u00a0Nom\u00a0»"):
        import_file("suppliers", given("SIRET;Code\n;A\n"), entity="A")
    with pytest.raises(InvalidInput, match="Aucune ligne de ce fichier"):
        import_file("suppliers", given("gml_id,cli\n1,2\n"), entity="A")
    with pytest.raises(InvalidInput, match="aucune ligne sous"):
        import_file("suppliers", given("Nom;Code\n"), entity="A")
    assert batches() == []


def test_a_person_maps_what_is_not_recognised(app, given):
    options = Options(mapping={"Truc": "name"})
    report = import_file("suppliers", given("Truc;Code\nDurand;D\n"), entity="A", options=options)
    assert report.created == 1


def test_names_without_codes_find_their_record_again(app, given):
    text = "Nom\nÉlectricité Durand\nElectricite durand 2\n"
    assert import_file("suppliers", given(text), entity="A").created == 2
    assert set(partners()) == {"ELECTRICITEDURAN", "ELECTRICITEDURAN2"}
    assert import_file("suppliers", given(text.upper(), "b.csv"), entity="A").created == 0


def test_entities_do_not_see_each_other(app, given):
    import_file("suppliers", given(FILE), entity="A")
    report = import_file("suppliers", given(FILE), entity="B")
    assert (report.created, report.former_id) == (2, None)


def test_a_change_under_the_import_makes_it_compare_again(app, given, monkeypatch):
    from base.desk.imports import command

    import_file("suppliers", given(FILE), entity="A")
    real, calls = command.keep_report, []

    def meanwhile(store, examination):
        if not calls:
            with system_session("test") as session:
                session.scalars(select(Partner).where(Partner.code == "MAR")).one().phone = "1"
        calls.append(1)
        return real(store, examination)

    monkeypatch.setattr(command, "keep_report", meanwhile)
    report = import_file("suppliers", given(FILE.replace(";MAR;;", ";MAR;;2"), "b.csv"), entity="A")
    assert len(calls) == 2
    (line,) = report.with_effect("updated")
    assert line.changes == {"phone": ["1", "2"]}
    assert partners()["MAR"][2] == "2"


def test_a_fault_in_the_writing_leaves_nothing(app, given, monkeypatch):
    importer = importer_of("suppliers")

    def broken(session, row, values):
        raise RuntimeError("bug")

    import_file("suppliers", given(FILE), entity="A")
    monkeypatch.setattr(importer, "change", broken)
    text = FILE.replace("01 02", "99 99") + "Nouveau;NEW;;\n"
    with pytest.raises(RuntimeError):
        import_file("suppliers", given(text, "b.csv"), entity="A")
    assert set(partners()) == {"DUR", "MAR"}
    assert len(batches()) == 1


# -- the command ---------------------------------------------------------------------------------


def test_the_command_prints_counts_and_a_json_line(sqlite_app, given, capsys):
    assert run("suppliers", str(given(FILE)), entity="A", as_json=True) == 0
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {k: summary[k] for k in ("created", "updated", "unchanged", "rejected", "errors")} == {
        "created": 2,
        "updated": 0,
        "unchanged": 0,
        "rejected": 0,
        "errors": [],
    }


def test_the_command_says_each_refused_row(sqlite_app, given, capsys):
    assert run("suppliers", str(given(BAD)), entity="A") == 1
    out, err = capsys.readouterr()
    assert "Ligne 3\u00a0: Nom\u00a0: la cellule est vide." in out
    assert "créées\u00a0: 0, modifiées\u00a0: 0, inchangées\u00a0: 0, rejetées\u00a0: 3" in out
    assert "--partial" in err
    assert run("suppliers", str(given(BAD)), entity="A", partial=True) == 0
    capsys.readouterr()
    # A trial that would refuse rows says them, and fails as the import would.
    assert run("suppliers", str(given(BAD, "c.csv")), entity="A", dry_run=True) == 1
    out, err = capsys.readouterr()
    assert "Ligne 3\u00a0: Nom\u00a0: la cellule est vide." in out and "--partial" in err
    assert run("suppliers", str(given(BAD)), entity="A", dry_run=True, partial=True) == 0


def test_wrong_usage_and_wrong_files_have_their_codes(sqlite_app, given, capsys):
    assert run("suppliers", str(given(FILE))) == 2
    assert "--entity" in capsys.readouterr().err
    assert run("zzz", str(given(FILE)), entity="A") == 2
    assert run("suppliers", "/nowhere.csv", entity="A") == 1
    assert run("suppliers", str(given(FILE)), entity="Z") == 2
    assert run("suppliers", str(given("<html></html>")), entity="A", as_json=True) == 1
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert summary["errors"][0]["reason"].startswith("Ce fichier est une page web")


# -- accounts ------------------------------------------------------------------------------------

ACCOUNTS = """Identifiant;Nom;Prénom;Courriel;Rôles;Entités
eric;Petit;Éric;eric@example.org;Agent;A, B
fanny;Grand;Fanny;fanny@example.org;Agent, Lecteur;
"""


def test_accounts_get_their_roles_and_entities(app, given):
    from flask_appbuilder.security.sqla.models import User

    from base.store.models import UserEntity

    with pytest.raises(DomainError):
        import_file("zzz", given(ACCOUNTS))
    report = import_file("users", given(ACCOUNTS.replace("A, B", "A")), entity="A")
    assert report.created == 2, report.errors
    with system_session("test", readonly=True) as session:
        users = {u.username: u for u in session.scalars(select(User))}
        assert [r.name for r in users["eric"].roles] == ["Agent"]
        held = session.scalars(
            select(UserEntity.entity_id).where(UserEntity.user_id == users["fanny"].id)
        )
        assert list(held) == [1]
    assert import_file("users", given(ACCOUNTS.replace("A, B", "A"), "b.csv"), entity="A").unchanged
    other = ACCOUNTS.replace("A, B", "A").replace("Agent;", "Responsable;")
    report = import_file("users", given(other, "c.csv"), entity="A")
    assert report.lines[0].changes == {"roles": ["Agent", "Responsable"]}


def test_a_file_makes_no_administrator(app, given):
    text = ACCOUNTS.replace("Agent;", "Admin;") + "admin;A;A;a@example.org;Agent;\n"
    report = import_file("users", given(text), entity="A")
    assert [e["row"] for e in report.errors] == [2, 2, 4]
