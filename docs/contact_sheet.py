"""Every screen at 390, at 1440 and in the dark, on one sheet.

The screens are found by walking: each page of the menu, then from each list its first record, the
record's tabs, its form, and the form of a new one; then the pages that no menu leads to. So a new
screen is on the next sheet without being named here::

    OUVRAGE_ADMIN_PASSWORD=… .venv/bin/python docs/contact_sheet.py http://127.0.0.1:8080 FILE.webp
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from screenshots import DESK, PHONE, browse

#: Pages that the menu does not lead to.
BESIDE = (
    "/login/",
    "/recherche?q=chaudiere",
    "/scanner",
    "/boite/",
    "/compte/",
    "/workorderview/list/?display=board",
    "/workorderview/list/?display=calendar",
    "/workorderview/list/?group=state",
    "/assetview/list/?display=map",
    "/vehicleview/list/",
    "/equipmentview/list/",
    "/parcelview/list/",
    "/rapports/cost",
    "/rapports/traceability",
    "/verifier/",
    "/interventions/mobile/",
    "/nulle-part",
)
#: Height of a picture on the sheet, its margin, and screens side by side (WebP ends at 16,383).
TALL, GAP, ACROSS = 300, 10, 4


def local(site: str, address: str) -> str:
    """The path of an address of the site."""
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def links(page: Any, selector: str) -> list[str]:
    """Where the links of a page lead."""
    found = page.eval_on_selector_all(selector, "all => all.map(a => a.href)")
    return [str(href) for href in found]


def walk(page: Any, site: str) -> list[str]:
    """The paths of all screens, in the order of the menu."""
    page.goto(f"{site}/")
    menu = list(dict.fromkeys(local(site, href) for href in links(page, "nav.ov-side a")))
    found = list(menu)
    for path in [*menu, *(p for p in BESIDE if "view/list/" in p and "?" not in p)]:
        page.goto(site + path)
        if path not in found:
            found.append(path)
        new = links(page, ".ov-pagehead a.btn-primary")[:1]
        first = links(page, "tbody a.ov-ink-link")[:1]
        for href in [*new, *first]:
            found.append(local(site, href))
        if first:
            page.goto(first[0])
            tabs = links(page, ".ov-rectabs a")[1:]
            edit = [h for h in links(page, ".ov-pagehead a.btn") if "/edit/" in h][:1]
            found += [local(site, href) for href in [*tabs, *edit]]
    found += [path for path in BESIDE if path not in found]
    return list(dict.fromkeys(found))


def main() -> None:
    """Make the sheet."""
    if len(sys.argv) != 3:
        sys.exit("usage: docs/contact_sheet.py http://127.0.0.1:8080 FILE.webp")
    from PIL import Image, ImageDraw

    site, target = sys.argv[1].rstrip("/"), Path(sys.argv[2])
    rows: list[tuple[str, list[Any]]] = []

    def take(page_of: Any) -> None:
        paths = walk(page_of(DESK, False), site)
        for path in paths:
            row = []
            for size, dark in ((DESK, False), (PHONE, False), (DESK, True)):
                page = page_of(size, dark, "" if path == "/login/" else "admin")
                page.goto(site + path)
                page.wait_for_load_state("networkidle")
                page.wait_for_timeout(250)
                shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
                row.append(shot.resize((int(shot.width * TALL / shot.height), TALL)))
            rows.append((path, row))
            print(path, flush=True)

    browse(site, take)
    wide = sum(image.width + GAP for image in rows[0][1]) + GAP
    tall = TALL + GAP + 14
    lines = -(-len(rows) // ACROSS)
    sheet = Image.new("RGB", (wide * ACROSS, tall * lines), "#808080")
    pen = ImageDraw.Draw(sheet)
    for number, (path, row) in enumerate(rows):
        x, y = number // lines * wide + GAP, number % lines * tall
        pen.text((x, y + 1), path, fill="#ffffff")
        for image in row:
            sheet.paste(image, (x, y + 14))
            x += image.width + GAP
    sheet.save(target, quality=55, method=6)
    print(f"{len(rows)} écrans : {target}, {target.stat().st_size // 1024} Ko")


if __name__ == "__main__":
    main()
