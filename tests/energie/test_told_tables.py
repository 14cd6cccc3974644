"""Tables of readings and what a person tells of them: another point, a unit, notes in answer."""

# ruff: noqa: F811 - fixtures are imported

from __future__ import annotations

import gzip

from tests.energie.test_faulty_values import FLAT, _kept, _run, _write, points  # noqa: F401


def test_the_same_file_for_another_point_is_read(points, tmp_path, capsys):
    path = _write(tmp_path, "Date;kWh\n01/02/2025;10\n02/02/2025;11\n")
    one, other = "01000000000003", "01000000000004"
    code, found, err = _run(capsys, path)
    assert code == 1 and "reference=" in err
    assert _run(capsys, path, reference=one)[1]["created"] == 2
    again = _run(capsys, path, reference=one)[1]
    assert (again["created"], again["unchanged"]) == (0, 2) and again["former_id"]
    # What was told of one file is not told of the next.
    assert _run(capsys, path)[0] == 1
    second = _run(capsys, path, reference=other)[1]
    assert (second["created"], second["former_id"]) == (2, None)
    assert _kept(one) == _kept(other) != {}
    mega = _run(capsys, path, reference=other, unit="MWh")[1]
    assert mega["unchanged"] == 2  # the title says kWh


def test_a_file_of_one_point_may_be_told_another_and_one_of_two_not(points, tmp_path, capsys):
    named = _write(tmp_path, f"PRM;Date;kWh\n{FLAT};01/02/2025;10\n")
    found = _run(capsys, named, reference="01000000000003")[1]
    assert found["created"] == 1 and any("comme demandé" in note for note in found["notes"])
    two = f"PRM;Date;kWh\n{FLAT};01/02/2025;10\n01000000000002;01/02/2025;10\n"
    code, _found, err = _run(capsys, _write(tmp_path, two, "deux.csv"), reference="01000000000003")
    assert code == 1 and "2 points" in err


def test_notes_are_for_machines_too(points, tmp_path, capsys):
    path = _write(tmp_path, f"PRM;Date;Index (kWh)\n{FLAT};01/02/2025;10\n{FLAT};02/02/2025;20\n")
    assert any("Index datés sans heure" in note for note in _run(capsys, path)[1]["notes"])
    hours = [f"{FLAT};2025-06-01 {h:02d}:30;1" for h in range(3, 9)]
    path = _write(tmp_path, "\n".join(["PRM;Date;kWh", *hours]), "heures.csv")
    assert any("Horodate supposée" in note for note in _run(capsys, path)[1]["notes"])


def test_a_compressed_table_is_read(points, tmp_path, capsys):
    path = tmp_path / "releves.csv.gz"
    path.write_bytes(gzip.compress(f"PRM;Date;Valeur\n{FLAT};01/02/2025;2\n".encode()))
    code, found, _err = _run(capsys, path, unit="therm")
    assert (code, found["totals"][0]["sum"]) == (0, "58.614")  # 2 × 29.3071 kWh
