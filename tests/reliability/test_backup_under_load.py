"""A backup while people write, brought back elsewhere, and each of its parts damaged (T19)."""

from __future__ import annotations

import os
import time
import zipfile
from dataclasses import replace

import pytest
from sqlalchemy import text

from base.papers.files.store import Store
from base.processes import restoring
from base.upkeep.backups import archive, dumps, making
from tests.faults import cases
from tests.reliability.crowd import Fork, rest

#: Nobody waits longer than this while a backup is made.
LONGEST_SECONDS = 2.0
WRITERS, DOCUMENTS = 3, 40


def write(app, known, stop):
    """Requests one after the other until the backup is over: how long each took."""
    client, times, wrong = app.test_client(), [], []
    while not os.path.exists(stop):
        begin = time.perf_counter()
        body = {"asset_id": known["asset"], "title": "Un carreau cassé"}
        answer = client.post("/api/v1/service_request/", json=body, headers=known["headers"])
        times.append(time.perf_counter() - begin)
        if answer.status_code != 201:
            wrong.append(answer.status_code)
    return {"times": times, "wrong": wrong}


@pytest.mark.slow
def test_a_backup_under_load_is_one_instant_and_nobody_waits(site, tmp_path):
    from base.store.database import db
    from base.upkeep.doctor import examine

    known = cases.prepare(site.app)
    store = Store(site.settings.data_dir / "documents")
    with site.app.app_context():
        from base.face.attached import documents
        from base.rules.rights.actors import system_session

        for n in range(DOCUMENTS):
            stored = store.put(os.urandom(200_000), media_type="image/png", label=f"{n}.png")
            with system_session("test") as session:
                documents.keep_alone(session, stored, entity_id=1)
        from base.upkeep.seals.sealing import seal_now

        seal_now()
    rest(site.app)
    stop, target = tmp_path / "stop", tmp_path / "s.zip"
    forks = [Fork(write, site.app, known, str(stop)) for _n in range(WRITERS)]
    made = None
    try:
        for _n in range(3):
            made = making.back_up(site.app, target)
    finally:
        stop.touch()
    done = [fork.result() for fork in forks]
    times = [t for one in done for t in one["times"]]
    engine = made.engine
    print(f"T19 {engine}: {len(times)} writes meanwhile, longest {max(times) * 1000:.0f} ms")
    assert [w for one in done for w in one["wrong"]] == []
    assert max(times) <= LONGEST_SECONDS
    assert len(made.documents) == DOCUMENTS

    elsewhere = replace(site.settings, data_dir=tmp_path / "ailleurs")
    if engine == "sqlite":
        elsewhere = replace(elsewhere, database_url=f"sqlite:///{tmp_path / 'ailleurs' / 'o.db'}")
    else:
        rest(site.app)
        site.inner._run("CREATE DATABASE ouvrage_elsewhere")
        url = site.settings.database_url.replace("/ouvrage_test", "/ouvrage_elsewhere")
        elsewhere = replace(elsewhere, database_url=url)
    restoring.restore(elsewhere, target)
    from base.app import bare_app

    there = bare_app(elsewhere)
    with there.app_context():
        with db.engine.connect() as connection:
            counts = dumps.table_counts(connection)
            end = dumps.trail_end(connection)
            numbers = connection.execute(text("SELECT count(*), max(seq) FROM base_event")).one()
        db.engine.dispose()
    assert end["seal"] == made.trail["seal"] and end["seal"]["root"]
    # The restore itself is one more event.
    assert end["seq"] == made.trail["seq"] + 1
    assert tuple(numbers) == (end["seq"], end["seq"])
    assert {**counts, "base_event": counts["base_event"] - 1} == made.tables
    kept = Store(elsewhere.data_dir / "documents")
    assert sorted(kept.digests()) == sorted(part.sha256 for part in made.documents)
    assert all(kept.is_intact(part.sha256) for part in made.documents)
    assert [f for f in examine(there, everything=True) if f.state == "fault"] == []
    with there.app_context():
        db.engine.dispose()

    whole = target.read_bytes()
    with zipfile.ZipFile(target) as zipped:
        entries = [(i.filename, i.header_offset) for i in zipped.infolist()]
    for name, offset in entries:
        spoilt = bytearray(whole)
        spoilt[offset + 30 + len(name) + 20 + 1] ^= 0x40
        target.write_bytes(spoilt)
        with pytest.raises(archive.Damaged):
            archive.check(target)
    print(f"T19 {engine}: {len(entries)} parts damaged, each found")
