"""The command of the worked cases."""

import json

import pytest

from base.processes.cli import run
from tests.energie.real import shared


def test_cases_are_computed_and_compared(tmp_path, capsys):
    path = tmp_path / "cas.json"
    case = {"id": "T1", "topic": "index", "inputs": [{"register_digits": 5, "index": [1, 5]}]}
    case["expected"] = [{"consumption": 4, "rollover": False}]
    path.write_text(json.dumps({"cases": [case]}), encoding="utf-8")
    assert run(["energy-case", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (found["passed"], found["results"][0]["result"][0]["consumption"]) == (1, 4)
    case["expected"] = [{"consumption": 5}]
    path.write_text(json.dumps(case), encoding="utf-8")
    assert run(["energy-case", str(path)]) == 1
    assert "5 ≠ 4" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "[1]", "{}", '{"topic": "index"}'])
def test_what_is_no_case_is_refused(tmp_path, capsys, text):
    path = tmp_path / "cas.json"
    path.write_text(text, encoding="utf-8")
    assert run(["energy-case", str(path)]) == 1
    assert capsys.readouterr().err.strip()


def test_bad_inputs_are_a_sentence(tmp_path, capsys):
    path = tmp_path / "cas.json"
    path.write_text('{"topic": "index", "inputs": [{}]}', encoding="utf-8")
    assert run(["energy-case", str(path)]) == 1
    assert "Il manque «\u00a0index\u00a0»" in capsys.readouterr().out


def test_the_shared_cases_of_our_topics_pass(tmp_path, capsys):
    content = json.loads(shared("energy", "cases-shared.json").read_text(encoding="utf-8"))
    ours = [c for c in content["cases"] if c["topic"] in ("index", "time", "import")]
    path = tmp_path / "cas.json"
    path.write_text(json.dumps(ours), encoding="utf-8")
    assert run(["energy-case", str(path)]) == 0, capsys.readouterr().out


def test_the_trial_of_points_says_the_energy_in_words(app, tmp_path):
    from energie.domain.kinds import EnergyKind
    from energie.imports.meters import MeterImporter

    assert MeterImporter().shown("energy_kind", EnergyKind.GAS) == "Gaz"
    assert MeterImporter().shown("category", "C5") == "C5"
