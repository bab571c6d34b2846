from __future__ import annotations

import pytest
from door_site import Site

from crawler.capture import retry


@pytest.fixture
def site():
    one = Site()
    yield one
    one.close()


@pytest.fixture
def other_site():
    one = Site()
    yield one
    one.close()


@pytest.fixture(autouse=True)
def _no_waits():
    retry.set_sleeping(False)
    yield
    retry.set_sleeping(True)
