"""A trial refuses what the writing would: rows that name what has left, or change it.

What each importer is given here was put away on 15/11/2026. The trial tells the row by its number
in the words of the writing; with its look taken away, the writing says them and names no row.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from base.basics.errors import DomainError
from base.desk.imports import engine, importers
from base.desk.imports.command import import_file
from base.rules.rights.actors import system_session
from base.store.models import Department, Partner
from interventions.imports import agents, told_orders
from interventions.models import Agent, Item, Store
from patrimoine.imports import describing
from patrimoine.models import Asset
from patrimoine.services import assets
from tests.energie.samples import PRM
from tests.interventions.test_api import made

LAST = date(2026, 11, 15)
SINCE = "dans les archives depuis le 15/11/2026"
NAMES = f"{SINCE}, rien de nouveau ne s’y rattache après ce jour"
OWN = f"{SINCE}, sa fiche ne change plus"
AWAY = "est archivé : restaurez-le d’abord."

WORK = "Numéro;Bien;Objet;État;Terminée le;Service;Matricule;Heures;Article;Magasin;Quantité;"
WORK += "Fournisseur;Montant HT;TVA;Date de la ligne\n"
HEAD = "ECO;Fuite;validée;20/11/2026"
FINE = f"B-0;{HEAD};;;;;;;;;;\n"

#: Importer, what has left, file with its fault on line 3, what is said of that row.
CASES = [
    ("suppliers", "partner", "Code tiers;Raison sociale\nNEUF;Neuf\nTDV;Autre nom\n", OWN),
    ("assets", "department", "Code;Nom;Nature\nE1;Un;Équipement\nE2;Deux;Équipement\n", None),
    ("equipment", "department", "Code;Nom;Service\nE1;Un;\nE2;Deux;Voirie\n", NAMES),
    ("assets", "department", "Code;Nom;Nature;Service\nE1;Un;Site;\nE2;Deux;Site;VOI\n", NAMES),
    ("vehicles", "department", "Code;Nom;Service\nV1;Un;\nV2;Deux;Voirie\n", NAMES),
    ("agents", "department", "Matricule;Nom;Service\nM8;Un;\nM9;Deux;Voirie\n", NAMES),
    ("agents", "agent", "N° agent;Nom de famille\nM8;Un\n%(agent)s;Autre\n", OWN),
    (
        "agents",
        "agent",
        "Matricule;Nom;Taux horaire;Effet\nM8;Un;;\n%(agent)s;;40;16/11/2026\n",
        NAMES,
    ),
    ("agents", "agent", "Matricule;Taux horaire;Effet\n%(agent)s;40;14/11/2026\n", None),
    (
        "requests",
        "asset",
        "Bien;Objet;Reçue le\nSUR;Porte;10/11/2026\nECO;Fuite;10/11/2026\n",
        AWAY,
    ),
    (
        "work-orders",
        "asset",
        f"{WORK}B-0;SUR;{HEAD[4:]};;;;;;;;;;\nB-1;{HEAD};;;;;;;;;;\n",
        "sorti",
    ),
    ("work-orders", "agent", f"{WORK}{FINE}B-1;{HEAD};;%(agent)s;;;;;;;;\n", NAMES),
    ("work-orders", "agent", f"{WORK}{FINE}B-1;{HEAD};;%(agent)s;2;;;;;;;10/11/2026\n", NAMES),
    ("work-orders", "agent", f"{WORK}{FINE}B-0;;;;;;%(agent)s;2;;;;;;;20/11/2026\n", NAMES),
    ("work-orders", "agent", f"{WORK}{FINE}B-0;;;;;;%(agent)s;2;;;;;;;10/11/2026\n", None),
    ("work-orders", "department", f"{WORK}{FINE}B-1;{HEAD};Voirie;;;;;;;;;\n", NAMES),
    ("work-orders", "item", f"{WORK}{FINE}B-1;{HEAD};;;;%(item)s;%(store)s;1;;;;\n", NAMES),
    ("work-orders", "store", f"{WORK}{FINE}B-1;{HEAD};;;;%(item)s;%(store)s;1;;;;\n", NAMES),
    ("work-orders", "store", f"{WORK}{FINE}B-1;{HEAD};;;;%(item)s;;1;;;;\n", NAMES),
    (
        "work-orders",
        "partner",
        f"{WORK}{FINE}B-1;{HEAD};;;;;;;Thermique du Val;10;20;\n",
        NAMES,
    ),
    (
        "work-orders",
        "agent",
        "Numéro;Bien;Objet;État;Terminée le;Matricule;Point;Résultat\n"
        "B-1;ECO;Fuite;validée;10/11/2026;%(agent)s;Vanne;fait\n",
        None,
    ),
    (
        "meters",
        "asset",
        f"Référence;Bâtiment\n{PRM};SUR\n99000000000111;ECO\n",
        AWAY,
    ),
    ("stock", "item", "Réf.;Libellé\nX9;Neuf\n%(item)s;Autre\n", None),
]
#: What names nothing that leaves, takes it all the same, or writes by itself (tested beside it).
APART = {
    "users": "roles and authorities do not end",
    "stock": "a file that names an article or a store brings it back",
    "parcels": "no table: see below",
    "invoices": "a bill comes late",
    "readings": "refused line by line as they come",
}


@pytest.fixture
def kept(sqlite_app: Any) -> dict[str, Any]:
    """What may leave, with the words by which files name it."""
    place = made(sqlite_app, "A", "bob")
    with system_session("tests") as session:
        sure = assets.create(
            session, "building", entity_id=place["entity"], name="Sûre", code="SUR", on=LAST
        )
        session.get_one(Asset, place["asset"]).code = "ECO"
        department = Department(entity_id=place["entity"], code="VOI", name="Voirie")
        partner = Partner(entity_id=place["entity"], code="TDV", name="Thermique du Val")
        session.add_all([department, partner])
        session.flush()
        ids = {
            "department": (Department, department.id),
            "partner": (Partner, partner.id),
            "asset": (Asset, place["asset"]),
            "agent": (Agent, place["agent"]),
            "item": (Item, place["item"]),
            "store": (Store, place["store"]),
        }
        words = {k: session.get_one(*ids[k]).code for k in ("agent", "item", "store")}
        return {"ids": ids, "words": words, "sure": sure.id, **place}


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def _leaves(kept: Any, what: str) -> None:
    model, key = kept["ids"][what]
    with system_session("tests") as session:
        session.get_one(model, key).archived_on = LAST


def _without_the_look(monkeypatch: Any) -> None:
    for module, name in (
        (engine.departed, "refuse_departed"),
        (agents.departed, "refuse_named"),
        (describing, "refuse_named"),
        (told_orders, "refuse_named"),
    ):
        monkeypatch.setattr(module, name, lambda *args: None)
    monkeypatch.setattr(told_orders, "require_in_use", lambda asset: None)


@pytest.mark.parametrize(("kind", "what", "text", "said"), CASES)
def test_the_trial_says_what_the_writing_would(
    kept: Any, tmp_path: Any, monkeypatch: Any, kind: str, what: str, text: str, said: str | None
) -> None:
    path = tmp_path / "fichier.csv"
    path.write_text(text % kept["words"], encoding="utf-8")
    _leaves(kept, what)
    tried = import_file(kind, path, entity="A", dry_run=True)
    if said is None:
        assert tried.rejected == 0, tried.errors
        assert import_file(kind, path, entity="A").applied
        return
    assert [row["row"] for row in tried.errors if said in plain(row["reason"])] == [3], tried.errors
    written = import_file(kind, path, entity="A")
    assert not written.applied and written.errors == tried.errors
    _without_the_look(monkeypatch)
    assert import_file(kind, path, entity="A", dry_run=True).rejected == 0
    with pytest.raises(DomainError) as refusal:
        import_file(kind, path, entity="A")
    spoken = next(row["reason"] for row in tried.errors if row["row"] == 3)
    assert str(refusal.value) in (spoken, f"Ligne 3\u00a0: {spoken}", f"Ligne 2\u00a0: {spoken}")


def test_every_importer_is_asked() -> None:
    assert {i.kind for i in importers()} == {case[0] for case in CASES} | set(APART)


def test_what_hangs_on_an_archived_asset_is_not_corrected_by_a_file(
    kept: Any, tmp_path: Any
) -> None:
    files = {
        "meters": f"Référence;Bâtiment;Libellé\n{PRM};ECO;%s\n",
        "work-orders": "Numéro;Bien;Objet\nB-1;ECO;%s\n",
    }
    path = tmp_path / "fichier.csv"
    for kind, text in files.items():
        path.write_text(text % "Avant", encoding="utf-8")
        assert import_file(kind, path, entity="A").created == 1
    _leaves(kept, "asset")
    for kind, text in files.items():
        path.write_text(text % "Après", encoding="utf-8")
        tried = import_file(kind, path, entity="A", dry_run=True)
        assert [AWAY in plain(row["reason"]) for row in tried.errors] == [True], (
            kind,
            tried.errors,
        )
        # What says what is recorded is no change.
        path.write_text(text % "Avant", encoding="utf-8")
        assert import_file(kind, path, entity="A", dry_run=True).unchanged == 1
