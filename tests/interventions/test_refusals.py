"""Refusals are French sentences, put together from parts."""

import pytest

from base.basics.errors import TransitionRefused
from interventions import services
from interventions.domain import State
from tests.factories.interventions import NOON, work_order


def test_a_refused_move_is_said_with_its_elision(session, school):
    row = work_order(session, school, State.VALIDATED)
    with pytest.raises(TransitionRefused, match=r"on ne peut pas l’annuler\."):
        services.cancel(session, row, at=NOON)
    with pytest.raises(TransitionRefused, match=r"on ne peut pas la commencer\."):
        services.start(session, row, at=NOON)
