"""What people read, and what hostile portals must not be able to do in it."""

import email
import email.policy
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from releases.alerts.message import as_html, as_text
from releases.alerts.outbox import enqueue
from releases.alerts.story import SHOWN, tell
from releases.alerts.subscriptions import subscribe
from releases.alerts.wording import clean, web_link
from releases.models import Delivery
from tests.unit.releases.alerts.conftest import commit, row

NAME = "Lake Harbor Office of Police Review"


def told(home, *rows, **filters):
    subscribe(home, "mailto:a@example.org", {"portals": ["lake-harbor"], **filters})
    enqueue(commit(*rows))
    return tell(Delivery.objects.get(), home)


@pytest.mark.parametrize(
    ("rows", "headline"),
    [
        ([row("LH-1")], "1 new case — LH-1"),
        ([row("LH-1"), row("LH-2")], "2 new cases — LH-1 and 1 more"),
        ([row("LH-1"), row("LH-1", "file_added")], "1 new case — LH-1"),
        ([row("LH-1"), row("P", record_kind="policy")], "2 new records — LH-1 and 1 more"),
        ([row("P", record_kind="policy"), row("Q", record_kind="policy")], "2 new policies — P and 1 more"),
        ([row("LH-1"), row("LH-2", "withdrawn")], "1 withdrawn case, 1 new case — LH-2 and 1 more"),
        ([row("LH-1", "file_replaced"), row("LH-1", "file_replaced")], "2 replaced files — LH-1"),
        ([row("LH-1", "changed", record_kind="")], "1 changed record — LH-1"),
        ([row("", "blocked", new={"verdict": "blocked"})], "Blocked"),
        ([row("", "recovered"), row("LH-1")], "Recovered, 1 new case — LH-1"),
        ([row(f"LH-{i}", backfill=True) for i in range(3)], "3 cases — now watching"),
    ],
)
def test_headlines(home, rows, headline):
    # The parameters are made once: ids of events must differ from test to test, and do.
    assert told(home, *(dict(r) for r in rows)).headline == f"{headline} · {NAME}"


def test_a_first_crawl_is_counted_unless_its_list_was_asked_for(home):
    rows = [row(f"LH-{i}", backfill=True) for i in range(3)]
    story = told(home, *rows)
    assert (story.releases, story.more) == ((), 3)
    assert "3 records are watched from now on" in as_text(story)


def test_a_first_crawl_listed(home):
    story = told(home, *(row(f"LH-{i}", backfill=True) for i in range(SHOWN + 2)), backfill=True)
    assert (len(story.releases), story.more) == (SHOWN, 2)
    assert "and 2 more: <code>recordwatch releases --portal lake-harbor</code>" in as_html(story)
    assert "and 2 more: recordwatch releases --portal lake-harbor" in as_text(story)


def test_changes_show_before_and_after(home):
    story = told(home, row("LH-1", "changed", old={"Status": "Open", "X": None}, new={"Status": "Closed", "X": "y"}))
    text = as_text(story)
    assert "Status: Open → Closed" in text
    assert "X: (nothing) → y" in text
    assert ">Open</del> → <ins" in as_html(story)


def test_a_withdrawn_record_says_what_it_said_last(home):
    text = as_text(told(home, row("LH-1", "withdrawn", old={"incident_date": "2031-01-02"})))
    assert "Withdrawn: the portal no longer lists it\n    incident date: 2031-01-02\n" in text


def test_a_portals_health_comes_first_and_says_why(home):
    health = row("", "recovered", old={"verdict": "blocked", "reason": "refused", "since": "2031-01-01"},
                 new={"verdict": "healthy", "reason": "23 records seen."})  # fmt: skip
    text = as_text(told(home, row("LH-1"), health))
    assert text.index("Recovered: this portal") < text.index("Title of LH-1")
    assert "    verdict: healthy\n    why: 23 records seen.\n    blind since: 2031-01-01\n" in text


@pytest.mark.parametrize(
    ("kind", "tags", "sentence"),
    [
        ("broken", ["partial"], "Seen in part only: not all of this portal can be read now"),
        ("broken", [], "Broken: this portal changed and we cannot read it now"),
        ("blocked", ["down"], "Down: this portal does not answer now"),
        ("blocked", [], "Blocked: we cannot see this portal now"),
    ],
)
def test_a_portals_health_is_told_as_it_is(home, kind, tags, sentence):
    story = told(home, row("", kind, new={"verdict": "x", "reason": "3 of 4 pages."}, tags=tags))
    assert story.headline == f"{sentence.split(':')[0]} · {NAME}"
    assert f"  {sentence}\n" in as_text(story)


def test_who_asked_for_something_else_learns_why_a_portals_health_comes(home):
    health = row("", "blocked", new={"verdict": "blocked", "reason": "refused"})
    also = "You hear, too, when a portal you follow can not be seen."
    assert also in told(home, health, kinds=["overdue"]).why


def test_a_time_since_which_a_portal_was_dark_is_said_once(home):
    new = {"verdict": "healthy", "reason": "Since 2031-01-01 05:06 UTC 2 crawls saw nothing."}
    text = as_text(told(home, row("", "recovered", old={"since": "2031-01-01T05:06:07+00:00"}, new=new)))
    assert text.count("2031-01-01 05:06 UTC") == 1


def test_a_portal_that_was_seen_again_is_not_called_blocked_now(home):
    blocked = row("", "blocked", new={"verdict": "blocked", "reason": "refused"})
    story = told(home, blocked, row("", "recovered", new={"verdict": "healthy", "reason": "again"}))
    assert story.headline == f"Recovered · {NAME}"
    text = as_text(story)
    assert "we cannot see this portal now" not in text
    assert "UTC, and seen again since\n" in text
    assert text.index("    why: refused") < text.index("Recovered: this portal can be seen again")


def test_a_portal_that_went_dark_again_is_called_so(home):
    again = row("", "broken", new={"verdict": "broken", "reason": "changed"})
    story = told(home, row("", "recovered", new={"verdict": "healthy", "reason": "again"}), again)
    assert story.headline == f"Broken · {NAME}"
    assert "Broken: this portal changed and we cannot read it now" in as_text(story)


def test_a_title_that_says_the_key_is_enough(home):
    text = as_text(told(home, row("LH-1"), row("LH-2") | {"title": "Shooting on Pier Street"}))
    assert "\nTitle of LH-1\n" in text
    assert "\nLH-2 · Shooting on Pier Street\n" in text


def test_moments_are_readable(home):
    old, new = {"at": "2031-03-03T06:30", "seen": None}, {"at": "2031-03-01T06:30:00", "seen": "2031-03-02T06:30:01Z"}
    text = as_text(told(home, row("LH-1", "changed", old=old, new=new)))
    assert "at: 2031-03-03 06:30 → 2031-03-01 06:30\n" in text
    assert "seen: (nothing) → 2031-03-02 06:30 UTC\n" in text


def test_what_was_overdue_at_a_first_look_is_not_called_watched(home):
    rows = [row(f"LH-{i}", "overdue", backfill=True, new={"why": "late"}) for i in range(4)]
    story = told(home, *rows)
    assert story.headline == f"4 overdue cases at a first look · {NAME}"
    text = as_text(story)
    assert "4 records were overdue already when first looked at" in text
    assert "recordwatch deadlines --overdue --portal lake-harbor" in text
    assert "watched from now on" not in text


def test_a_day_that_is_near_is_one_sentence(home):
    new = {
        "why": "on 2031-06-30, in 30 days, the contract expires",
        "rule": "Term",
        "date": "2031-06-30",
        "basis": "a clause",
    }
    story = told(home, row("LH-1", "upcoming", new=new), row("LH-2", "changed", old={"x": "1"}, new={"x": "2"}))
    assert story.headline == f"1 upcoming date, 1 changed case — LH-1 and 1 more · {NAME}"
    text = as_text(story)
    assert "  Coming up: on 2031-06-30, in 30 days, the contract expires\n    rule: Term\n    basis: a clause\n" in text
    assert text.index("Coming up") < text.index("Changed")
    assert "the contract expires" in as_html(story)


def test_a_replaced_file_names_sizes_and_digests(home):
    digests = {"size": 1024, "digest": "sha256:" + "a" * 64}, {"size": 1024, "digest": "sha256:" + "b" * 64}
    file = {"id": "f", "identity": "/f", "url": "https://harbor.example/f.pdf", "name": "Report", "kind": "report"}
    story = told(home, row("LH-1", "file_replaced", old=digests[0], new=digests[1], files=[file]))
    text = as_text(story)
    assert "Size: 1,024 bytes → the same size, other bytes" in text
    assert "SHA-256: aaaaaaaaaaaaaaaa… → bbbbbbbbbbbbbbbb…" in text
    assert "Report <https://harbor.example/f.pdf>" in text


def test_the_crawl_vouches(home):
    from datetime import UTC, datetime

    from archive.catalog.models import Crawl

    Crawl(
        id="crawl-1", portal="lake-harbor", started_at=datetime(2031, 3, 4, 5, 6, tzinfo=UTC), verdict="healthy"
    ).save()
    assert "Crawl of 2031-03-04 05:06 UTC: healthy, coverage complete." in as_text(told(home, row("LH-1")))


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen, self.links = set(), []

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.links += [value for name, value in attrs if name in {"href", "src"} or name.startswith("on")]


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>\r\nBcc: victim@example.org\x00\u202e\u2066\ud800'


def test_nothing_a_portal_prints_is_markup_or_a_header(make_home):
    home = make_home(head='link = "https://news.example"\n[operator]\ncontact = "desk@example.org"')
    file = {"id": "f", "identity": "f", "url": "javascript:alert(1)", "name": HOSTILE[:-1], "kind": "report"}
    hostile = HOSTILE[:-1].replace("\x00", "")  # databases take neither
    story = told(
        home,
        row(hostile, url="javascript:alert(1)", title=hostile, new={hostile: [hostile]}, files=[file], tags=[hostile],
            captures=["<b>"]),
    )  # fmt: skip
    tags = Tags()
    tags.feed(as_html(story))
    assert not tags.seen & {"script", "img", "b"}
    assert all(link.startswith("https://news.example/") for link in tags.links)
    from releases.alerts.mail import MailChannel

    raw = MailChannel("mailto:a@example.org", home).message(story).message().as_bytes()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert "bcc" not in message
    assert "Bcc" in message["subject"]
    assert "\u202e" not in as_text(story)
    assert message["list-unsubscribe"].strip().startswith("<https://news.example/alerts/mute/")
    assert "<mailto:desk@example.org?subject=mute" in message["list-unsubscribe"]
    assert message["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"


def test_a_key_can_be_pasted_into_a_shell(home):
    assert "recordwatch record lake-harbor 'a; rm -rf ~'" in as_text(told(home, row("a; rm -rf ~")))


def test_with_a_newsroom_a_mail_leads_to_its_pages_and_to_no_terminal(make_home):
    home = make_home(head='link = "https://news.example/"')
    key = 'a/"b" ?#%<i>'
    story = told(home, row(key, "file_replaced"), *(row(f"LH-{n}", backfill=True) for n in range(3)))
    text, html = as_text(story), as_html(story)
    there = "lake-harbor/a/%22b%22%20%3F%23%25%3Ci%3E"
    for made in (text, html):
        assert f"https://news.example/records/{there}" in made
        assert f"https://news.example/diff/{there}" in made
        assert "https://news.example/releases?portal=lake-harbor" in made or "3 records" not in made
        assert "recordwatch " not in made
    assert f'<a href="https://news.example/records/{there}"' in html


@settings(max_examples=200)
@given(st.text(max_size=300))
def test_clean_is_one_printable_line(text):
    made = clean(text, 50)
    assert len(made) <= 50
    assert made == "" or made.isprintable() or any(c in made for c in "\u00ad")
    assert not set(made) & set("\r\n\t\x00\u202e\u2028\u200f")


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://a.example/x y\r\n", "https://a.example/x%20y"),
        ("JAVASCRIPT:alert(1)", ""),
        ("java\nscript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("https:///x", ""),
        ("", ""),
        ("HTTP://a.example", "HTTP://a.example"),
    ],
)
def test_links(url, link):
    assert web_link(url) == link


def test_an_overlong_value_is_cut(home):
    text = as_text(told(home, row("LH-1", "changed", old={"Narrative": "x" * 5000}, new={"Narrative": "y" * 5000})))
    assert len(text) < 2500
    assert "x…" in text
