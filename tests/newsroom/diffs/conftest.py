"""Comparisons are waited for, however busy the machine is."""

from __future__ import annotations

import pytest

from web.diffs import comparing


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "PATIENCE", 120)
