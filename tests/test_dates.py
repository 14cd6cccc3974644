"""Every dated column says whether it is a fact or a plan, at every door that takes a date.

What is declared a fact is refused when it is ahead, by ``base.basics.facts`` when the row is
written: a new column without its word fails here, so does a new column of an importer.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Date, DateTime, TypeDecorator

from base.basics import clock, facts
from base.basics.errors import InvalidInput
from base.basics.facts import When
from base.papers.tables.days import day, moment

#: Columns of the machinery, which fills them with the present instant or with its own plans, and
#: of the library behind sign-in. No verb of a person gives any of them a date.
MACHINERY = {
    "ab_api_key": {"created_on", "expires_on", "revoked_on", "last_used_on"},
    "ab_register_user": {"registration_date"},
    "ab_user": {"last_login", "created_on", "changed_on"},
    "base_event": {"at"},
    "base_import_batch": {"applied_at", "undone_at"},
    "base_job": {"started_at", "finished_at", "lease_until"},
    "base_share": {"until"},
    "base_notification": {"read_at"},
    "base_periodic": {"last_period_at"},
    "base_recovery_code": {"used_at"},
    "base_seal": {"at"},
    "base_seal_key": {"at"},
    "base_sign_in": {"ended_at"},
    "base_user_security": {"totp_since"},
    "energie_daily_use": {"day_on"},
    "energie_point_day": {"day_on"},
    "energie_reading_batch": {"applied_at"},
}


def _is_dated(column: Any) -> bool:
    kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    return isinstance(kind, Date | DateTime)


def _mappers() -> list[Any]:
    from base.store.database import Model

    return sorted(Model.registry.mappers, key=lambda m: m.class_.__name__)


def test_every_dated_column_says_what_its_date_is(sqlite_app: Any) -> None:
    unsaid = {
        f"{mapper.local_table.name}.{column.name}"
        for mapper in _mappers()
        for column in mapper.local_table.columns
        if _is_dated(column)
        and "when" not in column.info
        and not (column.default is not None and column.default.is_callable)
        and column.name not in MACHINERY.get(mapper.local_table.name, ())
    }
    assert not unsaid, (
        "say what the date is: tracked(info=facts.fact()), facts.plan(), facts.stamp() or "
        f"facts.told(): {sorted(unsaid)}"
    )


def test_what_a_date_comes_after_is_a_column_beside_it(sqlite_app: Any) -> None:
    for mapper in _mappers():
        names = {a.key for a in mapper.column_attrs}
        lost = {c.key for c in facts.dated(mapper) if c.after is not None} - {
            c.key for c in facts.dated(mapper) if c.after in names
        }
        assert not lost, f"{mapper.class_.__name__}: {lost}"


#: What is a fact, by hand: table -> columns. Whoever makes a plan of one of them reads this.
FACTS = {
    "interventions_labour": {"date_on", "reversed_at"},
    "interventions_part_use": {"date_on", "reversed_at"},
    "interventions_expense": {"date_on", "reversed_at"},
    "interventions_stock_move": {"date_on"},
    "interventions_work_order": {
        "started_at",
        "finished_at",
        "validated_at",
        "cancelled_at",
        "running_since_at",
    },
    "interventions_checklist_point": {"answered_at"},
    "interventions_service_request": {"received_at"},
    "interventions_signature": {"signed_at", "replaced_at"},
    "patrimoine_asset": {"acquired_on", "archived_on"},
    "patrimoine_asset_move": {"starts_on", "ends_on"},
    "patrimoine_cost_line": {"date_on"},
    "patrimoine_tag": {"issued_at", "claimed_at", "revoked_at"},
    "patrimoine_tag_report": {"reported_at", "closed_at"},
    "patrimoine_vehicle": {"first_registered_on"},
    "patrimoine_equipment": {"manufactured_year"},
    "energie_meter": {"installed_on", "removed_on"},
}
PLANS = {
    "interventions_work_order": {"planned_on", "due_on"},
    "interventions_agent_rate": {"valid_from"},
    "patrimoine_asset": {"in_service_on", "next_inspection_on"},
    "patrimoine_equipment": {"warranty_ends_on"},
    "patrimoine_personal_equipment": {"expires_on"},
    "base_next_action": {"due_on"},
    "energie_delivery_point": {"opened_on", "closed_on"},
    "energie_allocation": {"valid_from", "valid_to"},
}


def test_facts_and_plans_are_what_they_are(sqlite_app: Any) -> None:
    said = {
        (mapper.local_table.name, column.name): column.info["when"]
        for mapper in _mappers()
        for column in mapper.local_table.columns
        if "when" in column.info
    }
    for table, columns in FACTS.items():
        assert {said[table, name] for name in columns} == {When.FACT}, table
    for table, columns in PLANS.items():
        assert {said[table, name] for name in columns} == {When.PLAN}, table


FACT, PLAN, QUESTION = When.FACT, When.PLAN, "question"
#: Dates that verbs take: verb -> argument -> what it is. A verb that asks for the rows of a day,
#: or only hands the present on, is a question. Whoever adds a verb says what its date is.
VERBS: dict[str, dict[str, Any]] = {
    "patrimoine.services.assets.create": {"on": FACT},
    "patrimoine.services.assets.move": {"on": FACT},
    "patrimoine.services.bulk.create_many": {"on": FACT},
    "patrimoine.services.categories.archive_category": {"on": FACT},
    "patrimoine.services.costs.book_cost": {"date_on": FACT},
    "patrimoine.services.costs.cost_line": {"date_on": FACT},
    "patrimoine.services.costs.reverse_cost": {"date_on": FACT},
    "patrimoine.services.costs.reverse_source": {"date_on": FACT},
    "patrimoine.services.definitions.archive_field": {"on": FACT},
    "patrimoine.services.endings.archive": {"on": FACT},
    "patrimoine.services.tags.close_report": {"at": FACT},
    "interventions.services.forgetting.forget_requesters": {"closed_before": QUESTION},
    "patrimoine.services.contacts.forget_contacts": {"closed_before": QUESTION},
    "patrimoine.services.tags.end_report": {"at": FACT},
    "patrimoine.services.tags.issue_blank_tags": {"at": FACT},
    "patrimoine.services.tags.issue_tag": {"at": FACT},
    "patrimoine.services.tags.issue_tags": {"at": FACT},
    "patrimoine.services.tags.link_tag": {"at": FACT},
    "patrimoine.services.tags.reject_report": {"at": FACT},
    "patrimoine.services.tags.receive_report": {"at": FACT},
    "patrimoine.services.tags.revoke_tag": {"at": FACT},
    "interventions.services.agents.rate_on": {"on": QUESTION},
    "interventions.services.agents.set_rate": {"valid_from": PLAN},
    "interventions.services.checklist.answer_point": {"at": FACT},
    "interventions.services.costs.consume_part": {"date_on": FACT},
    "interventions.services.costs.correct_labour": {"at": FACT, "date_on": FACT},
    "interventions.services.costs.expense_line": {"date_on": FACT},
    "interventions.services.costs.labour_line": {"date_on": FACT},
    "interventions.services.costs.record_expense": {"date_on": FACT},
    "interventions.services.costs.record_labour": {"date_on": FACT},
    "interventions.services.costs.reverse_all": {"at": FACT},
    "interventions.services.costs.reverse_line": {"at": FACT},
    "interventions.services.finishing.finish_at_desk": {"at": FACT, "date_on": FACT},
    "interventions.services.finishing.finish_by_program": {"at": FACT, "date_on": FACT},
    "interventions.services.photos.add_photo": {"at": FACT},
    "interventions.services.lines.log_labour": {"date_on": FACT},
    "interventions.services.lines.take_part": {"date_on": FACT},
    "interventions.services.lines.write_expense": {"date_on": FACT},
    "interventions.services.on_site.begin_on_site": {"at": FACT},
    "interventions.services.on_site.finish_on_site": {"at": FACT},
    "interventions.services.on_site.report_on_site": {"at": FACT},
    "interventions.services.planning.plan": {"due_on": PLAN, "planned_on": PLAN},
    "interventions.services.planning.put_on_calendar": {"due_on": PLAN, "planned_on": PLAN},
    "interventions.services.planning.schedule": {"due_on": PLAN, "planned_on": PLAN},
    "interventions.services.requests.open_told": {"at": FACT},
    "interventions.services.signatures.sign_for": {"at": FACT},
    "interventions.services.work_orders.require_due": {"due_on": PLAN, "planned_on": PLAN},
    "interventions.services.requests.close_for": {"at": FACT},
    "interventions.services.requests.open_from_report": {"at": FACT},
    "interventions.services.requests.open_request": {"at": FACT},
    "interventions.services.requests.refuse": {"at": FACT},
    "interventions.services.signatures.put_aside": {"at": FACT},
    "interventions.services.signatures.sign": {"at": FACT},
    "interventions.services.stock.adjust": {"date_on": FACT},
    "interventions.services.stock.issue": {"date_on": FACT},
    "interventions.services.stock.receive": {"date_on": FACT},
    "interventions.services.stock.take_back": {"date_on": FACT},
    "interventions.services.stock.taken_from": {"date_on": FACT},
    "interventions.services.validating.validate": {"at": FACT},
    "interventions.services.withdrawing.withdraw": {"at": FACT},
    "interventions.services.work_orders.accept": {"at": FACT, "due_on": PLAN},
    "interventions.services.work_orders.cancel": {"at": FACT},
    "interventions.services.work_orders.finish": {"at": FACT},
    "interventions.services.work_orders.open_work_order": {
        "at": FACT,
        "due_on": PLAN,
        "planned_on": PLAN,
    },
    "interventions.services.work_orders.pause": {"at": FACT},
    "interventions.services.work_orders.reopen": {"at": FACT},
    "interventions.services.work_orders.start": {"at": FACT},
    "energie.services.deciding.detach_invoice": {"on": FACT},
    "energie.services.ledger.unbook": {"on": FACT},
    "energie.services.allocations.allocate": {"valid_from": PLAN, "valid_to": PLAN},
    "energie.services.points.create_point": {"on": FACT, "opened_on": PLAN},
    "energie.services.allocations.end_allocation": {"on": PLAN},
    "energie.services.points.install_meter": {"on": FACT, "installed_on": FACT},
    "energie.services.points.put_in_meter": {"installed_on": FACT},
    "energie.services.points.replace_meter": {"on": FACT},
    "energie.services.points.take_away": {"removed_on": FACT},
}
_DATES = {"date", "datetime", "date | None", "datetime | None"}


def _verbs() -> dict[str, dict[str, Any]]:
    """Public functions of the rooms ``services`` that take a date, with their dates."""
    found: dict[str, dict[str, Any]] = {}
    for name in ("patrimoine", "interventions", "energie"):
        package = importlib.import_module(f"{name}.services")
        for part in pkgutil.iter_modules(package.__path__):
            room = importlib.import_module(f"{package.__name__}.{part.name}")
            for key, verb in vars(room).items():
                if inspect.isfunction(verb) and verb.__module__ == room.__name__:
                    dates = {
                        p.name: p
                        for p in inspect.signature(verb).parameters.values()
                        if str(p.annotation) in _DATES
                    }
                    if dates and not key.startswith("_"):
                        found[f"{room.__name__}.{key}"] = dates
    return found


def test_every_date_of_a_verb_is_named(sqlite_app: Any) -> None:
    """Readings and invoices have dates of their own kind, judged where they are read."""
    found = {
        verb: set(dates)
        for verb, dates in _verbs().items()
        if not verb.startswith(("energie.services.readings", "energie.services.invoices"))
    }
    unsaid = {
        f"{verb}({name})"
        for verb, names in found.items()
        for name in names
        if name not in VERBS.get(verb, {})
    }
    assert not unsaid, f"say in VERBS what the date is, and ask base.basics.facts: {sorted(unsaid)}"
    assert set(VERBS) == set(found)


def test_a_row_with_a_fact_ahead_is_refused_whatever_wrote_it(sqlite_app: Any) -> None:
    """Each fact of each table, as the flush sees it: tomorrow is refused, today is not."""
    today, now = clock.today(), clock.now()
    asked = 0
    for mapper in _mappers():
        for column in facts.dated(mapper):
            kind = mapper.columns[column.key].type
            kind = kind.impl if isinstance(kind, TypeDecorator) else kind
            ahead: Any
            if isinstance(kind, DateTime):
                ahead, present = now + timedelta(days=1), now
            elif isinstance(kind, Date):
                ahead, present = today + timedelta(days=1), today
            else:
                ahead, present = today.year + 1, today.year
            found = facts.faults([column], {column.key: ahead})
            assert bool(found) == (column.when is When.FACT), (mapper.class_, column)
            assert not facts.faults([column], {column.key: present})
            asked += 1
    assert asked > 40


def test_the_flush_refuses_what_no_verb_asked(session: Any) -> None:
    from interventions.models import Agent
    from tests.factories.interventions import building

    agent = Agent(entity_id=1, code="F1", last_name="Rule")
    session.add(agent)
    session.flush()
    agent.archived_on = clock.today() + timedelta(days=1)
    with pytest.raises(InvalidInput) as caught:
        session.flush()
    assert set(caught.value.errors) == {"archived_on"}
    session.rollback()
    row = building(session, 1)
    row.acquired_on = date(2099, 1, 1)
    with pytest.raises(InvalidInput):
        session.flush()


def test_every_dated_column_of_an_importer_says_it_too(sqlite_app: Any) -> None:
    from base.desk.imports import importers
    from base.rules.rights.actors import system_session

    unsaid, asked = set(), 0
    with system_session("test", readonly=True) as session:
        for importer in importers():
            for column in importer.columns(session, 1):
                if column.parse in (day, moment):
                    asked += 1
                    if column.dated is None:
                        unsaid.add(f"{importer.kind}: {column.key}")
    assert asked > 12
    assert not unsaid, f"Column(…, dated=facts.fact() or facts.plan()): {sorted(unsaid)}"


def test_instants_with_a_zone_are_days_where_the_authority_is() -> None:
    assert day("2024-02-29T23:30:00Z") == date(2024, 3, 1)
    assert day("2024-07-31T21:30:00Z") == date(2024, 7, 31)
    assert day("2024-07-31T22:30:00Z") == date(2024, 8, 1)
    assert moment("29/02/2024 23:30") == datetime(2024, 2, 29, 22, 30, tzinfo=UTC)
    assert moment("01/02/2024") == date(2024, 2, 1)
    assert moment(datetime(2024, 2, 1)) == date(2024, 2, 1)
    assert moment(datetime(2024, 7, 1, 9, 5)) == datetime(2024, 7, 1, 7, 5, tzinfo=UTC)
