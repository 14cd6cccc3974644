"""Pictures of the screens, taken from a running Ouvrage, into ``docs/images``.

Load the demonstration, start the site, then, in an environment with the packages of the tests::

    python3 run.py demo
    OUVRAGE_ADMIN_PASSWORD=… .venv/bin/python docs/screenshots.py http://127.0.0.1:8080

``docs/contact_sheet.py`` shows all screens at three sizes on one sheet.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
from pathlib import Path
from typing import Any

IMAGES = Path(__file__).resolve().parent / "images"
DESK, PHONE = (1440, 900), (390, 844)
#: name -> (how to get there, size, dark). A path, or a list whose first row is opened.
SCREENS: dict[str, tuple[str, tuple[int, int], bool]] = {
    "connexion": ("/login/", DESK, False),
    "accueil": ("/", DESK, False),
    "biens": ("/buildingview/list/", DESK, False),
    "fiche-batiment": ("/buildingview/list/?q=groupe scolaire > 1", DESK, False),
    "fiche-batiment-sombre": ("/buildingview/list/?q=groupe scolaire > 1", DESK, True),
    "interventions": ("/workorderview/list/", DESK, False),
    "intervention": ("/workorderview/list/?tab=all > 1", DESK, False),
    "carte": ("/carte/", DESK, False),
    "energie": ("/deliverypointview/list/?q=aliénor, électricité > 1", DESK, False),
    "imports": ("/imports/", DESK, False),
    "traitements": ("/traitements/", DESK, False),
    "rapport-couts": ("/rapports/cost", DESK, False),
    "telephone-liste": ("/workorderview/list/", PHONE, False),
    "telephone-fiche": ("/buildingview/list/?q=groupe scolaire > 1", PHONE, True),
}


def chromium() -> str:
    """The Chromium of this machine."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    sys.exit("Aucun Chromium sur cette machine.")


def save(picture: bytes, target: Path) -> None:
    """Write a picture small: 128 colours are enough for flat screens."""
    from PIL import Image

    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.quantize(colors=128, dither=Image.Dither.NONE).save(target, optimize=True)


def reach(page: Any, site: str, path: str) -> None:
    """Open a path; ``> 1`` opens the first row of the list, ``> last`` the last."""
    address, _sep, row = path.partition(" > ")
    page.goto(site + address)
    if row:
        links = page.locator("tbody a.ov-ink-link")
        (links.last if row == "last" else links.first).click()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(400)


def browse(site: str, password: str, wanted: Any) -> None:
    """Call ``wanted(page_of)`` with a function that gives a signed-in page."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        kept: dict[Any, Any] = {}

        def page_of(size: tuple[int, int], dark: bool, signed_in: bool = True) -> Any:
            key = (size, dark, signed_in)
            if key not in kept:
                context = browser.new_context(
                    viewport={"width": size[0], "height": size[1]},
                    color_scheme="dark" if dark else "light",
                    locale="fr-FR",
                    storage_state=kept.get("state") if signed_in else None,
                )
                kept[key] = context.new_page()
                if signed_in and "state" not in kept:
                    page = kept[key]
                    page.goto(f"{site}/login/")
                    page.fill("#username", "admin")
                    page.fill("#password", password)
                    page.click("form button.btn-primary")
                    page.wait_for_url(f"{site}/")
                    kept["state"] = context.storage_state()
            return kept[key]

        wanted(page_of)
        browser.close()


def main() -> None:
    """Take the pictures."""
    if len(sys.argv) < 2:
        sys.exit("usage: docs/screenshots.py http://127.0.0.1:8080")
    site = sys.argv[1].rstrip("/")
    password = os.environ.get("OUVRAGE_ADMIN_PASSWORD", "")
    IMAGES.mkdir(exist_ok=True)

    def take(page_of: Any) -> None:
        for name, (path, size, dark) in SCREENS.items():
            page = page_of(size, dark, path != "/login/")
            reach(page, site, path)
            save(page.screenshot(), IMAGES / f"{name}.png")

    browse(site, password, take)


if __name__ == "__main__":
    main()
