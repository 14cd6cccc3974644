"""The ten main tasks with the keyboard alone (T25): the focus is seen, leads on and comes back.

Each prints its keys: those pressed to get there, and the letters typed.
"""

import contextvars
import re

import pytest
from playwright.sync_api import expect

from tests.engines import PASSWORD

#: Whether what has the focus, or the box that stands for it, shows it.
SEEN = """() => {
  let node = document.activeElement;
  if (!node || node === document.body || node === document.documentElement) { return "nothing"; }
  const name = node.tagName + "#" + node.id + "." + node.className;
  const box = node.getBoundingClientRect();
  for (let up = 0; up < 4 && node; up += 1, node = node.parentElement) {
    const style = getComputedStyle(node);
    if (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) {
      return box.width || node.getBoundingClientRect().width ? "" : name + " has no size";
    }
    if (up === 0 && /^(DIALOG|MAIN|SECTION)$/.test(node.tagName)) { return ""; }
  }
  return name + " shows no focus";
}"""


class Keys:
    """Ten fingers that count."""

    def __init__(self, seen, task):
        self.page, self.task = seen.page, task
        self.pressed = self.typed = 0
        self.seen = seen

    def press(self, key):
        self.pressed += 1
        self.page.keyboard.press(key)

    def type(self, text):
        self.typed += len(text)
        self.page.keyboard.type(text)

    def holds(self, selector):
        return self.page.evaluate("s => document.activeElement.matches(s)", selector)

    def reach(self, selector, most=60):
        """Tab until it has the focus; every stop on the way shows where one is."""
        for _ in range(most):
            self.press("Tab")
            assert self.page.evaluate(SEEN) == "", self.page.evaluate(SEEN)
            if self.holds(selector):
                return
        raise AssertionError(f"{self.task}: {selector} is not reached in {most} tabs")

    def skip(self):
        """From the top of a page straight to its content."""
        if self.page.url.endswith("#contenu"):
            return  # a form that was sent from there leads there
        self.press("Tab")
        held = "document.activeElement.outerHTML.slice(0, 200)"
        assert self.holds(".ov-skip"), f"{self.page.url} {self.page.evaluate(held)}"
        self.press("Enter")
        assert self.holds("main")

    def choose(self, selector, words):
        """A value of a relation: type, and take the first that is found."""
        self.reach(selector)
        self.type(words)
        option = self.page.locator(".ts-dropdown:visible .option.active")
        expect(option).to_contain_text(re.compile(words, re.IGNORECASE))
        self.press("Enter")

    def done(self):
        assert self.seen.faults == []
        print(f"{self.task} : {self.pressed} touches, {self.typed} caractères")


def _seed(app):
    from base.rules.rights.actors import system_session
    from interventions.domain import State
    from tests.factories.interventions import building, stocked, work_order

    with app.app_context(), system_session("tests") as session:
        hall = building(session, 1, name="Halle du marché couvert")
        work_order(session, hall, title="Carreau à remplacer")
        started = work_order(session, hall, state=State.STARTED, title="Chéneau bouché")
        stocked(session, 1)
        return started.id


@pytest.fixture(scope="module")
def started(site, sqlite_server):
    return contextvars.Context().run(_seed, sqlite_server.app)


def heading(page, words):
    expect(page.locator("h1")).to_contain_text(words)


def test_01_sign_in(look):
    seen = look(None)
    keys = Keys(seen, "Se connecter")
    seen.open("/login/")
    if not keys.holds("#username"):
        keys.reach("#username")
    keys.type("alice")
    keys.press("Tab")
    assert keys.holds("#password")
    keys.type(PASSWORD)
    keys.press("Enter")
    heading(seen.page, "Bonjour")
    keys.done()


def test_02_search_and_open_an_asset(look, started):
    seen = look()
    keys = Keys(seen, "Chercher et ouvrir un bien")
    page = seen.page
    keys.press("Control+k")
    assert keys.holds("#ov-search")
    keys.type("gymnase")
    expect(page.locator("#ov-found [role=option]").first).to_be_visible()
    keys.press("ArrowDown")
    chosen = page.get_attribute("#ov-search", "aria-activedescendant")
    assert page.get_attribute(f"#{chosen}", "aria-selected") == "true"
    keys.press("Escape")
    expect(page.locator("#ov-found")).to_be_hidden()
    assert keys.holds("#ov-search")
    keys.type(" ")
    expect(page.locator("#ov-found [role=option]").first).to_be_visible()
    keys.press("ArrowDown")
    keys.press("Enter")
    heading(page, "Gymnase des Forges")
    keys.done()


def test_03_create_an_asset(look, started):
    seen = look()
    keys = Keys(seen, "Créer un bien")
    seen.open("/assetview/list/")
    keys.skip()
    keys.reach("a[href$='/assetview/new']")
    keys.press("Enter")
    heading(seen.page, "Nouveau bien")
    keys.skip()
    keys.reach("a[href$='/buildingview/add']")
    keys.press("Enter")
    seen.page.wait_for_url(re.compile("/buildingview/add"))
    keys.skip()
    keys.reach("#name")
    keys.type("Kiosque à musique")
    keys.press("Enter")
    heading(seen.page, "Kiosque à musique")
    keys.done()


def test_04_report_a_request(look, started):
    seen = look()
    keys = Keys(seen, "Faire une demande")
    seen.open("/servicerequestview/list/")
    keys.skip()
    keys.reach("a[href$='/servicerequestview/add']")
    keys.press("Enter")
    seen.page.wait_for_url(re.compile("/servicerequestview/add"))
    keys.skip()
    keys.choose("#asset-ts-control", "halle")
    keys.reach("#title")
    keys.type("Lampe éteinte au-dessus de l’entrée")
    keys.press("Enter")
    heading(seen.page, "Lampe éteinte")
    keys.done()


def test_05_plan_and_assign_a_work_order(look, started):
    seen = look()
    keys = Keys(seen, "Planifier et affecter une intervention")
    page = seen.page
    seen.open("/workorderview/list/?q=Carreau")
    keys.press("j")
    keys.press("x")
    expect(page.locator(".ov-bulk")).to_be_visible()
    keys.reach("[data-dialog=ov-verb-plan]")
    keys.press("Enter")
    dialog = page.locator("#ov-verb-plan")
    expect(dialog).to_be_visible()
    # The dialog holds the focus, Escape gives it back.
    for _ in range(12):
        page.keyboard.press("Tab")
        held = "document.activeElement.closest('dialog')?.id || document.activeElement.tagName"
        assert page.evaluate(held) in ("ov-verb-plan", "BODY")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert keys.holds("[data-dialog=ov-verb-plan]")
    keys.press("Enter")
    if not keys.holds("#ov-v-plan-planned_on"):
        keys.reach("#ov-v-plan-planned_on")
    # Day and month alike: the browser's own language decides which comes first.
    keys.type("06062027")
    keys.choose("#ov-v-plan-assigned_to-ts-control", "ferhat")
    keys.reach("#ov-verb-plan [data-verb-go]")
    keys.press("Enter")
    # Said aloud too: the place of these words is a live region.
    expect(page.locator(".ov-toasts[role=status]")).to_contain_text("1 intervention planifiée.")
    row = page.locator("tr[data-row]", has_text="Carreau à remplacer")
    expect(row).to_contain_text("Planifiée")
    expect(row).to_contain_text("Nadia Ferhat")
    keys.done()


def test_06_log_time_and_finish(look, started):
    seen = look()
    keys = Keys(seen, "Noter du temps et terminer")
    page = seen.page
    seen.open(f"/workorderview/show/{started}")
    keys.skip()
    keys.reach("section[aria-labelledby=h-labour] details > summary")
    keys.press("Enter")
    keys.choose("#lb-a-ts-control", "ferhat")
    keys.reach("#lb-h")
    keys.type("2,5")
    keys.press("Enter")
    expect(page.locator("tr[id^=labour-]")).to_contain_text("2,50")
    keys.skip()
    keys.reach("form[action*='/finish'] button")
    keys.press("Enter")
    expect(page.locator(".ov-steps [aria-current=step]")).to_contain_text("Terminée")
    keys.done()


def test_07_receive_a_part_into_stock(look, started):
    seen = look()
    keys = Keys(seen, "Faire entrer une pièce au magasin")
    page = seen.page
    seen.open("/storeview/list/")
    keys.press("j")
    keys.press("Enter")
    heading(page, "Magasin central")
    keys.skip()
    keys.choose("#do-receive-item-ts-control", "ST-04")
    keys.reach("#do-receive-quantity")
    keys.type("4")
    keys.reach("#do-receive-unit_cost_eur")
    keys.type("11,50")
    keys.press("Enter")
    expect(page.locator(".ov-toasts")).to_contain_text(re.compile("entré|reçu|stock", re.I))
    keys.done()


def test_08_import_a_file(look, started):
    seen = look()
    keys = Keys(seen, "Importer un fichier")
    page = seen.page
    # Heard from the start: the browser must know that we answer before the key is pressed.
    page.on("filechooser", lambda chooser: None)
    seen.open("/imports/")
    keys.skip()
    keys.reach("a[href$='/imports/new/assets']")
    keys.press("Enter")
    page.wait_for_url(re.compile("/imports/new/assets"))
    keys.skip()
    keys.reach("#file")
    with page.expect_event("filechooser") as chooser:
        keys.press("Enter")
    rows = "N° d’inventaire;Nom;Nature\nCLV-1;Lavoir du haut;bâtiment\n"
    chooser.value.set_files({"name": "c.csv", "mimeType": "text/csv", "buffer": rows.encode()})
    expect(page.locator("#file")).not_to_have_value("")
    keys.reach("main button.btn-primary")
    keys.press("Enter")
    heading(page, "Associer les colonnes")
    keys.skip()
    keys.reach("button[form=columns]")
    keys.press("Enter")
    heading(page, "Vérifier avant d’importer")
    keys.skip()
    keys.reach(".ov-actbar button.btn-primary")
    keys.press("Enter")
    heading(page, "Import terminé")
    keys.done()


def _work_once():
    from base.engine import jobs
    from base.rules.rights.actors import system_session
    from base.store.models import JobRun
    from tests.engines import server

    with server("sqlite", None).app.app_context():
        with system_session("tests", readonly=True) as session:
            number = session.query(JobRun.id).order_by(JobRun.id.desc()).first()[0]
        jobs.run(number)


def test_09_run_a_report_and_open_its_document(look, started):
    seen = look()
    keys = Keys(seen, "Faire un rapport et ouvrir son document")
    page = seen.page
    seen.open("/rapports/")
    keys.skip()
    keys.reach("a[href$='/rapports/cost']")
    keys.press("Enter")
    page.wait_for_url(re.compile("/rapports/cost"))
    keys.skip()
    keys.reach("#p-start")
    keys.type("01012026")
    keys.reach("#p-end")
    keys.type("12122026")
    keys.press("Enter")
    expect(page.locator("button[value=pdf]")).to_be_visible()
    keys.skip()
    keys.reach("button[value=pdf]")
    keys.press("Enter")
    page.wait_for_url(re.compile("/reportrunview/show/"))
    document, begins = re.compile("/reportrunview/document/"), []

    def read(route):
        # Not left to the browser's own viewer: closing it while it loads can wait for ever.
        begins.append(route.fetch().body()[:5])
        route.fulfill(status=200, content_type="text/plain", body="lu")

    page.route(document, read)
    contextvars.Context().run(_work_once)
    # What was asked for opens by itself.
    page.wait_for_url(document)
    assert begins == [b"%PDF-"]
    keys.done()


def test_10_add_a_filter_and_keep_the_view(look, started):
    seen = look()
    keys = Keys(seen, "Filtrer et garder la vue")
    page = seen.page
    seen.open("/workorderview/list/?tab=all")
    keys.press("f")
    assert keys.holds("#ov-f-column")
    keys.press("Escape")
    assert keys.holds("[data-list-filter]")
    keys.press("f")
    keys.type("É")
    while page.input_value("#ov-f-column") != "state":
        keys.press("ArrowDown")
    keys.reach("[data-column=state] input[type=checkbox]")
    keys.press("Space")
    keys.reach("#ov-add-filter button.btn-primary")
    keys.press("Enter")
    expect(page.locator(".ov-chip b")).to_have_text("Brouillon")
    keys.reach("[data-dialog=ov-keep-view]", 90)
    keys.press("Enter")
    assert keys.holds("#ov-kv-name")
    keys.type("Brouillons")
    keys.press("Enter")
    tab = page.locator(".ov-tabs-views a", has_text="Brouillons")
    expect(tab).to_have_attribute("aria-current", "page")
    keys.done()


@pytest.mark.parametrize(
    "path", ["/workorderview/list/", "/workorderview/show/{0}", "/workorderview/add", "/carte/"]
)
def test_no_page_holds_the_focus(look, started, path):
    seen = look()
    seen.open(path.format(started))
    page = seen.page
    page.keyboard.press("Tab")
    first, stops = page.evaluate("document.activeElement.outerHTML"), 0
    while stops < 250:
        page.keyboard.press("Tab")
        stops += 1
        here = page.evaluate("document.activeElement.outerHTML.slice(0, 4000)")
        if here == first[:4000] or here.startswith("<body"):
            break
    assert 5 < stops < 250
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.tagName") != "BODY"


def test_a_menu_is_walked_with_the_arrows(look, started):
    seen = look()
    page = seen.page
    keys = Keys(seen, "Menu")
    page.locator(".ov-person").focus()
    keys.press("Enter")
    keys.press("ArrowDown")
    assert keys.holds(".ov-pop .ov-item:first-child")
    keys.press("ArrowDown")
    assert keys.holds("[data-theme-switch]")
    keys.press("End")
    assert keys.holds(".ov-pop form:last-of-type .ov-item")
    keys.press("Home")
    assert keys.holds(".ov-pop .ov-item:first-child")
    keys.press("Escape")
    assert keys.holds(".ov-person")
    expect(page.locator("details.ov-menu[open]")).to_have_count(0)
