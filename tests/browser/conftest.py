"""Tests with a real Chromium."""

from __future__ import annotations

import pytest

from tests.services.browser import needs_chromium


@pytest.fixture(scope="session", autouse=True)
def browser() -> str:
    """Path of the Chromium that crawls find."""
    return needs_chromium()
