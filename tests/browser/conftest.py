"""Tests with a real Chromium. Where none is found they are skipped, aloud; in CI that is a failure."""

from __future__ import annotations

import os

import pytest

from tests.services.browser import chromium

WHY = "no Chromium was found: `tests/services/browser.py` says how to get one"


@pytest.fixture(scope="session", autouse=True)
def browser() -> str:
    """Path of the Chromium that crawls find."""
    path = chromium()
    if path:
        return path
    if os.environ.get("CI"):
        pytest.fail(WHY)
    pytest.skip(WHY)
