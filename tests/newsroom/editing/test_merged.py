"""Merging beside restricting: neither brings to light what the other hides; and the log of it says no more."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive.access import Order
from archive.catalog.models import Restriction
from config.errors import ConfigError
from releases.amend import amend
from releases.ledger.merge import MergeRefusedError, plan_merge, plan_unmerge
from releases.models import Account, Record
from releases.restricting.commit import lift, shut_name, shut_record
from tests.newsroom.inside import Newsroom
from web.accounts.audit import note
from web.desk.models import Member, Team
from web.desk.teams import adopt, left_alone

ORDER = Order("A. Editor", "asked for", datetime.now(UTC))
PORTAL = "lake-harbor"


def test_what_is_restricted_is_neither_merged_nor_parted(newsroom: Newsroom) -> None:
    first, second, third = Record.objects.filter(portal=PORTAL, kind="case").order_by("key")[:3]
    editor = newsroom.client("editor")
    for key in (first.key, third.key):
        given = {"portal": PORTAL, "key": key, "into": second.key}
        assert editor.post("/editing/merge", given).status_code == 302
        if key == first.key:
            assert editor.post("/editing/unmerge", {"id": first.id}).status_code == 302
            first.refresh_from_db()
            assert first.state == "present"
    shut_record(newsroom.holdings, second, ORDER)
    # The third is hidden with the one it was merged into; parted, it would be shown again.
    assert newsroom.get(f"/records/{PORTAL}/{third.key}").status_code == 404
    editor.post("/editing/unmerge", {"id": third.id})
    third.refresh_from_db()
    assert third.state == "merged"
    for plan in (
        lambda: plan_unmerge(third.id, datetime.now(UTC)), lambda: plan_merge(first.id, second.id, datetime.now(UTC)),
        lambda: plan_merge(second.id, first.id, datetime.now(UTC)),
    ):  # fmt: skip
        with pytest.raises(MergeRefusedError, match="under a restriction"):
            amend(newsroom.home, PORTAL, "merge", plan, opened=True)
    # What the log said of them before, operators read without their keys, and without names that are not shown.
    shut_name(newsroom.holdings, "Odalys Quillfeather", ORDER)
    note(None, "record.merged", f"{PORTAL} odalys-quillfeather", {"into": "Odalys Quillfeather", "of": [first.key]})
    for answer in (newsroom.get("/operate/audit", "operator"), newsroom.get("/operate/audit.csv", "operator")):
        said = (b"".join(answer) if answer.streaming else answer.content).decode().casefold()
        assert answer.status_code == 200
        assert [word in said for word in (second.key, third.key, "quillfeather", first.key)] == [
            False,
            False,
            False,
            True,
        ]
    lift(
        newsroom.holdings, Restriction.objects.filter(kind="record").values_list("id", flat=True), "E", "over", ORDER.at
    )
    assert second.key in newsroom.get("/operate/audit", "operator").content.decode()


def test_a_team_that_was_left_alone_gets_somebody_again(newsroom: Newsroom) -> None:
    mine, newsrooms = newsroom.client("reporter"), newsroom
    mine.post("/desk/teams", {"name": "Pier desk"})
    team = Team.objects.get(name="Pier desk")
    assert left_alone() == []
    with pytest.raises(ConfigError, match="left alone"):
        adopt(team.id, newsrooms.account("editor"))
    Account.objects.filter(username="a-reporter").update(is_active=False)
    assert left_alone() == [team]
    assert newsroom.client("operator").get(f"/desk/teams/{team.id}").status_code == 404
    with pytest.raises(ConfigError, match="no reporter"):
        adopt(team.id, newsroom.account("reader"))
    adopt(team.id[-12:], newsroom.account("editor"))
    assert newsroom.client("editor").get(f"/desk/teams/{team.id}").status_code == 200
    assert left_alone() == []
    Member.objects.filter(team=team).delete()
    assert [one.name for one in left_alone()] == ["Pier desk"]
