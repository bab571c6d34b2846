"""Real pages and answers, which stand beside the repository where somebody has them, and never in it."""

from __future__ import annotations

from pathlib import Path

import pytest

REAL = Path(__file__).resolve().parents[2] / "shared" / "captures"
needs_captures = pytest.mark.skipif(
    not REAL.is_dir(),
    reason="real captures name real people and are no part of the project; put them at ../shared/captures",
)
