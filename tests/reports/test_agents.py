"""People at work beside an import, on a real server: nothing fails, nothing is lost or doubled."""

import pytest

from tests.bench.agents import agents_beside_imports


@pytest.mark.slow
def test_people_log_their_work_while_readings_are_imported():
    figures = agents_beside_imports(20)
    assert figures["errors"] == 0, figures
    assert figures["lost_or_doubled"] == 0, figures
    assert figures["imports_of_100000"] >= 1
    assert figures["finished"] > 0
