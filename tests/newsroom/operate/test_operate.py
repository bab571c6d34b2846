"""The operators' pages: what they say, who may open them, and what they refuse."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.catalog.models import Crawl, Warc
from config import signs
from config.paused import paused
from releases.models import CrawlRequest, Delivery, Subscription
from releases.people import ROLES
from tests.newsroom.inside import Newsroom
from web.accounts.audit import note
from web.accounts.models import AuditEntry
from web.listing.keyset import write
from web.operate import sizes
from web.operate.models import Figure, Job
from web.operate.today import findings
from web.operate.told_deliveries import channel_kind, scrubbed

SLUG = "lake-harbor"
PAGES = (
    "/operate", "/operate/portals", f"/operate/portals/{SLUG}", f"/operate/portals/{SLUG}/file", "/operate/crawls",
    "/operate/underway", "/operate/deliveries", "/operate/store", "/operate/audit", "/operate/audit.csv",
)  # fmt: skip
FORMS = (f"/operate/portals/{SLUG}/do", "/operate/deliveries/retry", "/operate/doctor", f"/operate/portals/{SLUG}/file")


def test_each_page_is_for_operators_alone(newsroom: Newsroom) -> None:
    crawl = Crawl.objects.latest("id")
    job = Job.objects.create(kind="check", portal=SLUG, asked_at=datetime.now(UTC))
    pages = (*PAGES, f"/operate/crawls/{crawl.id}", f"/operate/checks/{job.pk}")
    for role in ("", *ROLES):
        client = newsroom.client(role)
        for path in pages:
            wanted = 200 if role == "operator" else 403 if role or path.endswith(".csv") else 302
            assert client.get(path).status_code == wanted, (role, path)
        for path in FORMS:
            answer = client.post(path, {"do": "pause", "why": "x", "all": "dead", "text": "slug = 1"})
            assert (answer.status_code in {302, 400}) == (role == "operator"), (role, path)
            if role != "operator":
                assert answer.status_code == 403
                assert paused(newsroom.home.path, SLUG) is None


def test_odd_parameters_are_answered_in_words(newsroom: Newsroom) -> None:
    client = newsroom.client("operator")
    for path, code in (
        ("/operate/portals/nobody", 404), ("/operate/portals/nobody/file", 404), ("/operate/portals/..%2f..%2fetc", 404),
        ("/operate/crawls/nothing", 404), ("/operate/crawls/%00", 404), ("/operate/crawls/" + "a" * 3000, 404),
        ("/operate/checks/99999999999999999999999999", 404), ("/operate/crawls?verdict=%00&portal=%00", 200),
        ("/operate/crawls?verdict=healthy", 200), (f"/operate/crawls?portal={SLUG}&verdict=healthy", 200),
        ("/operate/crawls?portal=" + "x" * 3000, 200), ("/operate/crawls?after=W10", 400),
        ("/operate/deliveries?state=all", 400), ("/operate/deliveries?state=sent", 200), ("/operate/deliveries?after=x", 400),
        ("/operate/audit?since=x", 400), ("/operate/audit?since=0001-01-01&until=9999-12-31", 200),
        ("/operate/audit?name=%00&action=" + "a" * 3000, 200), ("/operate/audit.csv?name='%3B--", 200),
    ):  # fmt: skip
        assert client.get(path).status_code == code, path
    for values in (["x", "y"], [1, 2], [10**40, "\0"], ["9" * 400, 10**400], ["\0"], [10**40]):
        cursor = write(values)
        for path in ("/operate/audit", "/operate/deliveries", "/operate/crawls", "/accounts/people"):
            assert client.get(f"{path}?after={cursor}").status_code in {200, 400}, (path, values)
    for path, form, code in (
        (f"/operate/portals/{SLUG}/do", {"do": "pause", "why": " \0 "}, 400), (f"/operate/portals/{SLUG}/do", {}, 400),
        ("/operate/portals/nobody/do", {"do": "run"}, 404), ("/operate/deliveries/retry", {}, 400),
        ("/operate/deliveries/retry", {"id": "\0" * 99}, 400), ("/operate/deliveries/retry", {"id": "x" * 999}, 302),
    ):  # fmt: skip
        assert client.post(path, form).status_code == code, (path, form)
    for path in FORMS[:3]:
        assert client.get(path).status_code == 405
    assert not CrawlRequest.objects.exists()


def test_a_crawl_is_asked_for_paused_and_seen(newsroom: Newsroom) -> None:
    client, home = newsroom.client("operator"), newsroom.home.path
    do = f"/operate/portals/{SLUG}/do"
    (home / "locks" / "run.seen").unlink(missing_ok=True)
    assert "was ever seen here" in client.post(do, {"do": "run"}, follow=True).content.decode()
    signs.came_by(home)
    assert "asked for a crawl of lake-harbor already" in client.post(do, {"do": "run"}, follow=True).content.decode()
    [asked] = CrawlRequest.objects.all()
    assert asked.asked_by == newsroom.account("operator")
    assert "waits for the next run" in client.get(f"/operate/portals/{SLUG}").content.decode()
    asked.taken_at = Crawl.objects.latest("id").started_at - timedelta(milliseconds=1)
    asked.save()
    page = client.get(f"/operate/portals/{SLUG}").content.decode()
    assert f"/operate/crawls/{Crawl.objects.latest('id').id}" in page.split("Crawls that were asked for")[1]

    with signs.underway(home, SLUG, "crawl", lambda *_: None) as progress:
        progress("<listing>", 3, 40)
        for path in ("/operate/crawls", "/operate/underway", f"/operate/portals/{SLUG}"):
            text = client.get(path).content.decode()
            assert 'max="40" value="3"' in text, path
            assert "&lt;listing&gt;" in text
    assert "Nothing is crawled at the moment" in client.get("/operate/underway").content.decode()
    Crawl.objects.filter(id=Crawl.objects.latest("id").id).update(ended_at=None)
    assert "not ended" in client.get("/operate/crawls").content.decode()
    with signs.underway(home, SLUG, "crawl", lambda *_: None) as progress:
        progress("listing", 3, 40)
        text = client.get("/operate/crawls").content.decode()
        assert "reads lists and records" in text
        assert "3 of 40 records" in text
        assert "it goes on" in text
        assert "not ended" not in text

    client.post(do, {"do": "pause", "why": "their site\n <moves>"})
    said = paused(home, SLUG)
    assert said is not None
    assert (said.by, said.why) == ("a-operator", "their site <moves>")
    for path in ("/operate", "/operate/portals", f"/operate/portals/{SLUG}"):
        assert "their site &lt;moves&gt;" in client.get(path).content.decode(), path
    client.post(do, {"do": "resume"})
    assert paused(home, SLUG) is None
    actions = list(AuditEntry.objects.order_by("id").values_list("action", "about"))
    assert actions == [("portal.run", SLUG), ("portal.paused", SLUG), ("portal.resumed", SLUG)]


def test_a_crawl_says_what_it_can_vouch_for(newsroom: Newsroom) -> None:
    crawl = Crawl.objects.latest("id")
    page = newsroom.get(f"/operate/crawls/{crawl.id}", "operator").content.decode()
    assert crawl.reason in page
    assert crawl.answers["canaries"]["evidence"] in page
    odd = Crawl.objects.create(
        id="ffffffff-0000-7000-8000-000000000000", portal="<b>", started_at=datetime.now(UTC), verdict="<i>", reason="<u>",
        answers={"blocked": "no", "count": {"answer": 7}}, counts=[1],
    )  # fmt: skip
    for path in (f"/operate/crawls/{odd.id}", "/operate/crawls"):
        page = newsroom.get(path, "operator").content.decode()
        assert "&lt;u&gt;" in page
        assert "<u>" not in page


def test_deliveries_do_not_say_whose_they_are(newsroom: Newsroom) -> None:
    client = newsroom.client("operator")
    now = datetime.now(UTC)
    secret = Subscription.objects.create(
        id="s1", name="Story on Sergeant Doe", channel="mailto:jane.roe@paper.example", created_at=now, mute_token="m1",
        filters={"words": "sergeant doe", "portals": [SLUG]}, note="do not tell",
    )  # fmt: skip
    for n in range(60):
        Delivery.objects.create(
            id=f"d{n:03}", subscription=secret, commit="c", events=["event-one"], state="dead", attempts=7, next_at=now,
            created_at=now, error="the mail server refused jane.roe@paper.example: 550 no Jane.Roe here, see https://x.example/jane",
        )  # fmt: skip
    page = client.get("/operate/deliveries").content.decode()
    again = client.get("/operate/deliveries?after=" + page.split("after=")[1].split('"')[0]).content.decode()
    for text in (page, again):
        assert "mail" in text
        assert "550" in text
        for hidden in ("jane", "Roe", "paper", "Sergeant", "doe", "do not tell", "event-one"):
            assert hidden.lower() not in text.lower(), hidden
    assert page.count("Try again") + again.count("Try again") == 60
    client.post("/operate/deliveries/retry", {"id": "d007"})
    assert set(Delivery.objects.filter(state="owed").values_list("id", "attempts")) == {("d007", 0)}
    client.post("/operate/deliveries/retry", {"all": "dead"})
    assert not Delivery.objects.filter(state="dead").exists()
    assert [entry.detail for entry in AuditEntry.objects.order_by("id")] == [{"deliveries": 1}, {"deliveries": 59}]


def test_errors_lose_what_they_say_of_an_address() -> None:
    for channel, error, left in (
        ("mailto:a.b@c.example", "refused A.B@C.EXAMPLE: 550 5.1.1 unknown", "refused …: 550 5.1.1 unknown"),
        (
            "https://hooks.example/T123/secretpath?k=v",
            "hooks.example said 404 for /T123/secretpath",
            "… said 404 for /…/…",
        ),
        ("slack://tokenA/tokenB/tokenC", "Slack did not take it: tokenB is wrong", "Slack did not take it: … is wrong"),
        ("tgram://123456:ABC-def_ghi/-100987", "Telegram: bad 123456:abc-DEF_ghi", "Telegram: bad …"),
    ):
        assert scrubbed(error, channel) == left
    assert "0123456789abcdef0123" not in scrubbed("token 0123456789abcdef0123 refused", "")
    kinds = [
        channel_kind(one) for one in ("mailto:a@b.example", "mailto://u:p@h", "https://x", "slack://a", "", "é://", "x")
    ]
    assert kinds == ["mail", "mail", "webhook", "slack", "other", "other", "other"]


def test_today_names_what_needs_a_hand(newsroom: Newsroom) -> None:
    home, now = newsroom.home, datetime.now(UTC)
    signs.came_by(home.path)
    signs.came_by(home.path, "keeper")
    signs.mark_verified(home.path, full=True, findings=0)
    assert [one for one in findings(home, now) if one.level in {"bad", "blind"} and "free" not in one.what] == []
    Crawl.objects.create(
        id="ffffffff-0000-7000-8000-000000000000", portal=SLUG, started_at=now + timedelta(seconds=1), verdict="blocked",
        reason="a challenge page stands before it",
    )  # fmt: skip
    Job.objects.create(
        kind="doctor", state="done", asked_at=now, said=[{"name": "mail", "state": "broken", "said": "refused"}]
    )
    (home.path / "logs").mkdir()
    (home.path / "logs" / f"newsroom-{now:%Y%m%dT%H%M%S}-abcd.txt").write_text("x")
    later = now + timedelta(minutes=40)
    said = " ".join(f"{one.what} {one.why}" for one in findings(home, later))
    for words in (
        "came by in the last 40 minutes",
        "keeper does not work",
        "blocked. a challenge",
        "mail: refused",
        "A page failed 1",
    ):
        assert words in said, words
    month = " ".join(one.what for one in findings(home, now + timedelta(days=40)))
    assert "not verified for more than a month" in month


def test_sizes_are_counted_by_the_keeper(newsroom: Newsroom) -> None:
    now = datetime.now(UTC)
    sizes.count(now)
    [row] = Figure.objects.get(name="sizes").value["portals"]
    assert row["portal"] == SLUG
    held = [newsroom.home.archive / key for key in Warc.objects.values_list("key", flat=True)]
    assert (row["warcs"], row["bytes"]) == (len(held), sum(path.stat().st_size for path in held))
    page = newsroom.get("/operate/store", "operator").content.decode()
    assert SLUG in page
    Figure.objects.update(value={"portals": [], "kinds": []})
    sizes.count(now + timedelta(minutes=30))
    sizes.count(now + timedelta(hours=2))
    assert Figure.objects.get(name="sizes").value["portals"] == [], "nothing was committed: nothing is counted"
    Figure.objects.update(stamp="another")
    sizes.count(now + timedelta(hours=4))
    assert Figure.objects.get(name="sizes").value["portals"] == [row]


def test_the_audit_log_is_read_and_exported(newsroom: Newsroom) -> None:
    editor = newsroom.account("editor")
    for n in range(60):
        note(editor, "passages.read" if n % 2 else "portal.run", f"=cmd{n}", {"why": "<b>"})
    client = newsroom.client("operator")
    page = client.get("/operate/audit").content.decode()
    assert "&lt;b&gt;" in page
    assert page.count("<tr>") == 51
    more = client.get("/operate/audit?after=" + page.split("after=")[1].split('"')[0]).content.decode()
    assert more.count("<tr>") == 11
    assert client.get("/operate/audit?action=portal.run").content.decode().count("<tr>") == 31
    assert "Nothing of this kind" in client.get("/operate/audit?name=nobody").content.decode()
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    assert "Nothing of this kind" in client.get(f"/operate/audit?since={tomorrow}").content.decode()
    lines = b"".join(client.get("/operate/audit.csv?name=a-editor")).decode().splitlines()
    assert len(lines) == 61
    assert "'=cmd59" in lines[1]
    assert AuditEntry.objects.latest("id").action == "export"


def test_a_sign_that_somebody_tampered_with_breaks_no_page(newsroom: Newsroom) -> None:
    locks: Path = newsroom.home.locks
    for name, text in (("verify.seen", '{"at": "x"}'), ("x.progress", "[]"), ("y.progress", json.dumps({"pid": 1}))):
        (locks / name).write_text(text)
    client = newsroom.client("operator")
    assert {client.get(path).status_code for path in PAGES} == {200}
