"""Hostile texts, files and XML through the doors of the started server; read back, nothing runs."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from tests.base.test_hostile_files import HOSTILE
from tests.security.site import Answer, Site, faults, some
from tests.test_hostile_text import CLASSES, active_in

STRINGS = [text for strings in CLASSES.values() for text in strings]
#: Where a text is written, and the pages and files on which it is read.
WRITTEN = {
    "building": ("name", ["/buildingview/show/{0}", "/buildingview/list/", "/buildingview/export"]),
    "service_request": ("title", ["/servicerequestview/show/{0}", "/servicerequestview/list/"]),
    "partner": ("name", ["/partnerview/show/{0}", "/partnerview/list/"]),
    "work_order": ("description", ["/workorderview/show/{0}", "/workorderview/list/"]),
}
#: Kinds of import that take a file.
IMPORTS = ("assets", "parcels", "suppliers", "agents", "readings", "invoices")


def _sent(name: str, data: bytes, **fields: str) -> tuple[bytes, dict[str, str]]:
    """A form with a file, its name byte for byte."""
    mark = uuid.uuid4().hex
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
    parts.append(head.encode("utf-8", "surrogateescape") + b"Content-Type: image/png\r\n\r\n")
    body = b"".join([*parts, data, f"\r\n--{mark}--\r\n".encode()])
    return body, {"Content-Type": f"multipart/form-data; boundary={mark}"}


def _active(answer: Answer) -> list[str]:
    kind = answer.headers.get("Content-Type", "")
    return active_in(answer.text) if kind.startswith("text/html") else []


def _formulas(answer: Answer, text: str) -> list[str]:
    """Cells of a file that a spreadsheet would work out."""
    if not answer.headers.get("Content-Type", "").startswith("text/csv"):
        return []
    cells = [cell.strip('"') for line in answer.text.splitlines() for cell in line.split(";")]
    return [cell for cell in cells if cell == text and text[:1] in "=+-@" and text[1:2].isalpha()]


@pytest.mark.parametrize("resource", WRITTEN)
def test_texts_are_read_as_texts(site: Site, resource: str) -> None:
    column, pages = WRITTEN[resource]
    wrong, made, last = [], [], 0
    for text in some(STRINGS, 9):
        body = {"name": "x", column: text}
        if resource == "partner":
            body["code"] = f"S{uuid.uuid4().hex[:12]}"
        if resource in ("service_request", "work_order"):
            body = {"title": "x", "asset_id": site.ours["Building"], column: text}
        answer = site.ask("alice", "POST", f"/api/v1/{resource}/", json=body)
        wrong += [f"POST {text[:40]!r}: {f}" for f in faults(answer, "alice")]
        if answer.status == 201:
            last = json.loads(answer.body)["id"]
            made.append((last, text))
    assert len(made) > 5, f"{len(made)} texts were taken: {answer.text[:300]}"
    for page in pages:
        for number, text in made if "{0}" in page else [(last, made[-1][1])]:
            answer = site.ask("alice", "GET", page.format(number))
            wrong += [f"{page} {text[:40]!r}: {f}" for f in faults(answer, "alice")]
            wrong += [f"{page} {text[:40]!r}: {f}" for f in _active(answer)]
            wrong += [f"{page} {text[:40]!r}: {f}" for f in _formulas(answer, text)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("field", ["q", "search.ct", "number.eq"])
def test_texts_that_are_asked_for_run_nowhere(site: Site, field: str) -> None:
    from urllib.parse import quote

    wrong = []
    for text in some(STRINGS, 6):
        for page in ("/recherche", "/buildingview/list/", "/workorderview/list/", "/login/"):
            person = None if page == "/login/" else "alice"
            asked = f"{page}?{field}={quote(text, errors='surrogatepass')[:6000]}"
            answer = site.ask(person, "GET", asked)
            wrong += [f"{asked[:80]}: {f}" for f in [*faults(answer, person), *_active(answer)]]
    assert not wrong, "\n".join(wrong)


def test_hostile_files_are_refused_in_words(site: Site) -> None:
    wrong, tried = [], 0
    fields = {"record": "building", "record_id": str(site.ours["Building"])}
    for case in some(list(HOSTILE), 14):
        name, data = HOSTILE[case]
        body, headers = _sent(name.replace("\x00", "%00"), data, **fields)
        answer = site.ask("alice", "POST", "/api/v1/document/", body=body, headers=headers)
        tried += 1
        wrong += [f"{case}: {f}" for f in faults(answer, "alice")]
        if answer.status not in (413, 422, 400) and "name" not in case:
            wrong.append(f"{case}: {answer.status}")
        if answer.status == 201:
            label = json.loads(answer.body)["result"]["label"]
            if "/" in label or "\\" in label or "\x00" in label:
                wrong.append(f"{case}: kept as {label!r}")
    assert not wrong, "\n".join(wrong)
    print(f"{tried} files")


def test_hostile_sources_end_with_a_sentence(site: Site) -> None:
    wrong, tried = [], 0
    cases = [(kind, case) for kind in IMPORTS for case in HOSTILE]
    for kind, case in some(cases, 16):
        name, data = HOSTILE[case]
        body, headers = _sent(name.replace("\x00", "%00"), data, dry_run="true")
        answer = site.ask("alice", "POST", f"/api/v1/import/{kind}", body=body, headers=headers)
        tried += 1
        wrong += [f"{kind} {case}: {f}" for f in faults(answer, "alice")]
        if b"root:" in answer.body:
            wrong.append(f"{kind} {case}: a file of the machine is shown")
    assert not wrong, "\n".join(wrong)
    print(f"{tried} sources")


def test_names_of_files_lead_nowhere(site: Site) -> None:
    png = HOSTILE["name upwards"][1]
    fields = {"record": "building", "record_id": str(site.ours["Building"])}
    wrong = []
    for name in (
        *("../../../etc/passwd.png", "..\\..\\a.png", "/etc/a.png", "C:\\a.png", "a\tb.png"),
        *("%2e%2e%2fa.png", "a.png\\", "\u202egnp.exe.png", "x" * 400 + ".png", "é" * 200 + ".png"),
        *("con.png", ".png", "a;b.png", "<script>.png", "{{7*7}}.png", "a%00.png"),
    ):
        body, headers = _sent(name, png, **fields)
        answer = site.ask("alice", "POST", "/api/v1/document/", body=body, headers=headers)
        wrong += [f"{name[:30]!r}: {f}" for f in faults(answer, "alice")]
        if answer.status != 201:
            continue
        kept = json.loads(answer.body)
        label = kept["result"]["label"]
        if any(c in label for c in "/\\\x00\t\u202e") or len(label) > 150:
            wrong.append(f"{name[:30]!r} is kept as {label!r}")
        served = site.ask("alice", "GET", f"/documents/{kept['id']}")
        if served.status != 200 or "attachment" not in served.headers["Content-Disposition"]:
            wrong.append(f"{name[:30]!r} is served with {served.status}")
        if "sandbox" not in served.headers["Content-Security-Policy"]:
            wrong.append(f"{name[:30]!r} is served without a sandbox")
    assert not wrong, "\n".join(wrong)


def bodies_of_bombs() -> list[Any]:
    """Forms that cost much to read."""
    mark = "x" * 20
    many = "".join(
        f'--{mark}\r\nContent-Disposition: form-data; name="a{n}"\r\n\r\n1\r\n' for n in range(1500)
    )
    return [
        (f"{many}--{mark}--\r\n", f"multipart/form-data; boundary={mark}"),
        ("&".join(f"a{n}={n}" for n in range(60_000)), "application/x-www-form-urlencoded"),
        ("a=" + "x" * 600_000, "application/x-www-form-urlencoded"),
        (f"--{mark}\r\n" * 1000, f"multipart/form-data; boundary={mark}"),
        ("x", "multipart/form-data"),
        ("x", "multipart/form-data; boundary=" + "y" * 3000),
    ]


def test_forms_that_cost_much_are_refused_soon(site: Site) -> None:
    for body, kind in bodies_of_bombs():
        for path in ("/api/v1/document/", "/documents/attach/patrimoine_asset/1", "/login/"):
            answer = site.ask("alice", "POST", path, body=body, headers={"Content-Type": kind})
            assert faults(answer, "alice") == [], (path, kind[:40], answer.status)
