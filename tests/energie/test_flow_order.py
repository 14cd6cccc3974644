"""Clock changes, mixed steps, repeated and unordered rows: nothing is swallowed or doubled."""

import gzip
import json
from datetime import date, datetime, timedelta

import pytest

from base.desk.imports import importer_of
from base.desk.imports.recognising import candidates
from base.rules.rights.actors import job_session
from energie.domain.blocks import series_rows
from energie.domain.curves import milli_kwh
from energie.domain.kinds import STEP_SECONDS, Step
from energie.imports.recognise import read_file
from tests.energie.flow_samples import (
    PARIS,
    PRM,
    adict_row,
    curve_file,
    gas_row,
    half_hours,
    midnight,
    r4q,
    r64,
    r151,
    soap_months,
    soap_points,
)

AUTUMN, SPRING = date(2025, 10, 26), date(2025, 3, 30)


def _read(tmp_path, text, name="fichier"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_file(path, name)


def _local(powers):
    """Stamps at the end of each half hour, without offset, and watts."""
    shown = (datetime.fromtimestamp(at + 1800, PARIS) for at in powers)
    return list(zip((f"{at:%Y-%m-%d %H:%M:%S}" for at in shown), powers.values(), strict=True))


def _soap_local(rows):
    return soap_points(
        "PA",
        "W",
        [(d, str(v)) for d, v in rows],
        step="PT30M",
        version=3,
        period=(rows[0][0][:10], rows[-1][0][:10]),
    )


def _data_connect(rows):
    body = {
        "usage_point_id": PRM,
        "interval_reading": [
            {"value": str(v), "date": d, "interval_length": "PT30M"} for d, v in rows
        ],
    }
    return json.dumps({"meter_reading": body})


def _r63(rows):
    points = [{"d": d, "v": v, "p": "PT30M", "n": "R"} for d, v in rows]
    measure = {
        "idPrm": PRM,
        "periode": {"dateDebut": rows[0][0][:10], "dateFin": rows[-1][0][:10]},
        "grandeur": [
            {"grandeurMetier": "CONS", "grandeurPhysique": "PA", "unite": "W", "points": points}
        ],
    }
    return json.dumps({"header": {"codeFlux": "R63"}, "mesures": [measure]})


@pytest.mark.parametrize("form", [_soap_local, _data_connect, _r63])
@pytest.mark.parametrize("change", [AUTUMN, SPRING])
def test_local_times_keep_50_and_46_half_hours(tmp_path, form, change):
    powers = half_hours(change - timedelta(days=1), change + timedelta(days=2))
    parsed = _read(tmp_path, form(_local(powers)))
    (block,) = parsed.blocks
    (rows,) = series_rows(block)
    assert parsed.rejected == 0
    assert dict(zip(rows.starts, rows.values, strict=True)) == {
        at: power * 1000 for at, power in powers.items()
    }
    inside = [at for at in rows.starts if midnight(change) <= at < midnight(change + timedelta(1))]
    assert len(inside) == (50 if change == AUTUMN else 46)


def test_an_hour_that_never_was_is_refused_by_row(tmp_path):
    rows = [("2025-03-30 01:30:00", 10), ("2025-03-30 02:30:00", 20), ("2025-03-30 04:00:00", 30)]
    for form in (_soap_local, _data_connect, _r63):
        parsed = _read(tmp_path, form(rows))
        assert (parsed.rejected, len(parsed.blocks[0].stamps)) == (1, 2)
        assert "n’existe pas" in parsed.rejects[0].reason


def test_a_curve_that_changes_its_step_is_cut_and_keeps_its_energy(tmp_path):
    """A Linky that went from 60 to 30 minutes on the noon of a day, the step unsaid."""
    opens, closes = date(2025, 2, 1), date(2025, 2, 4)
    noon = midnight(date(2025, 2, 2)) + 12 * 3600
    halves = half_hours(opens, closes)
    hours = {at: halves[at] for at in halves if at < noon and (at - midnight(opens)) % 3600 == 0}
    halves = {at: power for at, power in halves.items() if at >= noon}
    text = curve_file(halves, opens, closes).replace(";30\n", ";\n", 1)
    rows = [
        f"{datetime.fromtimestamp(at + 3600, PARIS).isoformat()};{p}" for at, p in hours.items()
    ]
    text = text.replace("Horodate;Valeur\n", "Horodate;Valeur\n" + "\n".join(rows) + "\n")
    (block,) = _read(tmp_path, text).blocks
    found = {rows.step: rows for rows in series_rows(block)}
    assert found.keys() == {Step.HOUR, Step.MIN_30}
    for step, powers in ((Step.HOUR, hours), (Step.MIN_30, halves)):
        assert dict(zip(found[step].starts, found[step].values, strict=True)) == {
            at: power * 1000 for at, power in powers.items()
        }
    whole = sum(milli_kwh(sum(r.values), STEP_SECONDS[step]) for step, r in found.items())
    assert whole == sum(hours.values()) + sum(halves.values()) // 2


def _twice(rows):
    """The rows backwards, one of them twice."""
    return [*reversed(rows), rows[3]]


@pytest.mark.parametrize("form", ["soap", "connect", "r63", "csv"])
def test_rows_backwards_and_twice_are_sorted_and_counted_once(tmp_path, form):
    powers = half_hours(date(2025, 6, 1), date(2025, 6, 3))
    if form == "csv":
        lines = curve_file(powers, date(2025, 6, 1), date(2025, 6, 3)).splitlines()
        text = "\n".join([*lines[:3], *_twice(lines[3:])]) + "\n"
    else:
        rows, mixed = _local(powers), _twice(_local(powers))
        text = {
            "soap": lambda: soap_points(
                "PA",
                "W",
                [(d, str(v)) for d, v in mixed],
                step="PT30M",
                version=3,
                period=(rows[0][0][:10], rows[-1][0][:10]),
            ),
            "connect": lambda: _data_connect(mixed),
            "r63": lambda: _r63(rows).replace(
                json.dumps(_points(rows)), json.dumps(_points(mixed))
            ),
        }[form]()
    parsed = _read(tmp_path, text)
    (rows_read,) = series_rows(parsed.blocks[0])
    assert parsed.rejected == 0
    assert dict(zip(rows_read.starts, rows_read.values, strict=True)) == {
        at: power * 1000 for at, power in powers.items()
    }
    assert any("1 ligne répétée" in note for note in parsed.notes)


def _points(rows):
    return [{"d": d, "v": v, "p": "PT30M", "n": "R"} for d, v in rows]


def test_two_values_of_one_instant_are_refused_in_every_form(tmp_path):
    rows = [("2025-06-01 00:30:00", 1), ("2025-06-01 01:00:00", 2), ("2025-06-01 01:00:00", 3)]
    for form in (_soap_local, _data_connect, _r63):
        parsed = _read(tmp_path, form(rows))
        assert (parsed.rejected, len(parsed.blocks[0].stamps)) == (1, 1)
        assert "Deux valeurs différentes" in parsed.rejects[0].reason


def _gas(**more):
    return json.dumps({"09999999999999": {"releves": [gas_row("2025-01-01", "2025-02-01", 1, 11)]}})


STAMP = "2026-06-01 00:00:00"
KNOWN = {
    "csv": curve_file(half_hours(SPRING, AUTUMN), SPRING, AUTUMN),
    "r63.csv": "Identifiant PRM;Grandeur physique;Unite;Horodate;Valeur;Nature;Pas\n"
    f"{PRM};PA;W;2025-01-01T00:00:00+01:00;10;R;PT5M\n",
    "r151.xml": r151({SPRING: {"BASE": "5"}}),
    "r4q.xml": r4q([("2025-03-30T01:50:00+01:00", "28", "R")]),
    "months.xml": soap_months({"HPH": {("2025-01-01", "2025-02-01"): "5"}}),
    "peaks.xml": soap_points("PMA", "VA", [("2022-01-05T21:15:16+01:00", "3839")]),
    "r64.json": r64([(STAMP, 5)], {"BASE": [(STAMP, 5)]}),
    "gaz.json": _gas(),
    "adict.json": adict_row("2025-01-01", "2025-02-01", 1, 11)
    + "\n"
    + adict_row("2025-02-01", "2025-03-01", 1, 11),
}


@pytest.mark.parametrize("name", KNOWN)
def test_the_recogniser_is_sure_of_every_form(sqlite_app, tmp_path, name):
    path = tmp_path / name
    path.write_text(KNOWN[name], encoding="utf-8")
    packed = tmp_path / f"{name}.gz"
    packed.write_bytes(gzip.compress(KNOWN[name].encode()))
    mine = [importer_of(kind) for kind in ("readings", "invoices", "parcels", "assets")]
    with job_session((1,), "user:1", readonly=True) as session:
        for given, kind in ((path, name.rpartition(".")[2]), (packed, "gz")):
            found = candidates(session, 1, mine, kind, given, given.name)
            assert found[0].importer.kind == "readings"
            assert found[0].is_sure
