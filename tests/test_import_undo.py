"""An import and its undoing leave the register as it was, whatever the kind of file."""

import random
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from sqlalchemy import select

from base.basics import clock
from base.desk.imports.command import import_file, undo_file
from base.desk.imports.undo import Fate
from base.rules.rights.actors import job_session, system_session
from base.store.models import Department
from interventions.models import Item, StockLevel, Store, WorkOrder
from interventions.services import receive
from patrimoine import services
from patrimoine.models import Asset, Category, FieldDefinition
from tests.factories.interventions import building
from tests.interventions.test_imports import AGENTS, STOCK, WORK
from tests.registers import register


@pytest.fixture
def put(tmp_path):
    """``put(kind, text)``: import a text in A; the number of the import."""
    count = iter(range(10_000))

    def run(kind, text, name="fichier.csv", *, partial=False):
        path = tmp_path / f"{next(count)}-{name}"
        path.write_text(text, encoding="utf-8")
        report = import_file(kind, path, entity="A", partial=partial)
        assert report.applied, report.errors
        return report.batch_id

    return run


def difference(before, after):
    keys = sorted(set(before) | set(after))
    return {k: (before.get(k), after.get(k)) for k in keys if before.get(k) != after.get(k)}


@pytest.fixture
def school(app):
    with system_session("test") as session:
        session.add(Department(entity_id=1, code="BAT", name="Bâtiments"))
        building(session, 1, code="BAT-0001")


FIRST = """N° d’inventaire;Nom;Nature;Catégorie;Rattaché à;Service;Marque;champ: Gérant;VIN
S-1;Site;Site;;;;;;
B-1;École;Bâtiment;École;S-1;Bâtiments;;Mme Roy;
B-2;Mairie;Bâtiment;Mairie;S-1;;;;
E-1;Chaudière;Équipement;Chaudière;B-1;;Wanne;M. Petit;
V-1;Master;Véhicule;Fourgon;;;Renault;;VF1MAF4BE43512345
"""
SECOND = """N° d’inventaire;Nom;Nature;Catégorie;Rattaché à;Service;Marque;champ: Gérant;champ: Clé
S-2;Autre site;Site;;;;;;
B-1;École Jean-Jaurès;Bâtiment;Groupe scolaire;S-2;;;Mme Roy;A12
E-1;Chaudière n° 1;Équipement;Chaudière;B-2;Bâtiments;Viessmann;Mme Roy;
E-9;Radiateur;Équipement;Radiateur;B-1;;;;
"""


def test_assets_their_places_fields_and_categories_return(school, put):
    empty = register()
    first = put("assets", FIRST)
    before = register()
    second = put("assets", SECOND)
    assert register() != before
    outcome = undo_file(second)
    assert outcome.counts()[Fate.KEPT] == outcome.counts()[Fate.PARTLY] == 0
    assert difference(before, register()) == {}
    undo_file(first)
    assert difference(empty, register()) == {}
    put("assets", FIRST)
    assert {key: len(rows) for key, rows in register().items()} == {
        key: len(rows) for key, rows in before.items()
    }


def test_what_stands_on_new_assets_keeps_them_and_what_they_stand_in(school, put):
    number = put("assets", FIRST)
    with job_session((1,), "user:1") as session:
        boiler = session.scalars(select(Asset).where(Asset.code == "E-1")).one()
        services.issue_tag(session, boiler, at=clock.now())
        van = session.scalars(select(Asset).where(Asset.code == "V-1")).one()
        services.update(session, van, name="Master du garage")
    outcome = undo_file(number)
    told = {step.label: step.reasons for step in outcome.named()}
    assert told["E-1 · Chaudière"] == ["a servi\u00a0: une étiquette s’y rattache"]
    assert told["B-1 · École"] == ["a servi\u00a0: un autre bien s’y rattache"]
    assert told["V-1 · Master du garage"] == ["modifiée depuis (nom)"]
    with system_session("test", readonly=True) as session:
        assert set(session.scalars(select(Asset.code))) == {"BAT-0001", "S-1", "B-1", "E-1", "V-1"}
        # Categories and the field that what is left uses stay, the others go.
        assert "Mairie" not in set(session.scalars(select(Category.name)))
        assert session.scalars(select(FieldDefinition.label)).all() == ["Gérant"]


def test_agents_and_their_rates_go_and_come_back(school, put):
    empty = register()
    first = put("agents", AGENTS.replace("bob", ""))
    before = register()
    second = put(
        "agents",
        "Matricule;Nom;Métier;Taux horaire;Date d’effet\n0412;Ferhat-Roy;Chef;33,10;01/01/2027\n",
    )
    undo_file(second)
    assert difference(before, register()) == {}
    undo_file(first)
    assert difference(empty, register()) == {}


def test_stock_is_taken_back_by_opposite_moves(school, put):
    empty = register()
    first = put("stock", STOCK)
    before = register()
    second = put("stock", STOCK.replace(";3;398,00", ";5;410,00").replace("Ruban", "Ruban blanc"))
    undo_file(second)
    assert difference(before, register()) == {}
    counts = undo_file(first).counts()
    # An item without a move goes; those whose moves are reversed leave the lists.
    assert (counts[Fate.REMOVED], counts[Fate.REVERSED], counts[Fate.ARCHIVED]) == (1, 2, 3)
    assert difference(empty, register()) == {}
    put("stock", STOCK)
    assert difference(before, register()) == {}


def test_stock_that_left_since_is_kept(school, put):
    number = put("stock", STOCK)
    with job_session((1,), "user:1") as session:
        from interventions.services.stock import issue

        item = session.scalars(select(Item).where(Item.code == "ST-04-112")).one()
        store = session.scalars(select(Store)).one()
        issue(session, store, item, quantity=Decimal(2), date_on=_day(), label="pose")
    outcome = undo_file(number)
    assert {s.reasons[0] for s in outcome.named() if s.fate is Fate.KEPT} == {
        "une partie de ce qui est entré est déjà sortie",
        "a servi\u00a0: un mouvement de stock s’y rattache",
    }
    with system_session("test", readonly=True) as session:
        held = {v.item.code: v.quantity for v in session.scalars(select(StockLevel))}
    assert held == {"ST-04-112": Decimal(1), "ST-04-027": Decimal(0)}


def _day():
    return clock.today()


DEEP = """N° intervention;Code bien;Objet;État;Réalisée le;Matricule;Temps;Article;Quantité;\
Entreprise;Montant;TVA
BT-1;BAT-0001;Fuite;Close;15/03/2026;0412;2,5;ST-04-027;4;Thermique du Val;264,00;20
BT-2;BAT-0001;Serrure;Planifiée;;;;;;;;
BT-3;BAT-0001;Vitre;Annulée;16/03/2026;;;;;;;
"""


def test_work_is_given_up_its_costs_reversed_its_parts_returned(school, put):
    put("agents", AGENTS.replace("bob", ""))
    put("stock", STOCK)
    before = register()
    number = put("work-orders", DEEP)
    loaded = register()
    outcome = undo_file(number)
    assert [(s.label, s.reasons) for s in outcome.named()] == []
    assert outcome.counts() == {Fate.REVERSED: 3}
    assert difference(before, register()) == {}
    with system_session("test", readonly=True) as session:
        rows = session.scalars(select(WorkOrder)).all()
        assert {(r.state, r.external_number) for r in rows} == {("cancelled", None)}
    put("work-orders", DEEP)
    assert difference(loaded, register()) == {}


def test_words_of_work_return_and_work_that_went_on_is_kept(school, put):
    put("agents", AGENTS.replace("bob", ""))
    first = put("work-orders", WORK)
    before = register()
    second = put("work-orders", WORK.replace("Serrure", "Serrure nord"))
    undo_file(second)
    assert difference(before, register()) == {}
    with job_session((1,), "user:1") as session:
        from interventions.services import start

        row = session.scalars(select(WorkOrder).where(WorkOrder.external_number == "BT-2")).one()
        start(session, row, at=clock.now())
    outcome = undo_file(first)
    (kept,) = outcome.named()
    assert kept.reasons == ["modifiée depuis (état, started_at)"] or "état" in kept.reasons[0]
    assert outcome.counts() == {Fate.REVERSED: 1, Fate.KEPT: 1}


REQUESTS = """Bien;Objet;Reçue le;Demandeur;État;Motif du refus
BAT-0001;Porte qui grince;02/03/2026;Mme Roy;Nouvelle;
BAT-0001;Volet cassé;03/03/2026;;Refusée;Déjà prévu
"""


def test_requests_are_put_away_and_may_come_again(school, put):
    before = register()
    number = put("requests", REQUESTS)
    loaded = register()
    assert undo_file(number).counts() == {Fate.REVERSED: 2}
    assert difference(before, register()) == {}
    put("requests", REQUESTS)
    assert difference(loaded, register()) == {}


POINTS = """PRM;N° d’inventaire du bâtiment;N° de compteur;Segment;Puissance
30001234567895;BAT-0001;C-1;C5;36
"""


def test_delivery_points_go_with_their_meters(school, put):
    before = register()
    number = put("meters", POINTS)
    loaded = register()
    second = put("meters", POINTS.replace(";36", ";48"))
    undo_file(second)
    assert difference(loaded, register()) == {}
    undo_file(number)
    assert difference(before, register()) == {}


def square(east, area):
    ring = [[4.0, 48.0], [4.0 + east, 48.0], [4.0 + east, 48.001], [4.0, 48.001], [4.0, 48.0]]
    return (
        '{"type":"FeatureCollection","features":[{"type":"Feature","id":"10297000AB0001",'
        f'"properties":{{"id":"10297000AB0001","contenance":{area},"updated":"2024-01-01"}},'
        f'"geometry":{{"type":"Polygon","coordinates":[{ring}]}}}}]}}'
    )


def test_parcels_get_their_former_shape_and_area(school, put):
    empty = register()
    first = put("parcels", square(0.001, 800), "a.json")
    before = register()
    second = put("parcels", square(0.002, 1600), "b.json")
    assert register() != before
    undo_file(second)
    assert difference(before, register()) == {}
    undo_file(first)
    assert difference(empty, register()) == {}


# --- whatever the file --------------------------------------------------------------------

CODES = [f"X-{n}" for n in range(8)]
WORDS = st.sampled_from(["", "Alpha", "Bêta", "Gamma « d »", "Δ"])


def rows(with_fields):
    """Some rows of a register: numbers that are known or not, parents among them, any order."""
    row = st.tuples(
        st.sampled_from(CODES),
        st.sampled_from(["Alpha", "Bêta", "Gamma"]),
        st.sampled_from(["", *CODES]),
        WORDS,
        st.sampled_from(["", "Chaudière", "Pompe", "Extincteur"]),
        WORDS if with_fields else st.just(""),
    )
    return st.lists(row, min_size=1, max_size=8, unique_by=lambda r: r[0])


def as_file(found):
    head = "N° d’inventaire;Nom;Nature;Rattaché à;Marque;Catégorie;champ: Remarque\n"
    return head + "".join(
        f"{code};{name};Équipement;{parent};{brand};{category};{remark}\n"
        for code, name, parent, brand, category, remark in found
    )


def test_what_goes_below_its_own_branch_waits_until_that_one_left_it(school, put):
    head = "N° d’inventaire;Nom;Nature;Rattaché à\n"
    first = put(
        "assets",
        head + "A;Alpha;Équipement;BAT-0001\nB;Bêta;Équipement;A\n"
        "C;Gamma;Équipement;B\nD;Delta;Équipement;C\n",
    )
    before = register()
    second = put(
        "assets",
        head + "A;Alpha;Équipement;D\nC;Gamma;Équipement;BAT-0001\n"
        "B;Bêta;Équipement;A\nD;Delta;Équipement;C\n",
    )
    with system_session("test", readonly=True) as session:
        rows = session.scalars(select(Asset).where(Asset.code.in_(list("ABCD")))).all()
        ids = {asset.id: asset.code for asset in rows}
        parents = {asset.code: ids.get(asset.parent_id) for asset in rows}
        paths = {asset.code: len(asset.path) for asset in rows}
    assert parents == {"A": "D", "B": "A", "C": None, "D": "C"}
    assert paths["C"] < paths["D"] < paths["A"] < paths["B"]
    undo_file(second)
    assert difference(before, register()) == {}
    undo_file(first)


def run_any(put, first, second, edits):
    """Import, import, edit; undo the second: as before it, the edits aside."""
    start = register()
    one = put("assets", as_file(first), partial=True)
    before = register()
    two = put("assets", as_file(second), partial=True)
    edited = {}
    with job_session((1,), "user:1") as session:
        for code, brand in edits:
            asset = session.scalars(select(Asset).where(Asset.code == code)).first()
            if asset is not None:
                edited[asset.id] = services.update(session, asset, brand=brand).brand
    outcome = undo_file(two)
    with system_session("test", readonly=True) as session:
        there = dict(session.execute(select(Asset.id, Asset.brand)).all())
    assert {key: there.get(key) for key in edited} == edited
    if not edited:
        assert not [s for s in outcome.named() if s.fate is not Fate.NOTHING]
        assert difference(before, register()) == {}
    undo_file(one)
    if not edited:
        assert difference(start, register()) == {}
    with job_session((1,), "user:1") as session:
        left = session.scalars(select(Asset).where(Asset.code.in_(CODES))).all()
        for asset in sorted(left, key=lambda a: -len(a.path)):
            services.remove(session, asset)


EDITS = st.lists(st.tuples(st.sampled_from(CODES), st.just("par une personne")), max_size=3)


@given(rows(True), rows(True), EDITS)
@seed(20261122)
@settings(
    max_examples=12,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_import_of_assets_is_undone(school, put, first, second, edits):
    run_any(put, first, second, edits)


@pytest.mark.slow
@given(rows(True), rows(True), EDITS)
@seed(20261123)
@settings(
    max_examples=600,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_hundreds_of_imports_of_assets_are_undone(school, put, first, second, edits):
    run_any(put, first, second, edits)


def run_stock(put, count):
    """Deliveries and counts in any order, each import undone, the last first."""
    chance = random.Random(count)
    numbers, states = [], [register()]
    for _turn in range(4):
        lines = "".join(
            f"A-{n};Article {n};{chance.randint(0, 9)};{chance.randint(1, 99)},50\n"
            for n in range(3)
        )
        numbers.append(put("stock", f"Référence;Désignation;Quantité;Prix unitaire HT\n{lines}"))
        states.append(register())
    for number in reversed(numbers):
        assert difference(states.pop(), register()) == {}
        undo_file(number)
    assert difference(states.pop(), register()) == {}


@pytest.mark.parametrize("count", [1, 2])
def test_any_stock_is_undone_in_the_order_of_its_coming(school, put, count):
    run_stock(put, count)


def test_a_delivery_taken_back_may_be_imported_again(school, put):
    text = "Référence;Désignation;Entrée;Reçu le;Prix unitaire HT\nD-1;Filtre;4;02/03/2026;3,50\n"
    before = register()
    undo_file(put("stock", text))
    assert difference(before, register()) == {}
    put("stock", text)
    with job_session((1,), "user:1") as session:
        level = session.scalars(select(StockLevel)).one()
        assert level.quantity == 4
        receive(
            session,
            level.store,
            level.item,
            quantity=Decimal(1),
            unit_cost_eur=Decimal(1),
            date_on=_day(),
        )
