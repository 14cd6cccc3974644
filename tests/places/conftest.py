"""The two schools, and somebody who reads all of them."""

import pytest

from base.rules.rights.actors import system_session
from tests.engines import sign_in
from tests.listed import add_reader
from tests.places.schools import build


@pytest.fixture
def schools(sqlite_app):
    add_reader()
    with system_session("tests") as session:
        return build(session)


@pytest.fixture
def zoe(sqlite_app, schools):
    client = sqlite_app.test_client()
    sign_in(client, "zoe")
    return client
