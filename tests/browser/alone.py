"""A page of its own: markup written in a test, the product's scripts, and no server.

What a script asks of the server is answered from a list; what it sent is kept.
"""

from __future__ import annotations

from typing import Any

from config import ROOT

SITE = "http://ville.test"
#: Answers in the place of the server: ``answers`` are taken in their order, none is a lost network.
SERVER = """
  window.sent = [];
  window.answers = [];
  window.fetch = (url, options) => {
    const body = options && options.body ? Object.fromEntries(options.body.entries()) : null;
    window.sent.push({ url: String(url).replace(location.origin, ""), body });
    const answer = window.answers.shift();
    if (!answer) { return Promise.reject(new TypeError("Failed to fetch")); }
    const status = answer.status || 200;
    const type = answer.json ? "application/json" : "text/html; charset=utf-8";
    return Promise.resolve({
      ok: status < 400, status, redirected: Boolean(answer.at),
      url: new URL(answer.at || url, location.href).href,
      headers: new Headers({ "Content-Type": type }),
      json: () => Promise.resolve(answer.json),
      text: () => Promise.resolve(answer.text || ""),
    });
  };
"""


class Alone:
    """A browser whose only site is the markup of a test."""

    def __init__(self, chromium: Any) -> None:
        self.context = chromium.new_context(viewport={"width": 1000, "height": 700})
        self.context.add_init_script(SERVER)
        self.context.route("**/*", self._answer)
        self.pages: dict[str, str] = {}
        self.faults: list[str] = []
        self.page = self.tab()

    def tab(self) -> Any:
        """Another tab: it has no draft of the first."""
        page = self.context.new_page()
        page.set_default_timeout(5000)
        page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        return page

    def _answer(self, route: Any) -> None:
        path = route.request.url.removeprefix(SITE).partition("?")[0]
        if path.startswith("/static/"):
            route.fulfill(path=str(ROOT / "base" / path.lstrip("/")))
        else:
            route.fulfill(
                body=self.pages.get(path, f"<title>{path}</title>"),
                content_type="text/html; charset=utf-8",
            )

    def show(self, markup: str, *scripts: str, path: str = "/", before: str = "") -> Any:
        """Open a page made of this markup and these scripts of ``base/static/js``."""
        tags = "".join(f'<script src="/static/js/{name}"></script>' for name in scripts)
        head = f"<!doctype html><html lang=fr><script>{before}</script>"
        self.pages[path] = f"{head}<body data-offline='Pas de réseau.'>{markup}{tags}"
        self.page.goto(SITE + path)
        return self.page

    def answers(self, *answers: dict[str, Any]) -> None:
        """What the server will say, one answer per call; nothing more is a lost network."""
        self.page.evaluate("(given) => { window.answers = given; }", list(answers))

    def sent(self) -> list[dict[str, Any]]:
        """What the page has sent so far: address and fields."""
        return self.page.evaluate("window.sent")
