"""The page that reads a tag with the camera, in a browser that has no reader of its own."""

from __future__ import annotations

import contextvars
import json

import pytest
from playwright.sync_api import expect

from base.papers.pdf.qr import modules
from tests.browser.conftest import PHONE
from tests.browser.test_taps import _tagged

#: A camera that films these modules, a little dim, and a browser without a reader.
CAMERA = """(square) => {
  delete window.BarcodeDetector;
  const film = () => {
    const canvas = document.createElement("canvas"), side = square.length + 16;
    canvas.width = canvas.height = side * 9;
    const pen = canvas.getContext("2d");
    const draw = () => {
      pen.fillStyle = "#d9d6cc";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.fillStyle = "#2b2b33";
      square.forEach((row, y) => row.forEach((black, x) => {
        if (black) { pen.fillRect((x + 8) * 9, (y + 8) * 9, 9, 9); }
      }));
    };
    draw();
    window.setInterval(draw, 50);
    return Promise.resolve(canvas.captureStream(20));
  };
  Object.defineProperty(navigator, "mediaDevices", { value: { getUserMedia: film } });
}"""


@pytest.fixture(scope="module")
def token(sqlite_server, site):
    return contextvars.Context().run(_tagged, sqlite_server.app)


def filmed(look, text):
    """The scanner's page before a camera that sees a code."""
    seen = look("bob", PHONE)
    square = [[bool(black) for black in row] for row in modules(text)]
    seen.page.add_init_script(f"({CAMERA})({json.dumps(square)})")
    asked = []
    seen.page.on("request", lambda one: asked.append(one.url.partition("?")[0]))
    seen.open("/scanner")
    return seen, asked


def test_a_code_before_the_camera_opens_its_page(look, token):
    seen, asked = filmed(look, f"https://ouvrage.ville.example/t/{token}")
    page = seen.page
    assert not any("jsQR" in url for url in asked), "loaded before it is wanted"
    page.click("[data-scan-start]")
    page.wait_for_url(f"**/t/{token}")
    expect(page.locator("h1")).to_have_text("Chaufferie des Tilleuls")
    assert any("jsQR" in url for url in asked) and seen.faults == []


def test_a_code_of_somebody_else_opens_nothing(look, token):
    seen, _asked = filmed(look, "https://exemple.fr/autre")
    seen.page.click("[data-scan-start]")
    seen.page.wait_for_timeout(1500)
    assert seen.page.url.endswith("/scanner") and seen.faults == []
