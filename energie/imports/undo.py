"""How an import of delivery points is taken back, with the meters that came along."""

from __future__ import annotations

from base.basics.i18n import _l
from base.desk.imports.undo import Undoer, undoes
from base.desk.imports.undo.looking import CALLED
from energie.models import Allocation, DeliveryPoint, Meter, Register


class PointUndoer(Undoer):
    """Delivery points; one that was read or billed stays."""

    model = DeliveryPoint
    order = 50
    called = _l("un point de livraison")


class AllocationUndoer(Undoer):
    """What a point serves."""

    model = Allocation
    order = 56
    part_of = "point_id"
    called = _l("une répartition")


class MeterUndoer(Undoer):
    """The meter of a point; the equipment that it is goes the way of assets."""

    model = Meter
    order = 54
    part_of = "point_id"
    called = _l("un compteur")


class RegisterUndoer(Undoer):
    """A dial of a meter."""

    model = Register
    order = 58
    part_of = "meter_id"
    called = _l("un cadran")


CALLED.update(
    {
        "energie_series": _l("des relevés"),
        "energie_point_day": _l("des relevés"),
        "energie_invoice": _l("une facture"),
    }
)
for _undoer in (PointUndoer(), AllocationUndoer(), MeterUndoer(), RegisterUndoer()):
    undoes(_undoer)
