"""The word of a kind beside a name: not twice where the name begins with it."""

import re

import pytest

from patrimoine.domain import kind_beside
from tests.patrimoine.test_api import make


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("room", "Local technique", ""),
        ("room", "local", ""),
        ("room", "Localisation des vannes", "Local"),
        ("room", "Chaufferie", "Local"),
        ("building", "Batiment A", ""),
        ("building", "Bâtiment-relais", ""),
        ("site", "Site des Tilleuls", ""),
        ("site", "Grand site", "Site"),
        ("floor", "Niveau 0", ""),
    ],
)
def test_a_kind_is_said_once(kind, name, said):
    assert kind_beside(kind, name) == said


def test_no_door_says_a_kind_twice(sqlite_api_of, sqlite_client_of):
    alice, desk = sqlite_api_of("alice"), sqlite_client_of("alice")
    for code, name in (("B-1", "Bâtiment Nord"), ("B-2", "Halle Nord")):
        make(alice, "building", code=code, name=name, latitude=48.8, longitude=2.3)
    twice, once = "B-1", "B-2"
    found = " ".join(re.sub("<[^>]+>", " ", desk.get("/recherche?q=nord").text).split())
    assert f"{once} · Bâtiment" in found and f"{twice} · Bâtiment" not in found
    page = desk.get("/assetview/list/?cols=code,name,kind").text
    for code, hidden in ((twice, True), (once, False)):
        (line,) = [row for row in re.findall("<tr data-row>.*?</tr>", page, re.S) if code in row]
        cells = re.findall("<td.*?</td>", line, re.S)
        (cell,) = [one for one in cells if re.search(r">\s*Bâtiment\s*<", one)]
        assert ("ov-void" in cell) == hidden, line
    shapes = desk.get("/carte/formes?of=AssetView&bbox=2,48,3,49").json["features"]
    labels = {f["properties"]["code"]: f["properties"]["kind_label"] for f in shapes}
    assert labels == {twice: "", once: "Bâtiment"}
