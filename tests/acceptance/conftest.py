"""Homes to fill from inside the test, beside those that the real command fills."""

from tests.unit.releases.alerts.conftest import empty_catalog, make_home

__all__ = ["empty_catalog", "make_home"]
