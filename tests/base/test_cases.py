"""The command of the worked cases: topics by module, comparison, exit codes."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from base.papers.cases import differences
from base.processes.cli import run

HALVES = {"amount_eur": 0.1, "keys": [{"id": "A", "weight": 1}, {"id": "B", "weight": 1}]}
INDEX = [{"register_digits": 5, "index": [1, 5]}]


@pytest.fixture
def file(tmp_path):
    def write(content):
        path = tmp_path / "cas.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return str(path)

    return write


def last(capsys):
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_each_case_is_told_and_the_last_line_is_the_object(file, capsys):
    expected = {"sum_eur": 0.1, "parts": [{"amount_eur": 0.05}, {"id": "B"}]}
    cases = [
        {"id": "S1", "topic": "split", "inputs": HALVES, "expected": expected},
        {"id": "S2", "topic": "split", "inputs": HALVES, "expected": {"sum_eur": 0.11}},
        {"id": "S3", "topic": "split", "inputs": {"amount_eur": 1}},
        {"id": "S4", "topic": "rien", "inputs": {}},
        {
            "id": "S5",
            "topic": "split",
            "inputs": HALVES,
            "expected": {"sum_eur": 0.11},
            "tolerance": {"abs": 0.01},
        },
    ]
    path = file({"schema": 1, "module": "ouvrage", "cases": cases})
    assert run(["case", path, "--json"]) == 1
    found = last(capsys)
    assert (found["passed"], found["failed"]) == (2, 3)
    assert [r["ok"] for r in found["results"]] == [True, False, False, False, True]
    assert found["results"][1]["message"] == ".sum_eur: 0.11 ≠ 0.1"
    assert "Il manque «\u00a0keys\u00a0»" in found["results"][2]["message"]
    assert "sujets connus\u00a0: " in found["results"][3]["message"]
    assert run(["case", path]) == 1
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [
        "S1",
        "S2",
        "S3",
        "S4",
        "S5",
    ]


def test_the_module_of_the_file_decides_whose_topics_are_meant(file, capsys):
    energy = {"module": "energie", "cases": [{"topic": "index", "inputs": INDEX}]}
    assert run(["case", file(energy)]) == 0
    assert run(["case", file(energy["cases"])]) == 1, "no module named: not the energy topics"
    assert run(["energy-case", file(energy["cases"])]) == 0
    assert run(["case", file({**energy, "module": "ouvrage"})]) == 1
    split = [{"topic": "split", "inputs": HALVES}]
    assert run(["case", file({"module": "energie", "cases": split})]) == 1
    assert run(["case", file(split)]) == 0


@pytest.mark.parametrize(
    "text", ["", "[]", "[1]", "{}", '{"topic": "split"}', "[NaN]", "[" * 99_999]
)
def test_what_is_no_case_is_a_sentence(file, capsys, text):
    assert run(["case", file(text)]) == 1
    told = capsys.readouterr().err
    assert told.strip() and "Traceback" not in told


def test_wrong_usage_is_2(capsys):
    assert run(["case"]) == 2
    assert "FICHIER" in capsys.readouterr().err


def test_numbers_are_compared_exactly_and_true_is_no_number():
    assert differences(Decimal("0.1"), 0.1, {}) == []
    assert differences(1, 1.0, {}) == []
    assert differences(Decimal("0.30"), 0.1 + 0.2, {}) != []
    assert differences(1, 1.01, {"abs": 0.01}) == []
    assert differences(1, 1.0100001, {"abs": 0.01}) != []
    assert differences(1, True, {}) and differences(False, 0, {})
    assert differences(True, True, {}) == [] and differences(None, None, {}) == []
    assert differences({"a": None}, {}, {}) == [".a: absent"]
    assert differences([1], [1, 2], {}) and differences("1", 1, {})
