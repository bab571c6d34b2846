"""What printed statuses of real request portals mean."""

from __future__ import annotations

import pytest

from spiders.foia import request_fields, state


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        ("Open", "open"), ("Closed", "closed"), ("Full Release", "closed"), ("Due Soon", "open"), ("Overdue", "open"),
        ("Partial Release", "closed"), ("No Responsive Documents", "closed"), ("Assigned", "open"), ("In Progress", "open"),
        ("Request Completed", "closed"), ("Awaiting Payment", "open"), ("Withdrawn", "closed"), ("ack", "open"),
        ("Closed - Reopened", "closed"), ("Reopened after closure", "open"), ("", "unknown"), (None, "unknown"),
        ("Blue", "unknown"), ("Released in Part", "closed"), ("Denied", "closed"), ("Pending Release", "open"),
    ],
)  # fmt: skip
def test_a_status_means_open_or_closed_or_nothing_known(status: str | None, meaning: str) -> None:
    assert state(status) == meaning


def test_a_platforms_own_state_goes_before_its_words() -> None:
    fields = request_fields(number="26-1", text="t", status="Blue", requested="2026-01-02", meaning="closed")
    assert (fields["state"], fields["status"], fields["timeline"]) == ("closed", "Blue", [])
