"""A refused form comes back as it was sent: every kind of control, and the right form of many."""

from __future__ import annotations

import html

from base.face.views.refilling import Sent, refilled

PAGE = """<!doctype html>
<h1>Été</h1>
<form method="get" action="/do/1"><input name="words"></form>
<form method="post" action="/do/2"><input name="words" value="other"></form>
<details class="fold"><summary>Suite</summary>
<form method="post" action="/do/1" id="it">
  <input type="hidden" name="csrf_token" value="new"><input type="hidden" name="form_key" value="k">
  <input type="hidden" name="signature" value="">
  <label for="w">Mots</label>
  <input class="form-control" id="w" name="words" aria-describedby="w-h">
  <textarea name="note" rows="2"></textarea>
  <select name="state"><option value="a" selected>A</option><option>bé &amp; co</option></select>
  <select name="agent" data-remote="/x"><option value=""></option></select>
  <label><input type="checkbox" name="tick" value="1" checked> oui</label>
  <fieldset><label><input type="radio" name="when" value="before" checked> avant</label>
    <label><input type="radio" name="when" value="after"> après</label></fieldset>
  <input name="hours" value="1"><input name="hours" value="2">
  <input type="password" name="secret">
  <label class="drop">Photo<input type="file" name="photo"></label>
</form></details>
<input name="far" form="it">
<p>Fin</p>
"""
VALUES = {
    "csrf_token": ["old"],
    "form_key": ["old"],
    "signature": ["data:image/png"],
    "words": ['<b>"tout" & rien</b>'],
    "note": ["\nUne ligne\n</textarea>"],
    "state": ["bé & co"],
    "agent_id": ["9"],
    "agent": ["7"],
    "when": ["after"],
    "hours": ["3,5", "4"],
    "secret": ["mot de passe"],
    "far": ["loin"],
}


def test_everything_typed_comes_back():
    sent = Sent(
        "/do/1",
        VALUES,
        files=["photo"],
        errors={"words": "Trop court : <x>.", "when": "Avant ou après ?", "agent_id": "Absent."},
        chosen={"agent": {"value": "7", "text": "Léa & Cie", "aside": "Voirie"}},
    )
    page = refilled(PAGE, "/fiche/1", sent)
    assert page is not None
    for piece in (
        '<input name="words" value="other">',  # another form, as it was
        '<form method="get" action="/do/1"><input name="words"></form>',
        '<details class="fold" open>',
        'id="it" data-unsaved="1" data-here="/fiche/1">',
        '<input type="hidden" name="csrf_token" value="new">',
        '<input type="hidden" name="form_key" value="k">',
        '<input type="hidden" name="signature" value="data:image/png">',
        f'value="{html.escape(VALUES["words"][0])}"',
        'aria-describedby="w-h w-refusal"',
        '<div class="ov-err" data-refusal="1" id="w-refusal">Trop court : &lt;x&gt;.</div>',
        '<textarea name="note" rows="2">\n\nUne ligne\n&lt;/textarea&gt;</textarea>',
        '<option value="a">A</option><option selected>bé &amp; co</option>',
        '<option value="7" data-aside="Voirie" selected>Léa &amp; Cie</option></select>',
        'name="tick" value="1"> oui</label>',
        'name="when" value="after" checked> après</label><div class="ov-err"',
        '<input name="hours" value="3,5"><input name="hours" value="4">',
        '<input type="password" name="secret">',
        '<input type="file" name="photo"></label><div class="form-hint"',
        '<input name="far" form="it" value="loin">\n<p>Fin</p>',
    ):
        assert piece in page, piece
    assert page.count("autofocus") == 1 and page.index("autofocus") < page.index("</textarea>")
    assert page.count('aria-invalid="true"') == 3 and "mot de passe" not in page


def test_of_many_lines_the_one_that_was_sent():
    line = '<form method="post" action="/line"><input type="hidden" name="line" value="{}">'
    rows = "".join(f'{line.format(n)}<input name="hours" value="1"></form>' for n in (1, 2, 3))
    page = refilled(rows, "/fiche", Sent("/line", {"line": ["2"], "hours": ["8"]}))
    assert page is not None
    first, second, third = page.split("</form>")[:3]
    assert 'value="8"' in second and 'value="8"' not in first + third


def test_a_form_that_is_not_there_or_holds_nothing_is_not_shown():
    button = '<form method="post" action="/do"><button name="yes" value="1">Oui</button></form>'
    for page in (
        "<p>Rien</p>",
        button,
        '<form method="post" action="/else"><input name="a"></form>',
    ):
        assert refilled(page, "/fiche", Sent("/do", {"a": ["x"]})) is None
    own = '<dialog><form method="post"><input name="a"></form></dialog>'
    page = refilled(own, "/do", Sent("/do", {"a": ["x"]}, errors={"b": "Sans champ."}))
    assert page is not None and page.startswith("<dialog open>")
    assert 'name="a" value="x"' in page and "Sans champ" not in page
