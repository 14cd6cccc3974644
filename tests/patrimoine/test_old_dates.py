"""A year whose first digit was mistyped is no date of the register, at any door."""

from base.desk.imports.command import import_file


def test_a_year_whose_first_digit_was_mistyped_is_refused_by_rest(sqlite_api_of, sqlite_app):
    alice = sqlite_api_of("alice")

    def made(kind, **fields):
        answer = alice("POST", f"/api/v1/{kind}/", json={"name": "x", "entity_id": 1, **fields})
        return answer.status_code, answer.get_json().get("errors")

    for kind, field, slip, sound in [
        ("vehicle", "first_registered_on", "1026-03-01", "1935-03-01"),
        ("vehicle", "acquired_on", "1026-03-01", "1935-03-01"),
        ("equipment", "in_service_on", "1026-03-01", "1899-03-01"),
        ("equipment", "manufactured_year", 1026, 1875),
        ("building", "acquired_on", "1026-03-01", "1643-05-12"),
    ]:
        status, errors = made(kind, **{field: slip})
        assert status == 422 and field in errors, (kind, field, errors)
        assert made(kind, **{field: sound})[0] == 201, (kind, field)
    # The year in which a church was built may well be known, the day of its purchase is not.
    assert made("building", built_year=1050)[0] == 201


def test_it_is_refused_in_a_file_too(sqlite_app, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(
        "N° d’inventaire;Nom;Nature;Acquis le\nM-1;Halle;bâtiment;12/05/1643\n"
        "M-2;Halle;bâtiment;12/05/1026\n",
        "utf-8",
    )
    report = import_file("assets", path, entity="A", dry_run=True)
    assert (report.created, report.rejected) == (1, 1)
    assert "trop ancien" in report.errors[0]["reason"]
