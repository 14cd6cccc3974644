"""Draw the rooms of the house and who knows whom: ``python3 docs/floors.py``.

Reads the imports of the code itself and writes ``docs/floors.svg``. A room stands on the floor
above everything that it uses; an arrow that follows from two others is left out.
"""

from __future__ import annotations

import html
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "floors.svg"
MODULES = ("base", "patrimoine", "interventions", "energie", "reports")
#: The program that starts ``base`` and what only declares it stand on no floor.
OUTSIDE = {"__main__", "__manifest__", "records", "security"}
WIDTH, FLOOR, BOX = 1120, 58, 26


def rooms() -> dict[str, set[str]]:
    """Each room of ``base`` and each module above it -> those that it imports."""
    graph = grimp.build_graph(*MODULES, exclude_type_checking_imports=True, cache_dir=None)
    uses: dict[str, set[str]] = defaultdict(set)

    def room(name: str) -> str:
        module, _, rest = name.partition(".")
        floor, _, inner = rest.partition(".")
        if module != "base" or not floor:
            return module
        place = inner.partition(".")[0]
        return place if place and (ROOT / module / floor / place).is_dir() else floor

    for importer in graph.modules:
        mine = room(importer)
        uses[mine] |= set()
        for imported in graph.find_modules_directly_imported_by(importer):
            other = room(imported)
            # Another module uses ``base`` as a whole.
            if mine in MODULES and other not in MODULES:
                other = "base"
            if other != mine:
                uses[mine].add(other)
    return {n: u - OUTSIDE for n, u in sorted(uses.items()) if n not in OUTSIDE}


def levels(uses: dict[str, set[str]]) -> dict[str, int]:
    """The floor of each room: one above the highest that it uses.

    Raises:
        ValueError: rooms use each other in a circle.
    """
    under_way: list[str] = []

    @cache
    def level(name: str) -> int:
        if name in under_way:
            raise ValueError(" -> ".join([*under_way[under_way.index(name) :], name]))
        under_way.append(name)
        found = 1 + max((level(other) for other in uses[name]), default=-1)
        under_way.pop()
        return found

    return {name: level(name) for name in uses}


def needed(uses: dict[str, set[str]]) -> list[tuple[str, str]]:
    """The arrows that do not follow from others."""

    @cache
    def reached(name: str) -> frozenset[str]:
        return frozenset(uses[name]).union(*(reached(other) for other in uses[name]))

    return [
        (name, other)
        for name in uses
        for other in sorted(uses[name])
        if not any(other in reached(between) for between in uses[name] if between != other)
    ]


def draw(uses: dict[str, set[str]], title: str) -> str:
    """The picture as SVG; the same code gives the same bytes."""
    floors: dict[int, list[str]] = defaultdict(list)
    for name, level in levels(uses).items():
        floors[level].append(name)
    top = max(floors)
    height = (top + 1) * FLOOR + 40
    place: dict[str, tuple[float, float, float]] = {}
    for level, names in floors.items():
        step = WIDTH / (len(names) + 1)
        for at, name in enumerate(sorted(names), 1):
            wide = 9.0 * len(name) + 22
            # Every second floor a little aside, so that arrows seldom hide behind boxes.
            place[name] = (step * at + (28 if level % 2 else -28), (top - level) * FLOOR + 34, wide)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="sans-serif" font-size="14" role="img" aria-label="{html.escape(title)}">',
        '<defs><marker id="a" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#64748b"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
    ]
    for name, other in needed(uses):
        (x, y, _), (to_x, to_y, _) = place[name], place[other]
        lines.append(
            f'<path d="M{x:.0f} {y + BOX:.0f} C{x:.0f} {y + BOX + 24:.0f} {to_x:.0f} '
            f'{to_y - 24:.0f} {to_x:.0f} {to_y:.0f}" fill="none" stroke="#94a3b8" '
            'marker-end="url(#a)"/>'
        )
    for name, (x, y, wide) in sorted(place.items()):
        lines.append(
            f'<rect x="{x - wide / 2:.0f}" y="{y:.0f}" width="{wide:.0f}" height="{BOX}" rx="6" '
            f'fill="#eef2ff" stroke="#4f46e5"/><text x="{x:.0f}" y="{y + 18:.0f}" '
            f'text-anchor="middle" fill="#1e1b4b">{html.escape(name)}</text>'
        )
    return "\n".join([*lines, "</svg>", ""])


def picture() -> str:
    """The rooms of ``base`` and the modules above, as the code is now."""
    uses = rooms()
    # ``base`` as a whole is its highest rooms to those above it.
    uses.pop("base", None)
    inside = {n for n in uses if n not in MODULES}
    highest = {n for n in inside if not any(n in uses[m] for m in inside)}
    for name in uses:
        if "base" in uses[name]:
            uses[name] = (uses[name] - {"base"}) | (highest if name not in inside else set())
    return draw(uses, "Rooms of the house: each stands above those that it uses")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    PICTURE.write_text(picture(), encoding="utf-8")
    print(f"{PICTURE.relative_to(ROOT)} is written.")
