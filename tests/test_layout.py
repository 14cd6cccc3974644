"""Templates, style sheets and scripts: one tag or declaration a line, none that is long."""

from __future__ import annotations

from argparse import Namespace
from types import SimpleNamespace

import pytest

from base.processes.cli import developers, layout


def test_what_is_served_and_rendered_is_laid_out():
    files = [*layout.templates(), *layout.served("css"), *layout.served("js")]
    assert len(files) > 200
    assert layout.faults(files) == []


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        ("html", "<p>un</p>\n<p>deux</p>", []),
        ("html", "<p>un</p><p>deux</p>", [1]),
        ("html", "<ul>\n  <li>un</li></ul>", [2]),
        ("html", "{% if a %}<p>un</p>{% endif %}", [1]),
        ("html", "<p>un <b>mot</b> et <a href=x>un lien</a></p>", []),
        ("html", "{# <p> et <p> #}\n<p>un</p>", []),
        ("html", f"<p\n  title='{'x' * 160}'>", [2]),
        ("css", "a,\nb {\n  color: red;\n}", []),
        ("css", "a { color: red; }", [1]),
        ("css", "a {\n  color: red; top: 0;\n}", [2]),
        ("css", 'a {\n  background: url("data:image/svg+xml;utf8,x;y");\n}', []),
        ("js", "const a = 1; const b = 2;", []),
        ("js", f"const a = '{'x' * 160}';", [1]),
    ],
)
def test_the_layout_is_judged_line_by_line(kind, text, found):
    assert [number for number, _fault in layout.faults_of(text, kind)] == found


def test_vendored_files_are_not_ours_to_lay_out():
    assert not [file for file in layout.served("js") if "vendor" in file.parts]
    assert any(file.name == "keep.js" for file in layout.served("js"))


def test_pages_are_sent_without_the_indentation_of_their_templates(sqlite_app):
    """Where every space is shown, none goes."""
    source = "<ul>\n    <li>a  b</li>\n\n  {% if 1 %}\n    c{% endif %}\n</ul>"
    assert sqlite_app.jinja_env.from_string(source).render() == (
        "<ul>\n<li>a  b</li>\n\n\nc\n</ul>"
    )
    kept = "<textarea name=a>\n    x\n</textarea>\n<pre>\n  y</pre>"
    assert sqlite_app.jinja_env.from_string(kept).render() == kept


def test_lint_runs_every_check_and_names_the_one_that_fails(monkeypatch, capsys):
    ran = []

    def run(command, **_given):
        ran.append(str(command[0]).rsplit("/", 1)[-1])
        return SimpleNamespace(returncode=1 if ran[-1] == "oxlint" else 0)

    monkeypatch.setattr(developers.subprocess, "run", run)
    assert developers.run_lint(Namespace()) == 1
    assert ran[-3:] == ["oxlint", "oxfmt", "djlint"] and len(ran) == 7
    assert capsys.readouterr().out.endswith("À reprendre : scripts (oxlint).\n")
