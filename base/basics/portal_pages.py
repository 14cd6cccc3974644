"""Web pages given in place of files: what a portal answers once the session is over."""

from __future__ import annotations

import codecs
import re
from html import unescape

from base.basics.i18n import _

#: Bytes in which a page says that it is one, and characters in which it has its title.
HEAD, TITLE_WITHIN = 4096, 65_536
_PAGE = re.compile(rb"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


def is_page(head: bytes) -> bool:
    """Whether a file begins as a web page does."""
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()[:HEAD]
    return start.startswith(b"<") and _PAGE.search(start) is not None


def page_sentence(data: bytes) -> str:
    """Why a web page is refused, with its title when it has one; it is never shown."""
    found = _TITLE.search(data[:TITLE_WITHIN].decode("utf-8", "replace"))
    title = " ".join(unescape(found.group(1)).split())[:80] if found else ""
    if not title:
        return str(
            _(
                "Ce fichier est une page web, pas des données : la connexion au portail avait sans "
                "doute expiré. Reconnectez-vous et exportez de nouveau."
            )
        )
    return str(
        _(
            "Ce fichier est une page web (« %(title)s »), pas des données : la connexion au "
            "portail avait sans doute expiré. Reconnectez-vous et exportez de nouveau.",
            title=title,
        )
    )
