"""Numbers in addresses and forms that no row can have, and files that the store has lost."""

from __future__ import annotations

import re
from typing import Any

import pytest

from base.basics.rows import as_id
from base.rules.modules.loading import discover
from base.rules.rights.actors import system_session
from base.store.models.imports import ImportBatch
from config import ROOT
from tests.factories import rows

#: No id: too large, none, a digit that is no decimal, another script's with a sign.
ODD = (str(2**63), str(10**29), "0", "-1", "²", "1²", "", "1e3", "1.5", " ", "null")


def test_an_id_is_a_number_that_a_row_can_have() -> None:
    assert (as_id("1"), as_id(str(2**63 - 1))) == (1, 2**63 - 1)
    for text in ODD:
        with pytest.raises(ValueError, match=re.escape(repr(text))):
            as_id(text)


#: Pages that read a number from their address.
PAGES = (
    "/traitements/?before=",
    "/imports/?before=",
    "/scelles/?before=",
    "/users/list/?entity=",
    "/assetview/list/?under=",
    "/assetview/list/?view=",
    "/assetview/new?parent=",
    "/costlineview/list/?under=",
    "/fielddefinitionview/add?category=",
    "/equipmentview/list/?f.category.eq=",
)


def test_a_page_that_is_asked_for_no_number_opens(sqlite_client_of: Any) -> None:
    admin = sqlite_client_of("admin")
    for path in PAGES:
        for text in (str(10**29), "²"):
            assert admin.get(path + text).status_code in (200, 302), path + text


def test_a_number_beyond_all_ids_is_nowhere_whatever_the_verb(sqlite_api_of: Any) -> None:
    alice = sqlite_api_of("alice")
    for path in ("/api/v1/document/", "/imports/", "/t/"):
        for method in ("GET", "PUT", "DELETE", "POST"):
            for number in (2**63, 2**63 + 7, 10**18 * 99):
                assert alice(method, f"{path}{number}").status_code in (404, 405), (method, path)
    for method in ("GET", "DELETE"):
        assert alice(method, f"/api/v1/document/{2**63}").status_code == 404


def test_digits_are_decimals_everywhere() -> None:
    """``"²".isdigit()`` is true and ``int("²")`` fails; an ``int`` of an address has no end."""
    found = [
        f"{path.relative_to(ROOT)}: {line}"
        for module in discover()
        for path in module.path.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if ".isdigit()" in line or re.search(r"request\.args\.\w+\(.*type=int\b", line)
    ]
    assert found == []


def test_an_import_whose_file_is_lost_says_so(sqlite_client_of: Any) -> None:
    admin = sqlite_client_of("admin")
    with system_session("tests") as session:
        pk = rows.make(session, ImportBatch, 1, "Essai", state="tried").id
    lost = "de cet import manque dans la réserve"
    page = admin.get(f"/imports/{pk}")
    assert page.status_code == 200 and lost in page.get_data(as_text=True)
    for path in ("columns", "source"):
        page = admin.get(f"/imports/{pk}/{path}")
        assert page.status_code == 410 and lost in page.get_data(as_text=True)
