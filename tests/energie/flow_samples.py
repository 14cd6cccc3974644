"""Small flows of our own in the forms of Enedis and GRDF: made values, made points."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
PRM, PCE = "99000000000017", "99000000000025"
PREAMBLE = (
    "Identifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;"
    "Grandeur metier;Etape metier;Unite"
)
CLASSES = ";".join([f"EAS F{n}" for n in range(1, 11)] + [f"EAS D{n}" for n in range(1, 5)])


def midnight(day: date) -> int:
    """The UTC second at which a local day begins."""
    return int(datetime(day.year, day.month, day.day, tzinfo=PARIS).timestamp())


def half_hours(first: date, last: date) -> dict[int, int]:
    """UTC second → watts of every half hour, different at every hour and every day."""
    return {
        at: 200 + (at // 1800) % 37 * 40 + (at // 86400) % 11 * 150
        for at in range(midnight(first), midnight(last), 1800)
    }


def curve_file(powers: Mapping[int, int], opens: date, closes: date) -> str:
    """The load curve of a C5 site: stamps at the end of each half hour."""
    rows = [
        f"\ufeff{PREAMBLE};Pas en minutes",
        f"{PRM};Courbe de charge;{opens:%d/%m/%Y};{closes:%d/%m/%Y};Energie active;Consommation;"
        "Comptage Brut;W;30",
        "Horodate;Valeur",
    ]
    for at, power in powers.items():
        rows.append(f"{datetime.fromtimestamp(at + 1800, PARIS).isoformat()};{power}")
    return "\n".join(rows) + "\n"


def index_file(indexes: Mapping[date, int], opens: date, closes: date, hours: str) -> str:
    """Daily indexes (Wh), each stamped on its day at the hour that the season gives it.

    ``hours``: those of winter and of summer, as "23 0".
    """
    winter, summer = (int(hour) for hour in hours.split())
    rows = [
        f"\ufeff{PREAMBLE}",
        f"{PRM};Index;{opens:%d/%m/%Y};{closes:%d/%m/%Y};Energie active;Consommation;"
        "Comptage Brut;Wh",
        f"Horodate;Type de releve;{CLASSES};EAS T",
    ]
    for day, index in indexes.items():
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=PARIS)
        is_summer = bool(noon.dst())
        hour = summer if is_summer else winter
        stamp = f"{day.isoformat()}T{hour:02d}:00:00+0{1 + is_summer}:00"
        rows.append(f"{stamp};Arrêté quotidien;{index};;;;;;;;;;{index};;;;{index}")
    rows.append("Periode;Identifiant calendrier fournisseur")
    rows.append(f"Du {opens.isoformat()}T00:00:00+02:00 au;FC000165;Base")
    return "\n".join(rows) + "\n"


def r151(days: Mapping[date, Mapping[str, str]]) -> str:
    """Daily indexes of classes in Wh, as R151 gives them."""
    readings = "".join(
        f"<Donnees_Releve><Date_Releve>{day}</Date_Releve>"
        + "".join(
            f"<Classe_Temporelle_Distributeur><Id_Classe_Temporelle>{name}</Id_Classe_Temporelle>"
            f"<Valeur>{value}</Valeur></Classe_Temporelle_Distributeur>"
            for name, value in classes.items()
        )
        + "</Donnees_Releve>"
        for day, classes in days.items()
    )
    return (
        "<R151><En_Tete_Flux><Identifiant_Flux>R151</Identifiant_Flux><Unite_Mesure_Index>Wh"
        f"</Unite_Mesure_Index></En_Tete_Flux><PRM><Id_PRM>{PRM}</Id_PRM>{readings}</PRM></R151>"
    )


def soap(inner: str) -> str:
    """An answer of the service, in its envelope."""
    return (
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
        f"{inner}</soap:Body></soap:Envelope>"
    )


def soap_points(
    physical: str,
    unit: str,
    points: Iterable[tuple[str, str]],
    *,
    step: str = "",
    period: tuple[str, str] = ("2022-01-05", "2022-01-12"),
    version: int = 2,
) -> str:
    """Detailed measures in the second or third version of the service."""
    tag = "mesure" if version == 2 else "points"
    name = "consulterMesuresDetailleesResponse" + ("V3" if version == 3 else "")
    step_node = f"<p>{step}</p>" if step else ""
    rows = "".join(
        f"<{tag}><v>{value}</v><d>{stamp}</d>{step_node}<n>B</n></{tag}>" for stamp, value in points
    )
    return soap(
        f'<n:{name} xmlns:n="urn:mesures"><pointId>{PRM}</pointId><periode>'
        f"<dateDebut>{period[0]}</dateDebut><dateFin>{period[1]}</dateFin></periode><grandeur>"
        f"<grandeurMetier>CONS</grandeurMetier><grandeurPhysique>{physical}</grandeurPhysique>"
        f"<unite>{unit}</unite>{rows}</grandeur></n:{name}>"
    )


def soap_months(classes: Mapping[str, Mapping[tuple[str, str], str]]) -> str:
    """Energies of periods by class (kWh), as the consultation of measures gives them."""
    series = "".join(
        f'<serie><grandeurPhysique code="EA"/><classeTemporelle code="{code}"/><unite>kWh</unite>'
        "<mesuresDatees>"
        + "".join(
            f"<mesure><valeur>{value}</valeur><dateDebut>{start}</dateDebut>"
            f'<dateFin>{end}</dateFin><nature code="REEL"/></mesure>'
            for (start, end), value in periods.items()
        )
        + "</mesuresDatees></serie>"
        for code, periods in classes.items()
    )
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header><a>'
        f"<pointId>{PRM}</pointId></a></s:Header><s:Body><v:consulterMesuresResponse "
        f'xmlns:v="urn:mois"><seriesMesuresDateesGrilleTurpe>{series}'
        "</seriesMesuresDateesGrilleTurpe></v:consulterMesuresResponse></s:Body></s:Envelope>"
    )


def r4q(points: Iterable[tuple[str, str, str]], *, unit: str = "kW", minutes: int = 10) -> str:
    """A curve of a site above 36 kVA: stamp, value, state; with a reactive one beside it."""
    rows = "".join(
        f'<Donnees_Point_Mesure Horodatage="{stamp}" Valeur_Point="{value}" '
        f'Statut_Point="{state}"></Donnees_Point_Mesure>'
        for stamp, value, state in points
    )
    shape = (
        "<Donnees_Courbe><Granularite>{m}</Granularite><Unite_Mesure>{u}</Unite_Mesure>"
        "<Grandeur_Metier>CONS</Grandeur_Metier><Grandeur_Physique>{g}</Grandeur_Physique>{r}"
        "</Donnees_Courbe>"
    )
    return (
        "<Courbe><Entete><Identifiant_Flux>R4x</Identifiant_Flux></Entete><Corps>"
        f"<Identifiant_PRM>{PRM}</Identifiant_PRM>"
        + shape.format(m=minutes, u=unit, g="EA", r=rows)
        + shape.format(m=minutes, u="kWr", g="ERI", r=rows)
        + "</Corps></Courbe>"
    )


def r64(
    total: list[tuple[str, object]],
    network: Mapping[str, list[tuple[str, object]]],
    supplier: Mapping[str, list[tuple[str, object]]] | None = None,
) -> str:
    """Indexes by calendar and class, with or without the totaliser, as the R64 flow."""

    def values(rows: list[tuple[str, object]]) -> list[dict[str, object]]:
        return [{"d": stamp, "v": value, "iv": 0} for stamp, value in rows]

    def grid(name: str, calendar: str, classes: Mapping[str, list[tuple[str, object]]]):
        return {
            "idCalendrier": calendar,
            "libelleGrille": name,
            "classeTemporelle": [
                {"idClasseTemporelle": code, "codeCadran": "IDX", "valeur": values(rows)}
                for code, rows in classes.items()
            ],
        }

    quantity = {
        "grandeurMetier": "CONS",
        "grandeurPhysique": "EA",
        "unite": "Wh",
        "calendrier": [
            grid("Distributeur", "DI000003", network),
            grid("Fournisseur", "FC000021", supplier or {}),
        ],
    }
    if total:
        quantity["cadranTotalisateur"] = {"codeCadran": "IDX_EAS_T", "valeur": values(total)}
    return json.dumps(
        {
            "header": {"codeFlux": "R64", "format": "JSON"},
            "mesures": [
                {
                    "idPrm": PRM,
                    "periode": {"dateDebut": total[0][0] if total else "", "dateFin": ""},
                    "contexte": [{"etapeMetier": "BRUT", "grandeur": [quantity]}],
                }
            ],
        }
    )


def gas_row(opens: str, closes: str, m3: object, kwh: object, **more: object) -> dict[str, object]:
    """One reading of the gas customer space, as the billed ones are."""
    return {
        "dateDebutReleve": f"{opens}T06:00:00+00:00",
        "dateFinReleve": f"{closes}T06:00:00+00:00",
        "journeeGaziere": None,
        "indexDebut": None,
        "indexFin": None,
        "volumeBrutConsomme": m3,
        "energieConsomme": kwh,
        "coeffConversion": 11.2,
        "natureReleve": "Publiée",
        "qualificationReleve": "Mesuré",
    } | more


def adict_row(opens: str, closes: str, m3: object, kwh: object, day: str | None = None) -> str:
    """One reading of the ADICT service, on one line."""
    return json.dumps(
        {
            "pce": {"id_pce": PCE},
            "periode": {"date_debut": opens, "date_fin": closes},
            "consommation": {
                "date_debut_consommation": f"{opens}T06:00:00+01:00",
                "date_fin_consommation": f"{closes}T06:00:00+01:00",
                "volume_brut": m3,
                "energie": kwh,
                "type_qualif_conso": "Mesuré",
                "journee_gaziere": day,
                "type_conso": "Informative" if day else "Publiée",
            },
            "statut_restitution": None,
        }
    )


def days(first: date, last: date) -> list[date]:
    """The days from the first to the last, which is left out."""
    return [first + timedelta(days=n) for n in range((last - first).days)]
