"""Hostile arguments of every command: 2 on wrong usage, 1 on a failure, one sentence, no trace."""

from __future__ import annotations

import argparse

import pytest

from base.processes import cli


def commands(parser, path=()):
    """Every command with its parser: ``("user", "add")``."""
    below = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not below:
        yield path, parser
    for action in below:
        for name, inner in action.choices.items():
            yield from commands(inner, (*path, name))


COMMANDS = dict(commands(cli.parser()))


def hostile(path, parser):
    """Arguments that no command of this shape can take."""
    if path == ("test",):
        return  # its words are pytest's
    yield [*path, "--faux-drapeau"]
    takes_many = any(a.nargs in ("*", "+", argparse.REMAINDER) for a in parser._actions)
    if not takes_many:
        yield [*path, *["trop"] * 12]
    if any(not a.option_strings and a.nargs is None for a in parser._actions):
        yield [*path]
    for action in parser._actions:
        if not action.option_strings or action.nargs == 0:
            continue
        required = ["x" for a in parser._actions if not a.option_strings and a.nargs is None]
        yield [*path, *required, action.option_strings[-1]]
        if action.type is int:
            yield [*path, *required, action.option_strings[-1], "douze"]
        if action.choices:
            yield [*path, *required, action.option_strings[-1], "rien-de-tel"]


CASES = [case for path, parser in sorted(COMMANDS.items()) for case in hostile(path, parser)]


def test_every_command_is_looked_at():
    assert len(COMMANDS) > 25 and ("entity", "add") in COMMANDS and ("report",) in COMMANDS


@pytest.mark.parametrize("arguments", CASES, ids=" ".join)
def test_what_no_command_can_take_is_wrong_usage(arguments, capsys):
    assert cli.run(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == "" and shown.err.startswith("run.py")
    assert "Traceback" not in shown.err and len(shown.err.strip().splitlines()) <= 2


def test_an_argument_that_is_no_text_is_wrong_usage(capsys):
    assert cli.run(["user", "add", "jean\udcff"]) == 2
    assert "UTF-8" in capsys.readouterr().err


#: Arguments that have the right shape and mean nothing, with their exit code. ``{d}`` is a folder.
MEANINGLESS = [
    (["import", "zzz", "{d}/f.csv", "--entity", "A"], 2),
    (["import", "suppliers", "{d}/f.csv"], 2),
    (["import", "suppliers", "{d}/f.csv", "--entity", "A", "--column", "rien"], 2),
    (["import", "suppliers", "{d}/f.csv", "--entity", "A", "--option", "rien"], 2),
    (["import", "suppliers", "{d}/f.csv", "--entity", "A", "--option", "rien=1"], 2),
    (["import", "suppliers", "{d}/nulle-part.csv", "--entity", "A"], 1),
    (["import", "suppliers", "{d}", "--entity", "A"], 1),
    (["import", "suppliers", "{d}/f.csv", "--entity", "ZZZ"], 2),
    (["import", "--undo", "999999"], 1),
    (["import", "--undo", "0"], 1),
    (["import"], 2),
    (["import", "suppliers"], 2),
    (["report", "zzz", "--out", "{d}/x.pdf", "--entity", "A"], 2),
    (["report", "cost", "--out", "{d}/x.zzz", "--entity", "A"], 2),
    (["report", "cost", "--out", "{d}/x", "--entity", "A"], 2),
    (["report", "cost", "--out", "{d}/x.pdf", "--entity", "A", "--param", "zzz"], 2),
    (["report", "cost", "--out", "{d}/x.pdf", "--entity", "A", "--param", "zzz=1"], 2),
    (["report", "cost", "--out", "{d}/x.pdf", "--entity", "A", "--param", "start=hier"], 2),
    (["report", "cost", "--out", "{d}/x.pdf", "--entity", "A", "--param", "asset=ZZZ"], 2),
    (["report", "cost", "--out", "{d}/x.pdf"], 2),
    (["report", "cost", "--out", "{d}/nulle/part/x.pdf", "--entity", "A"], 1),
    (["report", "cost", "--out", "{d}/x.pdf", "--entity", "ZZZ"], 2),
    (["labels", "--out", "{d}/x.pdf", "--force", "--entity", "A", "--layout", "zzz"], 2),
    (["labels", "--out", "{d}/x.pdf", "--force", "--entity", "A", "--filter", "zzz"], 2),
    (["labels", "--out", "{d}/x.pdf", "--force", "--entity", "A", "--filter", "zzz=1"], 2),
    (["labels", "--out", "{d}/x.pdf", "--force", "--entity", "A", "--start", "-5"], 2),
    (["labels", "--out", "{d}/nulle/part.pdf", "--force", "--entity", "A"], 1),
    (["labels", "--out", "{d}/x.pdf", "--force"], 2),
    (["evidence", "ZZZ", "--out", "{d}/x.zip", "--entity", "A"], 2),
    (["user", "add", "nouveau", "--role", "Rien"], 1),
    (["user", "add", "nouveau", "--entity", "Rien"], 1),
    (["user", "reset-password", "personne"], 1),
    (["user", "reset-second-factor", "personne"], 1),
    (["token", "add", "x", "--user", "personne"], 1),
    (["token", "add", "x", "--user", "admin", "--days", "0"], 2),
    (["entity", "add", "A", "Nom"], 1),
    (["entity", "add", "C", "Nom", "--parent", "ZZZ"], 2),
    (["backup", "--check", "{d}/nulle-part"], 1),
    (["backup", "--check", "{d}/f.csv"], 1),
    (["backup", "{d}/nulle/part"], 1),
    (["restore", "{d}/nulle-part"], 1),
    (["restore", "{d}/f.csv"], 1),
    (["energy-case", "{d}/nulle-part"], 1),
    (["energy-case", "{d}/f.csv"], 1),
    (["energy-case", "{d}"], 1),
    (["migration", "zzz"], 2),
    (["module", "remove", "zzz"], 1),
    (["bench", "zzz"], 2),
    (["verify", "--anchor", "zzz"], 2),
    (["verify", "--since", "999999"], 1),
    (["demo", "--no-serve", "--data", "{d}/nulle-part"], 1),
]


#: Each starts the application: every sixth in the quick suite, all in the slow one.
TRIED = [
    pytest.param(*case, marks=() if number % 6 == 0 else pytest.mark.slow, id=" ".join(case[0]))
    for number, case in enumerate(MEANINGLESS)
]


@pytest.mark.parametrize("arguments, code", TRIED)
def test_what_means_nothing_is_one_sentence(
    arguments, code, sqlite_server, sqlite_app, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("base.basics.logs.configure", lambda *_a, **_k: None)
    monkeypatch.setenv("OUVRAGE_DATA_DIR", str(sqlite_server.settings.data_dir))
    (tmp_path / "f.csv").write_text("Code;Nom\nF1;Nom\n", encoding="utf-8")
    before = sorted(p.name for p in tmp_path.iterdir())
    assert cli.run([word.replace("{d}", str(tmp_path)) for word in arguments]) == code
    shown = capsys.readouterr()
    assert "Traceback" not in shown.err and shown.err.strip()
    assert sorted(p.name for p in tmp_path.iterdir()) == before
