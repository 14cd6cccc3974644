"""The theme keeps its promises: contrast in both themes, every icon there, no inline script."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CSS = (ROOT / "base" / "static" / "ouvrage.css").read_text(encoding="utf-8")
MODULES = ("base", "patrimoine", "interventions", "energie", "reports")
TEMPLATES = [p for m in MODULES for p in (ROOT / m / "templates").rglob("*.html")]
ICONS = set((ROOT / "base" / "static" / "icons.txt").read_text(encoding="utf-8").split())


def tokens(theme):
    """The colours of a theme."""
    start = CSS.index(f'[data-bs-theme="{theme}"] {{')
    block = CSS[start : CSS.index("}", start)]
    return dict(re.findall(r"--ov-([a-z0-9-]+):\s*(#[0-9a-f]{6})", block))


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_text_reads_on_every_ground_in_both_themes():
    for theme in ("light", "dark"):
        colours = tokens(theme)
        for ink in ("ink", "ink-2", "ink-3"):
            for ground in ("paper", "surface", "raised", "sunken"):
                found = contrast(colours[ink], colours[ground])
                assert found >= 4.5, (theme, ink, ground, found)
        assert contrast(colours["on-accent"], colours["accent"]) >= 4.5
        for state in ("ok", "run", "late", "idle"):
            assert contrast(colours[state], colours[f"{state}-soft"]) >= 4.5, (theme, state)


def test_edges_of_fields_are_seen_in_both_themes():
    for theme in ("light", "dark"):
        colours = tokens(theme)
        assert contrast(colours["control"], colours["surface"]) >= 3


def test_every_icon_named_in_a_template_is_in_the_sprite():
    for path in TEMPLATES:
        for name in re.findall(r"\bicon\(\s*[\"']([a-z0-9-]+)[\"']", path.read_text("utf-8")):
            assert name in ICONS, (path.relative_to(ROOT), name)


def test_every_icon_named_in_code_is_in_the_sprite():
    for module in MODULES:
        for path in (ROOT / module).rglob("*.py"):
            for name in re.findall(r"\bicon\s*=\s*\"([a-z0-9-]+)\"", path.read_text("utf-8")):
                assert name in ICONS, (path.relative_to(ROOT), name)


def test_no_template_holds_a_script_or_a_handler_or_a_style():
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), path
        assert not re.search(r"\son[a-z]+=[\"']", text), path
        assert not re.search(r"\sstyle=[\"']", text), path
        assert "https://" not in text and "http://" not in text.replace("http://www.w3.org/", ""), (
            path
        )


def test_markup_is_trusted_only_where_it_was_reviewed():
    """FAB's widgets are rendered templates; they come to their page as text."""
    reviewed = {"add.html", "edit.html", "show.html", "list.html"}
    for path in TEMPLATES:
        if re.search(r"\|\s*safe\b", path.read_text(encoding="utf-8")):
            assert path.name in reviewed and "appbuilder/general/model" in path.as_posix(), path
    for path in (ROOT / "base" / "static" / "js").glob("*.js"):
        assert "innerHTML" not in path.read_text(encoding="utf-8"), path
