"""What is remembered of people cannot serve what was taken away, in another process either."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from sqlalchemy import event, text

import config
from base.rules.rights import known
from base.rules.rights.actors import security
from base.store.database import Model, db
from base.store.triggers import OF_ACCESS, missing_triggers, wanted
from tests.base.test_sign_in import api_login, bearer, number
from tests.engines import PASSWORD, csrf

#: What changes without anything of a person's rights: table -> its columns.
BESIDE = {
    "ab_user": {
        *("id", "last_login", "login_count", "fail_login_count"),
        *("created_on", "changed_on", "created_by_fk", "changed_by_fk"),
    },
    "base_user_security": {"totp_secret", "totp_step"},
    "base_sign_in": {"kind", "address", "started_at", "refresh_jti"},
}
#: Asked in another process: a line with a token and a path, answered with status and body.
ASKED = """
import json, sys
sys.path.insert(0, sys.argv[1])
from base.processes.worker import application
client = application().test_client()
for line in sys.stdin:
    token, path = json.loads(line)
    found = client.get(path, headers={"Authorization": "Bearer " + token})
    print(json.dumps([found.status_code, found.get_json(silent=True)]), flush=True)
"""


class Elsewhere:
    """Another process of the same installation."""

    def __init__(self, settings):
        around = {
            **os.environ,
            "OUVRAGE_DATA_DIR": str(settings.data_dir),
            "DATABASE_URL": settings.database_url,
        }
        command = [sys.executable, "-c", ASKED, str(config.ROOT)]
        self.process = subprocess.Popen(
            command, env=around, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def ask(self, tokens, path):
        """Status and body."""
        self.process.stdin.write(json.dumps([tokens["access_token"], path]) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@pytest.fixture
def elsewhere(app):
    made = Elsewhere(app.settings)
    yield made.ask
    made.process.stdin.close()
    made.process.wait(20)
    made.process.stdout.close()


def behind(app, statement, **values):
    """A change that comes from outside: another program, another machine."""
    with db.engine.begin() as connection:
        return connection.execute(text(statement), values)


def version(app):
    with db.engine.connect() as connection:
        return connection.execute(text("SELECT version FROM base_access")).scalar()


def test_every_column_that_could_change_a_right_renews_the_version():
    for name, (columns, _new) in OF_ACCESS.items():
        there = set(Model.metadata.tables[name].c.keys())
        told = set(columns) or there
        assert told <= there, name
        assert there - told == BESIDE.get(name, set()), name
    assert set(BESIDE) <= set(OF_ACCESS)


def test_changes_renew_the_version_and_a_sign_in_does_not(app, client_of):
    seen = {version(app)}
    alice = client_of("alice")
    assert alice.get("/").status_code == 200 and version(app) in seen, "nothing of hers changed"
    changes = (
        "UPDATE ab_user SET active = active",
        "INSERT INTO ab_role (id, name) VALUES (9001, 'Essai')",
        "UPDATE ab_role SET name = 'Essais' WHERE id = 9001",
        "INSERT INTO ab_user_role (id, user_id, role_id) VALUES (9001, 1, 9001)",
        "DELETE FROM ab_user_role WHERE id = 9001",
        "DELETE FROM ab_role WHERE id = 9001",
        "UPDATE base_user_security SET auth_epoch = auth_epoch + 1",
        "UPDATE base_sign_in SET ended_at = started_at",
        "DELETE FROM base_sign_in",
        "UPDATE base_user_entity SET entity_id = entity_id",
        "UPDATE base_entity SET name = name",
        "INSERT INTO ab_permission (id, name) VALUES (9001, 'can_essai')",
        "DELETE FROM ab_permission WHERE id = 9001",
    )
    for statement in changes:
        behind(app, statement)
        assert version(app) not in seen, statement
        seen.add(version(app))
    behind(app, "UPDATE ab_user SET login_count = 3")
    assert version(app) in seen


def test_what_is_rolled_back_renews_nothing(app):
    before = version(app)
    with db.engine.connect() as connection:
        connection.execute(text("UPDATE ab_user SET active = active"))
        connection.rollback()
    assert version(app) == before


@pytest.fixture
def made_role(app):
    """A role made on screen, and a group whose members have one of code."""
    manager = app.appbuilder.sm
    role = manager.add_role("Lit les tiers")
    manager.add_permission_role(role, manager.add_permission_view_menu("can_list", "PartnerApi"))
    manager.add_permission_role(role, manager.add_permission_view_menu("can_get", "PartnerApi"))
    group = manager.add_group("Ceux du port", "", "", roles=[manager.find_role("Lecteur")])
    for name in ("damien", "bob"):
        manager.find_user(name).roles = []
    manager.find_user("damien").roles = [role]
    manager.find_user("bob").groups = [group]
    security().commit()
    found = role.id, group.id
    security().rollback()
    return found


def test_what_is_taken_away_counts_at_the_next_request_of_another_process(
    app, client_of, made_role, elsewhere
):
    role, group = made_role
    path = "/api/v1/partner/"
    program = client_of(None)
    people = ("alice", "bob", "chloe", "damien", "admin")
    tokens = {n: api_login(program, n, PASSWORD).get_json() for n in people}
    ids = {n: number(app, n) for n in people}
    with db.engine.connect() as connection:
        sids = dict(connection.execute(text("SELECT user_id, id FROM base_sign_in")).all())

    def counts(name, statement, status, **values):
        for _n in range(2):  # the second time from memory
            assert elsewhere(tokens[name], path)[0] == 200, name
        assert behind(app, statement, **values).rowcount == 1
        assert elsewhere(tokens[name], path)[0] == status, (name, statement)

    counts(
        "damien",
        "DELETE FROM ab_permission_view_role WHERE id = "
        "(SELECT max(id) FROM ab_permission_view_role WHERE role_id = :role)",
        403,
        role=role,
    )
    counts("bob", "DELETE FROM ab_group_role WHERE group_id = :g", 403, g=group)
    counts("chloe", "DELETE FROM ab_user_role WHERE user_id = :u", 403, u=ids["chloe"])
    counts(
        "alice",
        "UPDATE base_sign_in SET ended_at = started_at WHERE id = :s",
        401,
        s=sids[ids["alice"]],
    )
    counts("admin", "UPDATE ab_user SET active = :no WHERE id = :u", 401, u=ids["admin"], no=False)
    behind(app, "UPDATE ab_user SET active = :yes WHERE id = :u", u=ids["admin"], yes=True)
    counts(
        "admin",
        "UPDATE base_user_security SET auth_epoch = auth_epoch + 1 WHERE user_id = :u",
        401,
        u=ids["admin"],
    )


def test_an_authority_taken_away_is_gone_at_the_next_request(app, client_of, elsewhere):
    from base.rules.rights.actors import system_session
    from base.store.models import Partner

    with system_session("test") as session:
        session.add(Partner(entity_id=1, code="F1", name="Fournisseur"))
    tokens = api_login(client_of(None), "alice", PASSWORD).get_json()
    for _n in range(2):
        assert elsewhere(tokens, "/api/v1/partner/")[1]["count"] == 1
    behind(
        app, "UPDATE base_user_entity SET entity_id = 2 WHERE user_id = :u", u=number(app, "alice")
    )
    assert elsewhere(tokens, "/api/v1/partner/")[1]["count"] == 0


def test_a_change_while_a_request_reads_is_seen_by_the_next(app, client_of, monkeypatch):
    """The version is asked first: what is read afterwards is newer, never older."""
    damien, asked = client_of("damien"), known._version

    def ask_and_change():
        found = asked()
        behind(app, "DELETE FROM ab_user_role WHERE user_id = :u", u=number(app, "damien"))
        return found

    assert damien.get("/partnerview/list/").status_code == 200
    monkeypatch.setattr(known, "_version", ask_and_change)
    damien.get("/partnerview/list/")
    monkeypatch.undo()
    assert damien.get("/partnerview/list/").status_code in (302, 403)


def test_the_pages_of_accounts_remember_nothing(app, client_of):
    alice = client_of("alice")
    assert alice.get("/").status_code == 200
    kept = app.extensions["known"][1]
    kept.clear()
    assert alice.get("/compte/").status_code == 200
    assert alice.post("/logout/", data={"csrf_token": csrf(alice, "/compte/")}).status_code == 302
    assert kept == {} or app.extensions["known"][1] is not kept


def test_without_a_version_everything_is_read_as_before(app, client_of):
    alice = client_of("alice")
    behind(app, "DELETE FROM base_access")
    assert alice.get("/partnerview/list/").status_code == 200
    behind(app, "DELETE FROM ab_user_role WHERE user_id = :u", u=number(app, "alice"))
    assert alice.get("/partnerview/list/").status_code in (302, 403)


def test_what_is_known_is_not_asked_again(app, client_of):
    program = client_of(None)
    told = bearer(api_login(program, "alice", PASSWORD).get_json())
    program.get("/api/v1/partner/", headers=told)
    asked = []

    def note(connection, cursor, statement, *rest):
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert program.get("/api/v1/partner/", headers=told).status_code == 200
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert not [s for s in asked if "ab_user" in s or "sign_in" in s or "base_user" in s], asked


def test_a_start_is_refused_where_a_trigger_is_lost(app):
    name = next(n for n in wanted(db.engine.dialect.name) if n.startswith("base_sign_in_renews"))
    table = wanted(db.engine.dialect.name)[name][0]
    on = "" if db.engine.dialect.name == "sqlite" else f" ON {table}"
    with db.engine.begin() as connection:
        assert missing_triggers(connection) == []
        connection.exec_driver_sql(f"DROP TRIGGER {name}{on}")
        assert missing_triggers(connection) == [name]
