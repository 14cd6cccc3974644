"""Copies the third-party files of the screens into ``base/static`` and writes ``vendor.json``.

Run by hand when a version changes; nothing of it is needed to install or run the product::

    npm install --ignore-scripts @tabler/core@1.6.1 @tabler/icons@3.51.0 htmx.org@2.0.11 \
        tom-select@2.6.2 leaflet@1.9.4 echarts@6.1.0 sortablejs@1.15.6 jsqr@1.4.0 \
        @fontsource/ibm-plex-sans @fontsource/ibm-plex-mono @ibm/plex-sans @ibm/plex-mono
    python docs/vendor.py node_modules          # needs fonttools and brotli for the fonts

The icon sprite holds the names listed in ``base/static/icons.txt`` and no other.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent / "base" / "static"

#: package -> (licence file inside the package, {target below base/static: source in the package})
FILES: dict[str, tuple[str, dict[str, str]]] = {
    "@tabler/core": (
        # Its package carries no licence file: same authors and same text as the icons.
        "../icons/LICENSE",
        {
            "vendor/tabler/tabler.min.css": "dist/css/tabler.min.css",
        },
    ),
    "@tabler/icons": ("LICENSE", {}),
    "htmx.org": ("LICENSE", {"vendor/htmx/htmx.min.js": "dist/htmx.min.js"}),
    "tom-select": (
        "LICENSE",
        {
            "vendor/tom-select/tom-select.min.js": "dist/js/tom-select.popular.min.js",
            "vendor/tom-select/tom-select.min.css": "dist/css/tom-select.bootstrap5.min.css",
        },
    ),
    "jsqr": ("LICENSE", {"vendor/jsqr/jsQR.js": "dist/jsQR.js"}),
    "sortablejs": ("LICENSE", {"vendor/sortablejs/Sortable.min.js": "Sortable.min.js"}),
    "leaflet": (
        "LICENSE",
        {
            "vendor/leaflet/leaflet.js": "dist/leaflet.js",
            "vendor/leaflet/leaflet.css": "dist/leaflet.css",
            "vendor/leaflet/images/layers.png": "dist/images/layers.png",
            "vendor/leaflet/images/layers-2x.png": "dist/images/layers-2x.png",
            "vendor/leaflet/images/marker-icon.png": "dist/images/marker-icon.png",
            "vendor/leaflet/images/marker-icon-2x.png": "dist/images/marker-icon-2x.png",
            "vendor/leaflet/images/marker-shadow.png": "dist/images/marker-shadow.png",
        },
    ),
    "echarts": (
        "LICENSE",
        {
            "vendor/echarts/echarts.min.js": "dist/echarts.min.js",
            "vendor/echarts/NOTICE": "NOTICE",
        },
    ),
    "@fontsource/ibm-plex-sans": (
        "LICENSE",
        {
            f"fonts/plex-sans-{script}-{weight}.woff2": (
                f"files/ibm-plex-sans-{script}-{weight}-normal.woff2"
            )
            for weight in (400, 500, 600, 700)
            for script in ("latin", "latin-ext")
        }
        | {
            # What the pages that open on a weak network are set in: see docs/light_css.py.
            f"fonts/plain-sans-{weight}.woff2": f"files/ibm-plex-sans-latin-{weight}-normal.woff2"
            for weight in (400, 600)
        },
    ),
    "@fontsource/ibm-plex-mono": (
        "LICENSE",
        {
            f"fonts/plex-mono-latin-{weight}.woff2": (
                f"files/ibm-plex-mono-latin-{weight}-normal.woff2"
            )
            for weight in (400, 500)
        },
    ),
    "@ibm/plex-sans": (
        "LICENSE.txt",
        {
            f"fonts/pdf/IBMPlexSans-{style}.ttf": f"fonts/complete/woff2/IBMPlexSans-{style}.woff2"
            for style in ("Regular", "SemiBold", "Bold")
        },
    ),
    "@ibm/plex-mono": (
        "LICENSE.txt",
        {
            f"fonts/pdf/IBMPlexMono-{style}.ttf": f"fonts/complete/woff2/IBMPlexMono-{style}.woff2"
            for style in ("Regular", "Medium")
        },
    ),
}


def unpack_font(source: Path, target: Path) -> None:
    """The TrueType form of a WOFF2 file: same glyphs, other container."""
    from fontTools.ttLib import TTFont

    font = TTFont(source, recalcTimestamp=False)
    font.flavor = None
    font.save(target)


#: The letters of French and English, and what is written between them.
LETTERS = (
    "".join(chr(code) for code in range(0x20, 0x7F))
    + "\u00a0«°²·»ÀÂÆÇÈÉÊËÎÏÔÙÛÜàâæçèéêëîïôöùûüÿŒœŸ–—‘’“”…\u202f€"
)


def cut_font(source: Path, target: Path) -> None:
    """A font with the glyphs of ``LETTERS`` alone, without the names that its licence reserves."""
    from fontTools import subset

    options = subset.Options(
        flavor="woff2", layout_features=["kern", "liga", "tnum"], hinting=False, name_IDs=[]
    )
    font = subset.load_font(str(source), options)
    cutter = subset.Subsetter(options)
    cutter.populate(text=LETTERS)
    cutter.subset(font)
    subset.save_font(font, str(target), options)


def sprite(icons: Path, names: list[str]) -> str:
    """One SVG with a ``<symbol>`` for each name."""
    symbols = []
    for name in names:
        svg = (icons / f"{name}.svg").read_text(encoding="utf-8")
        paths = [p for p in re.findall(r"<path[^>]*?/>", svg) if 'stroke="none"' not in p]
        body = "".join(re.sub(r"\s+/>", "/>", p) for p in paths)
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>')
    lines = "\n".join(symbols)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{lines}\n</svg>\n'


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(modules: Path) -> None:
    """Copy, build, record."""
    entries = []
    licences = STATIC / "vendor" / "licences"
    licences.mkdir(parents=True, exist_ok=True)
    for package, (licence, files) in FILES.items():
        root = modules / package
        about = json.loads((root / "package.json").read_text(encoding="utf-8"))
        written = []
        for target_name, source_name in files.items():
            source, target = root / source_name, STATIC / target_name
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.suffix == ".ttf":
                unpack_font(source, target)
            elif target.name.startswith("plain-"):
                cut_font(source, target)
            elif target.suffix in {".css", ".js"}:
                # Source maps are not shipped; a reference to one is a 404 in every browser.
                text = source.read_text(encoding="utf-8")
                text = re.sub(r"(?m)^(//|/\*)# sourceMappingURL=.*$", "", text)
                target.write_text(text.rstrip() + "\n", encoding="utf-8")
            else:
                target.write_bytes(source.read_bytes())
            written.append(target_name)
        if package == "@tabler/icons":
            names = (STATIC / "icons.txt").read_text(encoding="utf-8").split()
            text = sprite(root / "icons" / "outline", names)
            (STATIC / "icons.svg").write_text(text, encoding="utf-8")
            written.append("icons.svg")
        name = package.strip("@").replace("/", "-") + ".txt"
        (licences / name).write_bytes((root / licence).read_bytes())
        written.append(f"vendor/licences/{name}")
        entries.append(
            {
                "name": package,
                "version": about["version"],
                "licence": about["license"],
                "files": {name: digest(STATIC / name) for name in sorted(written)},
            }
        )
    text = json.dumps(entries, indent=1, ensure_ascii=False, sort_keys=True)
    (STATIC / "vendor.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python docs/vendor.py NODE_MODULES")
    main(Path(sys.argv[1]))
