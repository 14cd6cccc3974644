"""The rules of the register, without a database."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patrimoine import domain
from patrimoine.domain import fields, geometry, tree
from patrimoine.domain.kinds import AssetStatus, Kind


class TestTree:
    def test_a_segment_has_eight_digits(self):
        assert tree.segment(1) == "00000001"
        assert tree.segment(36) == "00000010"
        assert tree.segment(36**8 - 1) == "ZZZZZZZZ"

    @pytest.mark.parametrize("wrong", [0, -1, 36**8])
    def test_a_segment_refuses_what_does_not_fit(self, wrong):
        with pytest.raises(ValueError):
            tree.segment(wrong)

    def test_path_and_back(self):
        path = tree.join_path(tree.join_path(tree.join_path(None, 5), 1000), 77)
        assert tree.ancestor_ids(path) == [5, 1000]
        assert tree.depth(path) == 2

    @settings(
        derandomize=True,
        deadline=None,
        max_examples=60,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(st.lists(st.integers(1, 36**8 - 1), min_size=1, max_size=6), st.data())
    def test_a_branch_is_a_range(self, ids, data):
        path = ""
        for i in ids:
            path = tree.join_path(path, i)
        cut = data.draw(st.integers(1, len(ids)))
        top = path[: cut * (tree.WIDTH + 1)]
        assert top <= path < tree.branch_end(top)
        other = (
            tree.join_path(top[: -(tree.WIDTH + 1)], ids[cut - 1] + 1)
            if ids[cut - 1] < 36**8 - 1
            else None
        )
        assert other is None or not top <= other < tree.branch_end(top)

    def test_parents_come_first_whatever_the_order(self):
        parents = {"c": "b", "b": "a", "a": None, "d": "elsewhere"}
        ordered, lost = tree.order_by_parent(parents)
        assert not lost
        assert ordered.index("a") < ordered.index("b") < ordered.index("c")
        assert "d" in ordered

    def test_a_cycle_is_told(self):
        ordered, lost = tree.order_by_parent({"a": "b", "b": "a", "c": None, "d": "a"})
        assert ordered == ["c"]
        assert lost == {"a", "b", "d"}


class TestWords:
    def test_accents_case_and_ligatures_go(self):
        assert domain.plain("  Œuvre  d’ÉTÉ ") == "oeuvre d'ete"

    def test_numbers_sort_as_numbers(self):
        names = ["Salle 10", "salle 2", "École", "Ecole 1"]
        assert sorted(names, key=domain.sort_key) == ["École", "Ecole 1", "salle 2", "Salle 10"]

    def test_search_words_are_kept_once(self):
        assert domain.search_text("Chaudière gaz", None, "GAZ 12") == "chaudiere gaz 12"


class TestIdentifiers:
    def test_tokens_are_random_and_readable(self):
        tokens = {domain.new_token() for _ in range(200)}
        assert len(tokens) == 200
        for token in tokens:
            assert domain.read_token(domain.show_token(token).lower()) == token

    def test_misread_letters_are_mended(self):
        assert domain.read_token("OIL0 0000-0000 0000") == "0110000000000000"

    @pytest.mark.parametrize("wrong", ["", "ABC", "U" * 16, "0" * 17, "0" * 500, "é" * 16])
    def test_what_cannot_be_a_token(self, wrong):
        assert domain.read_token(wrong) is None

    @pytest.mark.parametrize(
        ("typed", "kept", "shown"),
        [
            ("aa-123-bc", "AA123BC", "AA-123-BC"),
            ("AA 123 BC", "AA123BC", "AA-123-BC"),
            ("1234 ab 75", "1234AB75", "1234 AB 75"),
            ("12 ABC 2A", "12ABC2A", "12 ABC 2A"),
            ("W-123-AB", "W123AB", "W-123-AB"),
            ("A 12 B", "A12B", "A 12 B"),
        ],
    )
    def test_plates(self, typed, kept, shown):
        assert domain.plate(typed) == kept
        assert domain.show_plate(kept) == shown

    @pytest.mark.parametrize("wrong", ["AA-000-BC", "SS-123-AB", "AB-123-SS", "AI-123-BC", "x"])
    def test_plates_refused(self, wrong):
        with pytest.raises(domain.IdentifierRefused, match="immatriculation"):
            domain.plate(wrong)

    def test_vin(self):
        assert domain.vin("vf1 aaaaa 555 123456") == "VF1AAAAA555123456"
        for wrong in ("VF1AAAAA55512345", "VF1AAAAA55512345O"):
            with pytest.raises(domain.IdentifierRefused):
                domain.vin(wrong)

    def test_cadastral_id(self):
        whole = domain.cadastral_id("91216000AB0037")
        assert whole == ("91216000AB0037", "91216", "000", "AB", "0037")
        assert domain.cadastral_id("2a004 000 0b 0123")[1] == "2A004"
        with pytest.raises(domain.IdentifierRefused, match="14 caractères"):
            domain.cadastral_id("AB 37")

    def test_rnb_and_ban(self):
        assert domain.rnb_id("6qjb-eejx-nfjc") == "6QJBEEJXNFJC"
        assert domain.show_rnb("6QJBEEJXNFJC") == "6QJB-EEJX-NFJC"
        with pytest.raises(domain.IdentifierRefused):
            domain.rnb_id("6QJBEEJXNFJO")
        for good in ("38517_0345_00007", "04001_pk624e_00001", "2A004_0100_00012_bis"):
            assert domain.ban_id(good) == good.lower()
        with pytest.raises(domain.IdentifierRefused):
            domain.ban_id("rue du Four")

    def test_insee(self):
        assert domain.insee_code("01001") == "01001"
        with pytest.raises(domain.IdentifierRefused):
            domain.insee_code("1001")


class TestKinds:
    def test_names_in_both_languages(self):
        assert domain.kind_named("Bâtiment") is Kind.BUILDING
        assert domain.kind_named("room") is Kind.ROOM
        assert domain.kind_named("EPI") is Kind.PERSONAL_EQUIPMENT
        assert domain.kind_named("chose") is None
        assert domain.status_named("Opérationnel") is AssetStatus.IN_SERVICE
        assert domain.status_named("En panne") is AssetStatus.OUT_OF_SERVICE

    def test_what_holds_what(self):
        assert domain.may_hold(Kind.BUILDING, Kind.FLOOR)
        assert not domain.may_hold(Kind.ROOM, Kind.BUILDING)
        assert not domain.may_hold(Kind.BUILDING, Kind.PARCEL)
        assert all(domain.may_hold(Kind.SITE, kind) for kind in Kind)

    def test_every_kind_and_state_has_words_and_a_look(self):
        assert all(kind.word and kind.icon and kind.plural for kind in Kind)
        assert all(state.word and state.icon for state in AssetStatus)


class TestCosts:
    def test_net_cost(self):
        ht, vat = Decimal("100.00"), Decimal("20.00")
        assert domain.net_amount(ht, vat, vat_recoverable=False) == Decimal("120.00")
        assert domain.net_amount(ht, vat, vat_recoverable=True) == Decimal("100.00")

    def test_a_reversal_has_no_negative_zero(self):
        assert domain.reversed_amount(Decimal("12.30")) == Decimal("-12.30")
        assert str(domain.reversed_amount(Decimal("0.00"))) == "0.00"


class TestFields:
    def test_headers(self):
        assert domain.parse_header("champ: Gérant") == ("Gérant", fields.FieldType.TEXT)
        assert domain.parse_header("cf: purchase date, type:date") == (
            "purchase date",
            fields.FieldType.DATE,
        )
        assert domain.parse_header("Champ : puissance (type: nombre)") == (
            "puissance",
            fields.FieldType.NUMBER,
        )
        assert domain.parse_header("Nom") is None

    @pytest.mark.parametrize(
        ("typed", "kind", "value"),
        [
            ("1 234,5", "number", Decimal("1234.5")),
            ("-40", "number", Decimal("-40")),
            ("31/12/2026", "date", date(2026, 12, 31)),
            ("2024-02-22", "date", date(2024, 2, 22)),
            ("Oui", "yes_no", Decimal(1)),
            ("faux", "yes_no", Decimal(0)),
            ("GAZ", "choice", "Gaz"),
            ("https://example.org/x", "link", "https://example.org/x"),
            ("  du texte ", "text", "du texte"),
        ],
    )
    def test_values(self, typed, kind, value):
        found = domain.parse_value(
            typed, fields.FieldType(kind), label="Champ", choices=("Gaz", "Fioul")
        )
        assert [part for part in found if part is not None] == [value]

    @pytest.mark.parametrize(
        ("typed", "kind"),
        [
            ("douze", "number"),
            ("NaN", "number"),
            ("1e400", "number"),
            ("0,0001", "number"),
            ("31/02/2026", "date"),
            ("peut-être", "yes_no"),
            ("bois", "choice"),
            ("javascript:alert(1)", "link"),
            ("x" * 2001, "text"),
        ],
    )
    def test_values_refused(self, typed, kind):
        with pytest.raises(domain.FieldValueRefused, match="Champ"):
            domain.parse_value(typed, fields.FieldType(kind), label="Champ", choices=("Gaz",))

    def test_a_key_is_plain(self):
        assert fields.field_key("Date d’achat (n° 2)") == "date_d_achat_n_2"


def square(west, south, metres):
    """A square of some metres near Paris, closed, as GeoJSON has it."""
    dx, dy = metres / 73_391.0, metres / 111_208.0
    return [
        [west, south],
        [west + dx, south],
        [west + dx, south + dy],
        [west, south + dy],
        [west, south],
    ]


class TestGeometry:
    def test_area_of_a_square(self):
        shape = domain.read_geometry({"type": "Polygon", "coordinates": [square(2.3, 48.85, 100)]})
        assert shape.area_m2 == pytest.approx(10_000, rel=2e-4)
        assert shape.west < shape.longitude < shape.east
        assert shape.south < shape.latitude < shape.north

    def test_holes_are_taken_out(self):
        outer, hole = square(2.3, 48.85, 100), square(2.3003, 48.8503, 10)
        shape = domain.read_geometry({"type": "Polygon", "coordinates": [outer, hole]})
        assert shape.area_m2 == pytest.approx(9_900, rel=2e-4)

    def test_the_way_round_does_not_matter(self):
        ring = square(2.3, 48.85, 50)
        one = domain.read_geometry({"type": "Polygon", "coordinates": [ring]})
        two = domain.read_geometry({"type": "MultiPolygon", "coordinates": [[ring[::-1]]]})
        assert one.area_m2 == pytest.approx(two.area_m2)

    def test_a_point_has_no_area(self):
        shape = domain.read_geometry({"type": "Point", "coordinates": [2.3, 48.85]})
        assert (shape.area_m2, shape.longitude, shape.latitude) == (0.0, 2.3, 48.85)

    @pytest.mark.parametrize(
        "wrong",
        [
            None,
            {},
            {"type": "Circle", "coordinates": [0, 0]},
            {"type": "Point", "coordinates": [652000, 6862000]},
            {"type": "Point", "coordinates": [True, 1]},
            {"type": "Point", "coordinates": ["2", "48"]},
            {"type": "Polygon", "coordinates": []},
            {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1]]]},
            {"type": "Polygon", "coordinates": 12},
            {"type": "MultiPoint", "coordinates": [[0, 0]] * (geometry.MAX_POINTS + 1)},
        ],
    )
    def test_shapes_refused(self, wrong):
        with pytest.raises(domain.GeometryRefused):
            domain.read_geometry(wrong)
