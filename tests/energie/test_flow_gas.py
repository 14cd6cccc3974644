"""Gas readings of GRDF in all their forms: days, weeks, months, billed periods."""

import io
import json
import zipfile
from decimal import Decimal

import pytest

from energie.domain.blocks import UnreadableFile
from energie.domain.days import utc_text
from energie.domain.kinds import Basis, Quantity, Step
from energie.domain.quality import Quality
from energie.imports.recognise import read_file
from tests.energie.flow_samples import PCE, adict_row, gas_row


def _read(tmp_path, content, name="gaz"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_file(path, name)


def _space(*rows):
    return json.dumps({PCE: {"idPce": PCE, "releves": list(rows)}})


def _periods(block):
    """From, to, value in the unit of the block."""
    triples = zip(block.stamps, block.ends, block.values, strict=True)
    return [(utc_text(a), utc_text(b), Decimal(milli) / 1000) for a, b, milli in triples]


def test_billed_periods_go_from_six_to_six(tmp_path):
    """Winter to summer: 06:00 is local, whatever offset the file writes."""
    text = _space(
        gas_row("2025-01-10", "2025-04-09", 2025, 22417, indexDebut=5089, indexFin=7114),
        gas_row("2025-04-09", "2025-10-10", 472, 5258, qualificationReleve="Estimé"),
    )
    energy, volume = _read(tmp_path, text).blocks
    assert (energy.reference, energy.quantity, energy.basis) == (PCE, Quantity.ENERGY, Basis.PCS)
    assert _periods(energy) == [
        ("2025-01-10T05:00Z", "2025-04-09T04:00Z", 22417),
        ("2025-04-09T04:00Z", "2025-10-10T04:00Z", 5258),
    ]
    assert [row[2] for row in _periods(volume)] == [2025, 472]
    assert energy.qualities == {1: Quality.ESTIMATED}
    assert energy.step is Step.IRREGULAR


def test_what_gas_does_not_say_is_missing(tmp_path):
    text = _space(
        gas_row("2025-01-10", "2025-02-10", 10, None),
        gas_row("2025-02-10", "2025-03-10", 0, 0, qualificationReleve="Absence de Données"),
        gas_row("2025-03-10", "2025-04-10", 0, 0),
        gas_row("2025-04-10", "2025-04-10", 5, 5),
    )
    parsed = _read(tmp_path, text)
    energy, volume = parsed.blocks
    assert (list(energy.values), energy.empties) == ([0], 2)
    assert (list(volume.values), volume.empties) == ([10_000, 0], 1)
    assert (parsed.rejected, parsed.rejects[0].line) == (1, 4)


def test_indexes_that_contradict_the_volume_are_told(tmp_path):
    torn = gas_row("2025-01-10", "2025-02-10", 10, 110, indexDebut=100, indexFin=150)
    parsed = _read(tmp_path, _space(torn))
    assert any("n’est pas la différence des index" in note for note in parsed.notes)


def test_days_and_billed_periods_may_stand_together(tmp_path):
    day = gas_row("2025-06-01", "2025-06-02", 1, 11, journeeGaziere="2025-06-01")
    blocks = _read(tmp_path, _space(day, gas_row("2025-01-10", "2025-06-01", 9, 99))).blocks
    assert [(b.step, len(b.stamps)) for b in blocks] == [
        (Step.DAY, 1),
        (Step.DAY, 1),
        (Step.IRREGULAR, 1),
        (Step.IRREGULAR, 1),
    ]
    assert utc_text(blocks[0].stamps[0]) == "2025-06-01T04:00Z"


@pytest.mark.parametrize("shape", ["lines", "list", "one"])
def test_adict(tmp_path, shape):
    rows = [
        adict_row("2025-01-01", "2025-02-01", 180, 2032),
        adict_row("2025-02-01", "2025-02-02", 6, 68, day="2025-02-01"),
    ]
    text = {"lines": "\n".join(rows) + "\n", "list": f"[{','.join(rows)}]", "one": rows[0]}[shape]
    parsed = _read(tmp_path, text)
    assert (parsed.format, parsed.rejected) == ("grdf_adict", 0)
    whole = next(b for b in parsed.blocks if b.ends and b.quantity is Quantity.ENERGY)
    assert (whole.reference, _periods(whole)) == (
        PCE,
        [("2025-01-01T05:00Z", "2025-02-01T05:00Z", 2032)],
    )
    assert len(parsed.blocks) == (2 if shape == "one" else 4)


def test_adict_without_data_gives_its_reason(tmp_path):
    empty = json.dumps(
        {
            "pce": {"id_pce": PCE},
            "consommation": None,
            "statut_restitution": {"code": "1000008", "message": "Aucune donnée sur la période"},
        }
    )
    with pytest.raises(UnreadableFile, match="1000008 Aucune donnée sur la période"):
        _read(tmp_path, empty)
    parsed = _read(tmp_path, adict_row("2025-01-01", "2025-02-01", 1, 11) + "\n" + empty)
    assert any("Aucune donnée" in note for note in parsed.notes)


def _workbook(rows):
    """A workbook of one sheet, all cells as text, as the customer space makes it."""

    def cell(text):
        return f'<c t="inlineStr"><is><t>{text}</t></is></c>'

    lines = "".join(
        f'<row r="{n}">' + "".join(map(cell, row)) + "</row>" for n, row in enumerate(rows, 1)
    )
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        'content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-'
        'package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/'
        'sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.'
        'worksheet+xml"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
        'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/'
        'officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>",
        "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/'
        'main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        '<sheets><sheet name="Historique" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/'
        'package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.'
        'org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": '<worksheet xmlns="http://schemas.openxmlformats.org/'
        f'spreadsheetml/2006/main"><sheetData>{lines}</sheetData></worksheet>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)
    return out.getvalue()


TITLES = ["Date de relevé", "Volume consommé (m3)", "Energie consommée (kWh)"]
PREAMBLE = [["Données informatives et détaillées", "Export du 12/04/2025"], [f"N° PCE : {PCE}"]]


def test_weeks_of_the_spreadsheet(tmp_path):
    """Both days of a week are its own: it ends at 06:00 of the day after the last."""
    rows = [
        ["Du 27/03/2025 au 30/03/2025", "62", "696"],
        ["Du 31/03/2025 au 06/04/2025", "80,5", "901"],
        ["Du 07/04/2025 au 11/04/2025", "", ""],
    ]
    parsed = _read(tmp_path, _workbook([*PREAMBLE, TITLES, *rows]))
    energy, volume = parsed.blocks
    assert (energy.reference, parsed.rejected) == (PCE, 0)
    assert _periods(energy) == [
        ("2025-03-27T05:00Z", "2025-03-31T04:00Z", 696),
        ("2025-03-31T04:00Z", "2025-04-07T04:00Z", 901),
    ]
    assert _periods(volume)[1][2] == Decimal("80.5")
    assert energy.empties == 1


def test_a_week_that_ends_before_it_begins_is_refused_by_row(tmp_path):
    rows = [["Du 27/03/2025 au 30/03/2025", "1", "11"], ["Du 07/04/2025 au 01/04/2025", "1", "11"]]
    parsed = _read(tmp_path, _workbook([*PREAMBLE, TITLES, *rows]))
    assert (parsed.rejected, parsed.rejects[0].line) == (1, 5)


def test_rows_of_several_kinds_are_refused_whole(tmp_path):
    rows = [["Du 27/03/2025 au 30/03/2025", "1", "11"], ["Mars 2025", "1", "11"]]
    with pytest.raises(UnreadableFile, match="mêle des jours, des semaines ou des mois"):
        _read(tmp_path, _workbook([*PREAMBLE, TITLES, *rows]))
