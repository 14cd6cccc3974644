"""What the reports say of a tiny town, against sums worked out by hand."""

import csv
import io
import json
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from base.basics.errors import InvalidInput
from base.engine.jobs import run as do_job
from base.papers.files.store import current_store
from base.papers.reporting import get
from base.rules.rights.actors import job_session
from reports import jobs, queries, services
from tests.reports import town

PARAMS = {"start": "2026-01-01", "end": "2027-01-01"}
SEEN: dict[str, dict[str, str]] = {}


def content(code="cost", scope=(1,), **given):
    with job_session(scope, "user:2", "test", readonly=True) as session:
        report = get(code)
        values = report.read(given, today=date(2026, 11, 23))
        made = report.function(session, values, lambda percent, text: None)
        tables = {
            table.key: ([list(line.cells) for line in table.rows()], table.total)
            for table in made.tables
        }
    return made, tables


def cells(rows):
    return [[str(cell) if isinstance(cell, Decimal) else cell for cell in row] for row in rows]


def ask(code="cost", form="csv", scope=(1,), **given):
    """A run made as a worker makes it; its id."""
    with job_session(scope, "user:2", "test") as session:
        run = services.ask(
            session,
            code=code,
            given=given or PARAMS,
            form=form,
            asked_by="Alice A",
            at=town.NOW,
            today=date(2026, 11, 23),
        )
        jobs.start(session, run)
        run_id, job_id = run.id, run.job_id
    do_job(job_id)
    return run_id


def finished(run_id, scope=(1,)):
    with job_session(scope, "user:2", "test", readonly=True) as session:
        run = services._run(session, run_id)
        assert run.finished_at is not None, run.job.last_error
        return run.file_digest, run.content_digest, run.number, run.same_as_id


def document(run_id):
    return current_store().read(finished(run_id)[0])


def test_the_cost_report_adds_up_to_the_sums_worked_out_by_hand(tilleuls):
    made, tables = content(**PARAMS)
    assert [str(figure.value) for figure in made.figures] == [
        *("240.60", "208.50", "32.10", "240.60"),
    ]
    assert made.figures[0].caption.replace("\u00a0", " ") == (
        "coût net, +0,60 € (+0,3 %) sur la période précédente"
    )
    rows, total = tables["asset"]
    assert cells(rows) == [
        ["Les Tilleuls", "120.00", "48.00", "0.00", "12.00", "180.00", "0.748"],
        ["Mairie", "60.60", "0.00", "0.00", "0.00", "60.60", "0.252"],
    ]
    assert cells([total]) == [
        ["Total net", "180.60", "48.00", "0.00", "12.00", "240.60", "1"],
    ]
    rows, total = tables["nature"]
    assert cells(rows) == [
        [
            *("Énergie", 2, "150.50", "30.10", "180.60", "180.60", "0.751"),
            *("240.00", "-59.40", "-0.248"),
        ],
        [*("Main-d’œuvre", 1, "48.00", "0.00", "48.00", "48.00", "0.199"), "0.00", "48.00", None],
        [*("Fournisseurs", 2, "0.00", "0.00", "0.00", "0.00", "0.0"), "0.00", "0.00", None],
        [*("Pièces", 1, "10.00", "2.00", "12.00", "12.00", "0.05"), "0.00", "12.00", None],
    ]
    assert cells(tables["asset_change"][0]) == [
        ["Les Tilleuls", "180.00", "240.00", "-60.00", "-0.250"],
        ["Mairie", "60.60", "0.00", "60.60", None],
    ]
    assert cells([tables["asset_change"][1]]) == [
        ["Total net", "240.60", "240.00", "0.60", "0.003"]
    ]
    assert cells([total])[0][7:] == ["240.00", "0.60", "0.003"]
    assert cells([total])[0][1:6] == [6, "208.50", "32.10", "240.60", "240.60"]
    assert [row[0] for row in tables["account"][0]] == ["60612", "60632", "615221", "64111"]
    assert [(row[0], str(row[5]), str(row[7])) for row in tables["month"][0]] == [
        ("janvier 2026", "120.00", "0.00"),
        ("mars 2026", "60.00", "0.00"),
        ("avril 2026", "0.00", "0.00"),
        ("mai 2026", "0.00", "240.00"),
        ("décembre 2026", "60.60", "0.00"),
    ]
    assert made.facts == [
        ("Écritures lues", "6 écritures, dont 1 annulation"),
        ("Période précédente", "01/01/2025 au 31/12/2025"),
    ]


def test_the_detail_is_the_ledger_line_by_line(tilleuls):
    _made, tables = content(**PARAMS)
    rows, total = tables["lines"]
    plain = [row for row in rows if row[0].__class__ is date]
    assert [(row[1], row[4], str(row[8]), str(row[11])) for row in plain] == [
        ("BAT-1", "Gaz, janvier", "100.00", "120.00"),
        ("EQP-1", "=Alice, 1,50 h", "48.00", "48.00"),
        ("EQP-1", "<b>Joint</b>", "10.00", "12.00"),
        ("BAT-2", "Peinture", "200.00", "240.00"),
        ("BAT-2", "Annulation\u00a0: Peinture", "-200.00", "-240.00"),
        ("BAT-2", "Électricité, décembre", "50.50", "60.60"),
    ]
    assert [str(row[10]) for row in plain[:2]] == ["120.00", "48.00"]
    assert sum(row[11] for row in plain) == total[11] == Decimal("240.60")


def test_a_perimeter_takes_what_is_below_it_and_nothing_else(tilleuls):
    made, tables = content(asset="BAT-1", **PARAMS)
    assert str(made.figures[0].value) == "180.00"
    assert cells(tables["asset"][0]) == [
        ["Les Tilleuls, le bien lui-même", "120.00", "0.00", "0.00", "120.00", "0.667"],
        ["Chaudière", "0.00", "48.00", "12.00", "60.00", "0.333"],
    ]
    assert (
        made.perimeter
        == "Les Tilleuls, Commune d’Aubre (BAT-1) et tout ce qu’il contient\u00a0: 2 biens"
    )


def test_another_authority_is_in_no_sum_and_in_no_byte(tilleuls):
    made, _tables = content(scope=(2,), **PARAMS)
    assert str(made.figures[0].value) == "5000.00"
    for form in ("csv", "xlsx", "pdf"):
        data = document(ask(form=form))
        assert b"5000" not in data
        if form == "pdf":
            text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
            assert "Brenne" not in text and "5\u00a0000,00" not in text


def test_an_empty_period_says_so(tilleuls):
    made, tables = content(start="2019-01-01", end="2020-01-01")
    assert str(made.figures[0].value) == "0.00"
    assert all(rows == [] for rows, _total in tables.values())


def test_an_unknown_asset_is_named(tilleuls):
    with pytest.raises(InvalidInput, match="BAT-9"):
        content(asset="BAT-9", **PARAMS)
    with pytest.raises(InvalidInput, match="Plusieurs"):
        content(scope=(1, 2), asset="BAT-1", **PARAMS)


def test_pdf_xlsx_and_csv_say_the_same(tilleuls):
    forms = ("pdf", "xlsx", "csv")
    pdf, xlsx, text = (document(ask(form=form, detail="1", **PARAMS)) for form in forms)
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig")), delimiter=";"))
    assert sum(Decimal(row["Net, €"].replace(",", ".")) for row in rows) == Decimal("240.60")
    book = load_workbook(io.BytesIO(xlsx))
    lines = list(book["Détail des écritures"].iter_rows(values_only=True))
    assert lines[-1][8:12] == (208.5, 32.1, 240.6, 240.6)
    assert [line[4] for line in lines if line[1] == "EQP-1"] == ["=Alice, 1,50 h", "<b>Joint</b>"]
    shown = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    shown = shown.replace("\u00a0", " ")
    for part in ("240,60 €", "208,50 €", "32,10 €", "RAP-2026-00001", "<b>Joint</b>", "−240,00"):
        assert part in shown, part


def test_both_engines_give_the_same_bytes(tilleuls, server):
    found = {}
    for code, given in (("cost", PARAMS), ("traceability", {"asset": "EQP-1"})):
        for form in ("pdf", "xlsx", "csv"):
            found[f"{code} {form}"] = finished(ask(code=code, form=form, **given))[0]
    SEEN[server.kind] = found
    assert all(other == found for other in SEEN.values())


def test_the_same_question_on_the_same_data_gives_the_same_document(tilleuls):
    first = ask(form="pdf")
    again, other = ask(form="pdf"), ask(form="xlsx")
    assert finished(again)[0] == finished(first)[0]
    assert finished(again)[3] == first
    assert finished(again)[2] != finished(first)[2]
    assert finished(other)[0] != finished(first)[0]
    assert finished(other)[1] == finished(first)[1]
    with job_session((1,), "user:2", "test") as session:
        asset = queries.assets_with_code(session, "EQP-1")[0]
        asset.name = "Chaudière à gaz"
    changed = ask(form="pdf")
    assert finished(changed)[3] is None
    assert finished(changed)[1] != finished(first)[1]


def test_a_traceability_report_on_the_same_data_is_the_same_document_too(tilleuls):
    first = ask(code="traceability", form="pdf", asset="EQP-1")
    assert finished(ask(code="traceability", form="pdf", asset="EQP-1"))[3] == first


def test_traceability_tells_who_when_and_from_what_to_what(tilleuls):
    with job_session((1,), "user:2", "test") as session:
        asset = queries.assets_with_code(session, "EQP-1")[0]
        asset.name = "Chaudière à gaz"
        asset.status = "in_repair"
    made, tables = content("traceability", asset="EQP-1")
    assert made.title == "Traçabilité\u00a0: Chaudière à gaz"
    events, _total = tables["events"]
    changed = [row for row in events if row[4] == "modification"]
    assert [(row[2], row[3], row[5], row[6], row[7]) for row in changed] == [
        ("Alice A", "Bien", "nom", "Chaudière", "Chaudière à gaz"),
        ("Alice A", "Bien", "état", "En service", "En réparation"),
    ]
    identity = dict(map(tuple, tables["identity"][0]))
    assert identity["N° d’inventaire"] == "EQP-1"
    assert identity["Rattaché à"] == "Les Tilleuls"
    assert identity["État"] == "En réparation"
    assert [row[2] for row in tables["places"][0]] == ["Les Tilleuls"]
    costs, total = tables["costs"]
    assert [row[2] for row in costs] == ["=Alice, 1,50 h", "<b>Joint</b>"]
    assert str(total[6]) == "60.00"


def test_a_wrong_question_leaves_no_run(tilleuls):
    for given in ({"start": "2026-02-30"}, {"end": "2020-01-01"}, {"asset": "BAT-9"}):
        with pytest.raises(InvalidInput):
            ask(**given)
    with job_session((1,), "user:2", "test", readonly=True) as session:
        assert session.query(services.ReportRun).count() == 0


def test_parameters_are_kept_with_their_defaults(tilleuls):
    run_id = ask(form="csv", start="2026-03-01")
    with job_session((1,), "user:2", "test", readonly=True) as session:
        params = json.loads(services._run(session, run_id).params)
    assert params == {"start": "2026-03-01", "end": "2027-01-01"}
