"""The silence certificate is true: it says what the crawls of its period saw, and what they could not."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest

from archive.catalog.models import AppliedCommit, Crawl, Portal
from archive.ids import uuid7
from releases.alerts.deliver import Report, deliver_owed
from releases.alerts.outbox import enqueue
from releases.alerts.story import tell
from releases.alerts.subscriptions import subscribe
from releases.models import Delivery, Subscription
from tests.services.postgres import postgres
from tests.unit.releases.alerts.conftest import PORTAL, commit, row

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request, make_home):
    with postgres() if request.param == "postgresql" else nullcontext("") as url:
        yield make_home(database=url)
        from django.db import connections

        connections.close_all()


@pytest.fixture
def daily(home) -> Subscription:
    made = subscribe(home, "mailto:me@example.org", {"everything": True}, cadence="daily", digest_at="12:00")
    Subscription.objects.update(created_at=NOON, digest_due_at=NOON + DAY)
    return made


def crawled(
    verdict: str, listed: datetime, portal: str = "lake-harbor", *, commits_after=timedelta(seconds=5), **values
) -> Crawl:
    """A crawl and the commit of its listing, as the committer applies them."""
    Portal.objects.get_or_create(slug=portal, defaults={"name": f"The {portal}", "url": "u", "first_crawl_at": listed})
    reason = values.pop("reason", "why")
    crawl = Crawl.objects.create(
        id=uuid7(), portal=portal, started_at=listed - timedelta(minutes=2), listed_at=listed, verdict=verdict,
        reason=reason, answers={"canaries": {"answer": "yes", "evidence": "all 2 were listed"}}, **values,
    )  # fmt: skip
    seq = AppliedCommit.objects.filter(portal=portal).count() + 1
    AppliedCommit.objects.create(id=uuid7(), portal=portal, seq=seq, at=listed + commits_after, reason="listing", warc=f"w{seq}", sha256="s")  # fmt: skip
    return crawl


def certificate(home):
    digest = Delivery.objects.filter(kind="digest").order_by("created_at").last()
    return tell(digest, home).certificate


def only(home) -> tuple[bool, str]:
    (portal,) = certificate(home).portals
    return portal.clear, " ".join(portal.sentences)


def test_seen_each_time(home, daily):
    for hour in range(1, 25):
        crawled("healthy", NOON + hour * HOUR - timedelta(minutes=30))
    assert deliver_owed(home, NOON + DAY) == Report(sent=1)
    clear, said = only(home)
    assert clear
    assert said == "Checked 24 times, last Fri 6 Mar 11:30: healthy each time. Canary records: all 2 were listed."
    assert certificate(home).period == "Thu 5 Mar 12:00 to Fri 6 Mar 12:00 (UTC)"
    assert "1 portal followed, checked and seen each time" in certificate(home).summary


def test_blind_for_a_while_and_what_was_found_late(home, daily):
    crawled("healthy", NOON + HOUR)
    crawled("blocked", NOON + 2 * HOUR, reason="The portal refused us")
    crawled("down", NOON + 3 * HOUR, reason="No answer")
    back = crawled("healthy", NOON + 4 * HOUR)
    late = [row("LH-1", crawl=back.id), row("LH-2", "withdrawn", crawl=back.id), row("LH-3", crawl=back.id)]
    enqueue(commit(*late, at=NOON + 4 * HOUR))
    deliver_owed(home, NOON + DAY)
    clear, said = only(home)
    assert not clear
    assert "Could not be seen from Thu 5 Mar 14:00 to Thu 5 Mar 16:00: down. No answer." in said
    assert "Found late, once it could be seen again on Thu 5 Mar 16:00: 2 new, 1 withdrawn." in said
    assert "Checked 4 times, last Thu 5 Mar 16:00 (healthy): 2 healthy, 1 blocked, 1 down." in said
    assert "no news does not mean that nothing happened" in certificate(home).summary


def test_blind_since_before_the_period_and_still(home, daily):
    crawled("healthy", NOON - 3 * DAY)
    crawled("blocked", NOON - 2 * DAY)
    crawled("blocked", NOON - DAY)
    crawled("broken", NOON + HOUR, reason="The layout changed")
    deliver_owed(home, NOON + DAY)
    clear, said = only(home)
    assert not clear
    assert said.startswith("Can not be seen since Tue 3 Mar 12:00: broken. The layout changed.")


def test_not_checked_at_all_is_not_silence(home, daily):
    crawled("healthy", NOON - DAY)
    (home.portals / "other.toml").write_text(PORTAL.replace("lake-harbor", "other"))
    deliver_owed(home, NOON + DAY)
    first, second = certificate(home).portals
    assert {first.clear, second.clear} == {False}
    assert {*first.sentences, *second.sentences} == {
        "Not checked in this time; last checked Wed 4 Mar 12:00: healthy.",
        "Never checked so far.",
    }


def test_not_checked_and_blind_before(home, daily):
    crawled("healthy", NOON - 2 * DAY)
    crawled("blocked", NOON - DAY)
    deliver_owed(home, NOON + DAY)
    assert "Can not be seen since Wed 4 Mar 12:00: blocked. why." in only(home)[1]


def test_in_part_capped_and_limited(home, daily):
    crawled("partial", NOON + HOUR, reason="3 pages could not be had")
    crawled("healthy", NOON + 2 * HOUR, coverage="capped")
    deliver_owed(home, NOON + DAY)
    clear, said = only(home)
    assert not clear
    assert "Seen only in part: 3 pages could not be had." in said
    assert "shows only a part of what it has" in said
    crawled("healthy", NOON + DAY + HOUR, coverage="limited")
    deliver_owed(home, NOON + 2 * DAY)
    assert "ended early, at a limit set here" in only(home)[1]


def test_each_crawl_is_in_one_certificate_whatever_the_clock_did(home, daily):
    counted = 0
    moment = NOON
    for jump in (HOUR, DAY, 3 * DAY, -2 * DAY, DAY, DAY):  # the clock is put forward, and back
        moment += jump
        crawled("healthy", moment - timedelta(minutes=20))
        # Listed before the digest is made, committed after it.
        slow = crawled("healthy", moment - timedelta(minutes=2), commits_after=timedelta(minutes=6))
        later = AppliedCommit.objects.order_by("seq").last()
        AppliedCommit.objects.filter(id=later.id).delete()
        Subscription.objects.update(digest_due_at=moment)
        assert deliver_owed(home, moment) == Report(sent=1)
        later.save(force_insert=True)
        assert slow.listed_at < moment < later.at
        digest = Delivery.objects.exclude(id__in=[]).filter(kind="digest").order_by("id").last()
        counted += digest.certificate["portals"][0]["crawls"]
    Subscription.objects.update(digest_due_at=moment + HOUR)
    deliver_owed(home, moment + HOUR)
    counted += Delivery.objects.filter(kind="digest").order_by("id").last().certificate["portals"][0]["crawls"]
    assert counted == Crawl.objects.count() == 12


def test_a_resend_says_the_same(home, daily):
    crawled("healthy", NOON + HOUR)
    deliver_owed(home, NOON + DAY)
    before = certificate(home)
    crawled("blocked", NOON + 2 * HOUR)
    assert certificate(home) == before


def test_without_any_portal(home, daily):
    (home.portals / "lake-harbor.toml").unlink()
    assert deliver_owed(home, NOON + DAY) == Report(sent=1)
    assert certificate(home).summary.startswith("No portal is followed")
    assert "Nothing new" in tell(Delivery.objects.get(), home).headline
