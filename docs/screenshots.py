"""Pictures of the screens for the guide, taken from a running Ouvrage, into ``docs/images``.

Load the demonstration, start the site, then, in an environment with the packages of the tests::

    python3 run.py demo
    OUVRAGE_ADMIN_PASSWORD=… OUVRAGE_DEMO_PASSWORD=… \\
        .venv/bin/python docs/screenshots.py http://127.0.0.1:8080 [NAME …]

The second password is the one that the demonstration says once, of all its people.
``docs/contact_sheet.py`` shows all screens at three sizes on one sheet.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

IMAGES = Path(__file__).resolve().parent / "images"
DESK, PHONE = (1440, 900), (390, 844)
HEAD, AGENT = "claire.vasseur", "nadia.ferhat"
ENERGY, FINANCE = "elise.maurand", "pascal.thevenin"


class Screen(NamedTuple):
    """How a picture is taken: a path, or a list whose first row is opened by ``> 1``."""

    path: str
    size: tuple[int, int] = DESK
    dark: bool = False
    #: Who looks; nobody is signed in when empty.
    who: str = "admin"


SCHOOL = "/buildingview/list/?q=groupe scolaire > 1"
SCREENS: dict[str, Screen] = {
    "accueil": Screen("/", who=HEAD),
    "accueil-energie": Screen("/", who=ENERGY),
    "accueil-finances": Screen("/", who=FINANCE),
    "accueil-administrateur": Screen("/"),
    "fiche-batiment": Screen(SCHOOL, who=HEAD),
    "demandes": Screen("/servicerequestview/list/", who=HEAD),
    "interventions": Screen("/workorderview/list/", who=HEAD),
    "tableau": Screen("/workorderview/list/?display=board", who=HEAD),
    "planning": Screen("/workorderview/list/?display=calendar&period=week", who=HEAD),
    "intervention": Screen("/workorderview/list/?tab=all&q=robinet de purge > 1", who=HEAD),
    "carte": Screen("/carte/", who=HEAD),
    "energie": Screen("/deliverypointview/list/?q=aliénor, électricité > 1", who=ENERGY),
    "factures": Screen("/invoiceview/list/", who=ENERGY),
    "imports": Screen("/imports/"),
    "rapport-couts": Screen("/rapports/cost", who=FINANCE),
    "telephone-journee": Screen("/interventions/mobile/", PHONE, who=AGENT),
    "telephone-fiche": Screen(SCHOOL, PHONE, True, HEAD),
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


def password_of(who: str) -> str:
    """The password of an account, from the environment."""
    name = "OUVRAGE_ADMIN_PASSWORD" if who == "admin" else "OUVRAGE_DEMO_PASSWORD"
    return os.environ.get(name) or sys.exit(f"{name} manque.")


def browse(site: str, wanted: Callable[[Callable[..., Any]], None]) -> None:
    """Call ``wanted(page_of)`` with a function that gives the page of a person."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        pages: dict[Any, Any] = {}
        states: dict[str, Any] = {}

        def page_of(size: tuple[int, int], dark: bool, who: str = "admin") -> Any:
            if (size, dark, who) in pages:
                return pages[size, dark, who]
            context = browser.new_context(
                viewport={"width": size[0], "height": size[1]},
                color_scheme="dark" if dark else "light",
                locale="fr-FR",
                storage_state=states.get(who),
            )
            page = pages[size, dark, who] = context.new_page()
            if who and who not in states:
                page.goto(f"{site}/login/")
                page.fill("#username", who)
                page.fill("#password", password_of(who))
                page.click("form button.btn-primary")
                page.wait_for_url(f"{site}/**")
                states[who] = context.storage_state()
            return page

        wanted(page_of)
        browser.close()


def main() -> None:
    """Take the pictures, all or those named."""
    if len(sys.argv) < 2:
        sys.exit("usage: docs/screenshots.py http://127.0.0.1:8080 [NAME …]")
    site, names = sys.argv[1].rstrip("/"), sys.argv[2:] or list(SCREENS)
    IMAGES.mkdir(exist_ok=True)

    def take(page_of: Callable[..., Any]) -> None:
        for name in names:
            screen = SCREENS[name]
            page = page_of(screen.size, screen.dark, screen.who)
            reach(page, site, screen.path)
            save(page.screenshot(), IMAGES / f"{name}.png")

    browse(site, take)


if __name__ == "__main__":
    main()
