"""Faults of every day: two at once, kills, allocations that change, credits; on both engines."""

import threading
from datetime import UTC, date, datetime
from decimal import Decimal as D  # noqa: N817 - short in tables of numbers
from hashlib import sha256

import pytest
from sqlalchemy import func, select

from base.rules.rights.actors import job_session, system_session
from base.store.holding import held
from energie import queries
from energie.imports.invoice_files import read_invoice
from energie.imports.readings import (
    ImportRunning,
    PointUnknown,
    Who,
    import_readings,
    name_of,
)
from energie.jobs import take_back_cut_imports
from energie.models import BatchState, DailyUse, DeliveryPoint, Invoice, Reading, ReadingBatch
from energie.services import invoices, points, readings
from patrimoine.models import CostLine
from patrimoine.services import assets
from tests.energie.samples import PRM, curve, invoice

ALICE = Who(1, (1,), "user:1")
DAY = date(2025, 1, 1)


@pytest.fixture
def point(app):
    """A delivery point on the town hall of A."""
    with job_session((1,), "user:1") as session:
        hall = assets.create(session, "building", entity_id=1, name="Mairie", on=DAY)
        return points.create_point(session, hall, reference=PRM, on=DAY).id


def _file(tmp_path, text, name="courbe.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def _import(path, **options):
    digest = sha256(path.read_bytes()).hexdigest()
    return import_readings(path, label=path.name, digest=digest, who=ALICE, pause=0, **options)


def _count(model, *criteria):
    with system_session("tests", readonly=True) as session:
        return session.scalar(select(func.count()).select_from(model).where(*criteria))


def _total():
    with system_session("tests", readonly=True) as session:
        return session.scalar(select(func.sum(DailyUse.value)))


def test_a_name_is_held_by_one(app):
    with held("un fichier") as mine, held("un fichier") as other, held("un autre") as third:
        assert (mine, other, third) == (True, False, True)
    with held("un fichier") as again:
        assert again


def test_the_same_file_twice_at_once_is_written_once(app, point, tmp_path):
    path = _file(tmp_path, curve())
    reached, go_on = threading.Event(), threading.Event()
    ended = []

    def first():
        def wait(share, words):
            if share > 0.3:
                reached.set()
                go_on.wait(60)

        with app.app_context():
            ended.append(_import(path, progress=wait))

    thread = threading.Thread(target=first)
    thread.start()
    assert reached.wait(60)
    with pytest.raises(ImportRunning, match="en cours d’import"):
        _import(path)
    go_on.set()
    thread.join(60)
    assert ended[0].created == 426
    assert _import(path).unchanged == 426
    assert (_count(Reading), _count(ReadingBatch), _total()) == (426, 1, D("426.000"))


def test_two_files_of_one_series_at_once_end_in_one_truth(app, point, tmp_path):
    one = _file(tmp_path, curve("2025-06-01", "2025-06-05"), "un.csv")
    other = _file(tmp_path, curve("2025-06-03", "2025-06-07") + "\n", "deux.csv")
    faults = []

    def work(path):
        with app.app_context():
            try:
                _import(path)
            except Exception as fault:  # told by the main thread
                faults.append(fault)

    threads = [threading.Thread(target=work, args=(path,)) for path in (one, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert faults == []
    assert (_count(Reading), _total()) == (6 * 144, D("864.000"))


def test_a_killed_import_counts_nowhere_then_is_taken_back_by_the_hour(
    app, point, tmp_path, monkeypatch
):
    monkeypatch.setattr(readings, "CHUNK", 100)

    class Kill(BaseException):
        """As sudden as a signal: nothing after it runs."""

    def kill(share, words):
        if share > 0.5:
            raise Kill

    path = _file(tmp_path, curve())
    with monkeypatch.context() as patch:
        patch.setattr(readings, "undo_batch", lambda *args: None)
        with pytest.raises(Kill):
            _import(path, progress=kill, at=datetime(2026, 1, 1, tzinfo=UTC))
    assert _count(Reading) > 0
    assert _count(ReadingBatch, ReadingBatch.state == BatchState.LOADING) == 1
    with job_session((1,), "user:1", readonly=True) as session:
        row = session.get_one(DeliveryPoint, point)
        assert not queries.series_with_days(session, point)
        whole = {"start": date(2025, 3, 1), "end": date(2025, 5, 1)}
        assert queries.curve(session, row, **whole) == []
        assert queries.week_map(session, row, **whole) is None
    with held(name_of(1, sha256(path.read_bytes()).hexdigest())):
        _sweep()
        assert _count(Reading) > 0  # somebody is at it: it is not cut
    _sweep()
    assert (_count(Reading), _count(DailyUse)) == (0, 0)
    assert _import(path).created == 426


def _sweep():
    with job_session((1,), "user:1") as session:
        take_back_cut_imports(session, {}, None)


def test_a_file_of_several_unknown_points_goes_to_none(app, point, tmp_path):
    text = "prm;date;kWh\n99000000000101;2025-06-01;1\n99000000000102;2025-06-01;2\n"
    with pytest.raises(PointUnknown, match="2 points inconnus"):
        _import(_file(tmp_path, text), reference=PRM)
    assert _count(Reading) == 0


def _shares(session, number="F-2026-001"):
    (row,) = session.scalars(select(Invoice).where(Invoice.number == number)).all()
    names = {share.asset.name: (share.amount_ht_eur, share.vat_eur) for share in row.shares}
    return row, names


def test_a_correction_after_a_change_of_weights_changes_no_money(app, point, tmp_path):
    """Readings, weights and money are corrected each by its own verb."""
    _import(_file(tmp_path, curve("2026-01-01", "2026-02-01")))
    # 6 kW for 744 hours are the 4,464 kWh billed.
    lines = (("Énergie active", "4464", "0.0448", "200.00"),)
    with job_session((1,), "user:1") as session:
        invoices.receive_invoice(session, read_invoice(invoice(lines=lines)), entity_id=1)
    with job_session((1,), "user:1") as session:
        gym = assets.create(session, "building", entity_id=1, name="Gymnase", on=DAY)
        row = session.get(DeliveryPoint, point)
        points.allocate(session, row, gym, weight=D("0.5"), valid_from=date(2026, 1, 16))
        bill, names = _shares(session)
        assert names == {"Mairie": (D("200.00"), D("40.00"))}
        assert invoices.how_shared(session, bill) is None
    changed = curve("2026-01-01", "2026-02-01", power="9000")
    assert _import(_file(tmp_path, changed, "correction.csv")).updated == 31 * 144
    with job_session((1,), "user:1") as session:
        bill, names = _shares(session)
        assert names == {"Mairie": (D("200.00"), D("40.00"))}
        invoices.detach_invoice(session, bill, on=date(2026, 3, 1))
    with job_session((1,), "user:1") as session:
        bill, _names = _shares(session)
        again = session.get(DeliveryPoint, point)
        with pytest.raises(invoices.AnswerNeeded, match="4.464.kWh facturés, 6.696.kWh relevés"):
            invoices.attach_invoice(session, bill, again)
        seen = invoices.Answers(confirmed=frozenset({"ECART_MESURE"}))
        invoices.attach_invoice(session, bill, again, answers=seen)
    with job_session((1,), "user:1") as session:
        bill, names = _shares(session)
        # 15 days alone, then 16 days at 1 / 1.5: 200 × (15 + 16 × 2/3) / 31 = 165.591…
        assert names == {"Mairie": (D("165.59"), D("33.12")), "Gymnase": (D("34.41"), D("6.88"))}
        parts = invoices.how_shared(session, bill)
        assert [(p.days, p.weight, p.total_weight) for p in parts] == [
            (15, 1, 1),
            (16, 1, D("1.5")),
            (16, D("0.5"), D("1.5")),
        ]
        assert [p.amount for p in parts] == [D("96.77419"), D("68.81720"), D("34.40860")]
        total = session.scalar(select(func.sum(CostLine.amount_ht_eur)))
        assert total == D("200.00")


def test_an_invoice_and_its_credit_note_leave_nothing(app, point):
    with job_session((1,), "user:1") as session:
        invoices.receive_invoice(session, read_invoice(invoice()), entity_id=1)
        credit = read_invoice(invoice(number="AV-1", type_code="381"))
        invoices.receive_invoice(session, credit, entity_id=1)
        bill, _names = _shares(session)
        with pytest.raises(invoices.TransitionRefused, match="déjà imputée"):
            invoices.attach_invoice(session, bill, session.get(DeliveryPoint, point))
    with job_session((1,), "user:1") as session:
        assert session.scalar(select(func.sum(CostLine.amount_ht_eur))) == D("0.00")
        assert session.scalar(select(func.sum(CostLine.vat_eur))) == D("0.00")
        bill, _names = _shares(session)
        invoices.detach_invoice(session, bill, on=date(2026, 3, 1))
        with pytest.raises(invoices.TransitionRefused, match="pas imputée"):
            invoices.detach_invoice(session, bill, on=date(2026, 3, 1))
        assert session.scalar(select(func.sum(CostLine.amount_ht_eur))) == D("-200.00")
