"""What the real files of the distributors say, worked out apart from the product.

Every function reads one file with the standard library alone and gives, for each delivery point,
quantity and dial, the thousandths of the unit at each UTC second at which an interval begins.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
#: Point, quantity, dial → UTC second → thousandths.
Values = dict[tuple[str, str, str], dict[int, int]]
SUMMER = {"HPE": "HPB", "HCE": "HCB"}


def _at(day: date, hour: int = 0) -> int:
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=PARIS).timestamp())


def _second(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=PARIS)).timestamp())


def _milli(text: object) -> int:
    return int((Decimal(str(text)) * 1000).to_integral_value(ROUND_HALF_UP))


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8-sig").splitlines()


def _rows(path: Path) -> list[list[str]]:
    return [line.split(";") for line in _lines(path)]


def _nodes(path: Path, name: str) -> list[ElementTree.Element]:
    bare = re.sub(r"\sxmlns(:\w+)?\s*=\s*\"[^\"]*\"", "", path.read_text(encoding="utf-8"))
    bare = re.sub(r"<(/?)\w+:", r"<\1", bare)
    bare = re.sub(r"\sxsi:\w+=\"[^\"]*\"", "", bare)
    return list(ElementTree.fromstring(bare.encode()).iter(name))


def _text(node: ElementTree.Element, name: str) -> str:
    return (node.findtext(name) or "").strip()


def hdm_c4(path: Path) -> Values:
    rows = _rows(path)
    found = {_second(row[0]): _milli(row[1]) for row in rows[3:] if len(row) > 1 and row[1]}
    return {(rows[1][0], "power", ""): found}


def hdm_c5(path: Path) -> Values:
    rows = _rows(path)
    point, index, peaks = rows[1][0], {}, {}
    for row in rows[3:]:
        if re.match(r"\d{4}-", row[0]) and len(row) > 3 and row[-1]:
            index[_at(date.fromisoformat(row[0][:10]))] = int(row[-1])  # Wh
        elif re.match(r"\d{4}-", row[0]) and len(row) == 2 and row[1]:
            peaks[_second(row[0])] = _milli(row[1])
    return {(point, "index", "TOTAL"): index, (point, "peak_power", ""): peaks}


def customer_curve(path: Path) -> Values:
    rows = _rows(path)
    found = {_second(row[0]) - 1800: _milli(row[1]) for row in rows[3:] if row[1:] and row[1]}
    return {(rows[1][0], "power", ""): found}


def r50(path: Path) -> Values:
    (point,) = _nodes(path, "PRM")
    found = {_second(_text(n, "H")) - 1800: _milli(_text(n, "V")) for n in point.iter("PDC")}
    return {(_text(point, "Id_PRM"), "power", ""): found}


def r151(path: Path) -> Values:
    (point,) = _nodes(path, "PRM")
    found = {}
    for node in point.iter("Donnees_Releve"):
        end = date.fromisoformat(_text(node, "Date_Releve")) + timedelta(days=1)
        classes = node.iter("Classe_Temporelle_Distributeur")
        found[_at(end)] = sum(int(_text(one, "Valeur")) for one in classes)
    return {(_text(point, "Id_PRM"), "index", "TOTAL"): found}


def r171(path: Path) -> Values:
    found: Values = defaultdict(dict)
    for node in _nodes(path, "serieMesuresDatees"):
        if _text(node, "grandeurPhysique") == "EA":
            code = _text(node, "codeClasseTemporelle")
            key = (_text(node, "prmId"), "index", SUMMER.get(code, code))
            for one in node.iter("mesureDatee"):
                found[key][_second(_text(one, "dateFin"))] = int(_text(one, "valeur"))
    return dict(found)


def billed_indexes(path: Path) -> Values:
    """R15 and C15: the network's classes, each with the index before it when there is one."""
    found: Values = defaultdict(dict)
    for point in _nodes(path, "PRM"):
        for node in point.iter("Donnees_Releve"):
            for former in ("", "_Precedent"):
                written = _text(node, f"Date_Releve{former}")
                for one in node.iter("Classe_Temporelle_Distributeur"):
                    value = _text(one, f"Valeur{former}")
                    is_index = _text(one, "Classe_Mesure") == "1"
                    if written and value and is_index and _text(one, "Sens_Mesure") in ("", "0"):
                        code = _text(one, "Id_Classe_Temporelle")
                        found[_text(point, "Id_PRM"), "index", code][_second(written)] = _milli(
                            value
                        )
    return dict(found)


def r67(path: Path) -> Values:
    """The whole of each billed period, on the network's grid, else on the supplier's."""
    grids: dict[str, dict[tuple[str, str, str], int]] = {"D": {}, "F": {}}
    for answer in json.loads(path.read_text(encoding="utf-8")):
        for measure in answer["mesures"]:
            for quantity in (q for c in measure["contexte"] for q in c["grandeur"]):
                if (quantity["grandeurMetier"], quantity["grandeurPhysique"]) != ("CONS", "EA"):
                    continue
                for calendar in quantity["calendrier"]:
                    sums = grids[calendar["codeGrille"]]
                    for row in (r for k in calendar["classeTemporelle"] for r in k["quantite"]):
                        period = (measure["idPrm"], row["dbtMesure"], row["finMesure"])
                        sums[period] = sums.get(period, 0) + row["quantite"]
    found: Values = defaultdict(dict)
    for (point, start, _end), value in (grids["F"] | grids["D"]).items():
        found[point, "energy", "TOTAL"][_at(date.fromisoformat(start))] = value
    return dict(found)


def soap_months(path: Path) -> Values:
    (point,) = (node.text or "" for node in _nodes(path, "pointId"))
    whole: dict[int, int] = defaultdict(int)
    for node in _nodes(path, "mesure"):
        whole[_at(date.fromisoformat(_text(node, "dateDebut")))] += _milli(_text(node, "valeur"))
    return {(point, "energy", "TOTAL"): dict(whole)}


def soap_details(path: Path) -> Values:
    (point,) = (node.text or "" for node in _nodes(path, "pointId"))
    (quantity,) = _nodes(path, "grandeur")
    rows = [(_second(_text(n, "d")), _text(n, "v")) for n in quantity.iter("mesure")]
    if _text(quantity, "grandeurPhysique") == "EA":
        return {(point, "energy", ""): {at: int(value) for at, value in rows}}
    return {(point, "power", ""): {at - 1800: _milli(value) for at, value in rows}}


def data_connect(path: Path) -> Values:
    body = json.loads(path.read_text(encoding="utf-8"))["meter_reading"]
    if body.get("reading_type", {}).get("measuring_period") == "P1D":
        rows = {_second(row["date"]): int(row["value"]) for row in body["interval_reading"]}
        return {("", "energy", ""): rows}
    return {
        ("", "power", ""): {
            _second(row["date"]) - 900: _milli(row["value"]) for row in body["interval_reading"]
        }
    }


def gas_json(path: Path) -> Values:
    found: Values = {}
    for point, body in json.loads(path.read_text(encoding="utf-8")).items():
        for quantity, name in (("energy", "energieConsomme"), ("volume", "volumeBrutConsomme")):
            found[point, quantity, ""] = {
                _at(date.fromisoformat(row["journeeGaziere"]), 6): _milli(row[name])
                for row in body["releves"]
                if row[name] is not None
            }
    return found


def _sheet(path: Path) -> list[list[str]]:
    """The cells of the first sheet, as texts."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(path) as archive:
        shared = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
        texts = ["".join(t.text or "" for t in one.iter(f"{space}t")) for one in shared]
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    rows = []
    for row in sheet.iter(f"{space}row"):
        cells = []
        for cell in row:
            value = cell.findtext(f"{space}v") or ""
            cells.append(texts[int(value)] if cell.get("t") == "s" and value else value)
        rows.append([cell.strip() for cell in cells])
    return rows


def gas_days(path: Path) -> Values:
    found: Values = {("", "energy", ""): {}, ("", "volume", ""): {}}
    rows = _sheet(path)
    titles = next(row for row in rows if "Date de relevé" in row)
    places = [
        next(n for n, t in enumerate(titles) if t.startswith(stem))
        for stem in ("Date de relevé", "Energie", "Volume")
    ]
    for row in rows:
        told = [row[place] if place < len(row) else "" for place in places]
        if re.fullmatch(r"\d\d/\d\d/\d{4}", told[0]) and "Absence de Données" not in row:
            at = _at(datetime.strptime(told[0], "%d/%m/%Y").date(), 6)
            found["", "energy", ""][at] = _milli(told[1])
            found["", "volume", ""][at] = _milli(told[2])
    return found


def sheffield(path: Path) -> Values:
    found: Values = defaultdict(dict)
    for row in csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))):
        written = row["ConsumptionDate"]
        day = next(
            datetime.strptime(written, pattern).date()
            for pattern in ("%d/%m/%Y", "%d-%b-%y", "%Y-%m-%d")
            if _is_day(written, pattern)
        )
        point = row["MPAN"].zfill(14) if len(row["MPAN"]) == 13 else row["MPAN"]
        for n in range(48):
            found[point, "energy", ""][_at(day) + n * 1800] = _milli(row[f"kWh_{n + 1}"])
    return dict(found)


def _is_day(written: str, pattern: str) -> bool:
    try:
        datetime.strptime(written, pattern)
    except ValueError:
        return False
    return True


def highlands(path: Path) -> Values:
    found: Values = defaultdict(dict)
    for row in csv.DictReader(_lines(path)[1:]):
        end = datetime.strptime(row["ReadDatetime"], "%d %b %Y %H:%M:%S").replace(tzinfo=PARIS)
        point = row["MPR"].zfill(14)
        found[point, "energy", ""][int(end.timestamp()) - 1800] = _milli(row["kWh"])
    return dict(found)


def banes(path: Path) -> Values:
    """A row a day, from [00:30] to [24:00]: the ends of the half hours."""
    found: Values = defaultdict(dict)
    for row in csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))):
        day = datetime.strptime(row["Date"], "%b %d %Y %I:%M%p").date()
        rows = found[row["M1_Code1"].zfill(14), "energy", ""]
        for n in range(48):
            value = row[f"[{(n + 1) // 2:02d}:{(n + 1) % 2 * 30:02d}]"]
            if value:
                rows[_at(day) + n * 1800] = _milli(value)
    return dict(found)


def row_per_day(path: Path) -> Values:
    """A row a day, from 00:00 to 23:30: the starts of the half hours."""
    found: Values = defaultdict(dict)
    for row in csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))):
        day = datetime.strptime(row["Reading Date"], "%d/%m/%y").date()
        for n in range(48):
            value = row[f"{n // 2:02d}:{n % 2 * 30:02d}"]
            if value:
                found[row["Meter Number"], "energy", ""][_at(day) + n * 1800] = _milli(value)
    return dict(found)


def opendsm(path: Path) -> Values:
    """Starts with an offset, or in universal time, and kWh; empty cells are missing."""
    found = {}
    for row in csv.DictReader(gzip.open(path, "rt", encoding="utf-8")):
        moment = datetime.fromisoformat(row["start"])
        at = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if row["value"] and Decimal(row["value"]).is_finite():
            found[int(at.timestamp())] = _milli(row["value"])
    return {("", "energy", ""): found}


#: File → how it is read here.
ENERGY_FR = {
    "enedis_hdm_C4_courbe_de_charge.csv": hdm_c4,
    "enedis_hdm_C5_index_et_pmax.csv": hdm_c5,
    "enedis_espace_client_courbe_30min.csv": customer_curve,
    "enedis_R50.xml": r50,
    "enedis_R151.xml": r151,
    "enedis_R171.xml": r171,
    "enedis_r15.xml": billed_indexes,
    "enedis_c15_avec_releves.xml": billed_indexes,
    "enedis_r67.json": r67,
    "enedis_soap_ConsultationMesures_C4.xml": soap_months,
    "enedis_soap_MesuresDetaillees_C5_energie.xml": soap_details,
    "enedis_soap_MesuresDetaillees_C5_puissance.xml": soap_details,
    "dataconnect_load_curve_15min.json": data_connect,
    "dataconnect_daily_consumption.json": data_connect,
    "grdf_donnees_informatives.json": gas_json,
    "grdf_donnees_informatives_jour.xlsx": gas_days,
}
#: File → how it is read here, and what a person tells of it.
BUILDINGS: dict[str, tuple[Callable[[Path], Values], dict[str, str]]] = {
    "energy-sparks/example-sheffield-file.csv": (sheffield, {}),
    "energy-sparks/amr_highlands_example.csv": (highlands, {}),
    "energy-sparks/banes-example-file.csv": (banes, {}),
    "energy-sparks/banes-bad-example-missing-data-file.csv": (banes, {}),
    "energy-sparks/row-per-day_valid.csv": (
        row_per_day,
        {"date_format": "%d/%m/%y", "unit": "kWh"},
    ),
    "energy-sparks/row-per-day_some-missing-readings.csv": (
        row_per_day,
        {"date_format": "%d/%m/%y", "unit": "kWh"},
    ),
    **dict.fromkeys(
        (
            "opendsm/il-electricity-cdd-hdd-daily.csv.gz",
            "opendsm/il-electricity-cdd-hdd-billing_monthly.csv.gz",
            "opendsm/il-electricity-cdd-hdd-billing_bimonthly.csv.gz",
        ),
        (opendsm, {"unit": "kWh", "timezone": "America/Chicago"}),
    ),
    **dict.fromkeys(
        (
            "opendsm/uk-electricity-hdd-only-hourly-sample-0.csv.gz",
            "opendsm/uk-electricity-hdd-only-hourly-sample-1.csv.gz",
            "opendsm/uk-gas-hdd-only-hourly-sample-0.csv.gz",
        ),
        (opendsm, {"unit": "kWh", "timezone": "UTC"}),
    ),
}
