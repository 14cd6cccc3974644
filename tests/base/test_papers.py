"""Papers that can be held against the code."""

from __future__ import annotations

import json
import re
from pathlib import Path

import config

ROOT = Path(__file__).resolve().parent.parent.parent


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_package_and_vendored_file_has_its_notice():
    rows = set(re.findall(r"^\| ([^|]+) \| ([^|]+) \|", _text("THIRD-PARTY.md"), re.MULTILINE))
    pins = set(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", _text("requirements.txt"), re.M))
    vendored = {(e["name"], e["version"]) for e in json.loads(_text("base/static/vendor.json"))}
    assert (pins | vendored) - rows == set()


def test_the_readme_lists_every_setting():
    readme = _text("README.md")
    assert [name for name in config.SAID if f"`{name}`" not in readme] == []


def test_the_pictures_of_the_papers_exist_and_no_others():
    shown = set()
    for paper in [ROOT / "README.md", *(ROOT / "docs" / "guide").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", paper.read_text(encoding="utf-8")):
            assert (paper.parent / target).exists(), f"{paper.name}: {target}"
            shown.add((paper.parent / target).resolve())
    pictures = set((ROOT / "docs" / "images").iterdir())
    assert pictures - shown == set()
    taken = re.findall(r'"([a-z-]+)": Screen', _text("docs/screenshots.py"))
    assert {picture.stem for picture in pictures} == set(taken)
