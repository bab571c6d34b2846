"""Mail as it leaves: headers, both parts, how cases thread, and what is left out where there is too much."""

import email
import email.policy
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from releases.alerts.mail import ROOM, MailChannel
from releases.alerts.message import as_html, as_text
from releases.alerts.message_detail import LEVELS, fitted, shortened
from releases.alerts.story_shape import Certificate, Happening, Release, Section, Story, Vouched
from releases.alerts.wording import clean

SUBSCRIPTION = "01a20115-6f0e-75b3-b599-4b4d9aea591e"
HOSTILE = '"><script>x</script>\r\nBcc: victim@example.org\u202e'


def happening(kind="changed", *, files=0, changes=1, value="Closed"):
    return Happening(
        kind, "Changed", tuple((f"field {n}", "Open", value) for n in range(changes)),
        tuple((f"File {n}", f"https://harbor.example/{n}.pdf") for n in range(files)), ("capture-1",),
    )  # fmt: skip


def release(key, *happenings, title="Shooting on Pier Street"):
    return Release(key, key, title, "case", f"https://harbor.example/{key}", happenings or (happening(),))


def story(*sections, **values):
    shown = tuple(one for section in sections for one in section.releases)
    given = {
        "id": "0a1b", "portal": sections[0].portal if len(sections) == 1 else "", "portal_name": "Lake Harbor",
        "headline": "1 changed case — LH-1 · Lake Harbor", "releases": shown, "more": sum(s.more for s in sections),
        "vouch": "Crawl of 2031-03-04: healthy.", "why": "You asked for this as “all”.", "subscription": SUBSCRIPTION,
        "name": "all", "mute_link": "https://news.example/alerts/mute/token", "mute_mail": "desk@example.org",
        "sections": sections, **values,
    }  # fmt: skip
    return Story(**given)


def section(*releases, more=0, portal="harbor", name="Lake Harbor"):
    return Section(portal, name, releases, more, "")


def parsed(home, told):
    raw = MailChannel("mailto:a@example.org", home).message(told).message().as_bytes()
    assert max(map(len, raw.splitlines())) < 999  # RFC 5322, 2.1.1
    return email.message_from_bytes(raw, policy=email.policy.default)


@pytest.fixture
def room(make_home):
    return make_home('folder = "outbox"\nsender = "Recordwatch <alerts@news.example>"')


def test_headers(room):
    message = parsed(room, story(section(release("LH-1"))))
    assert message["message-id"] == "<0a1b@news.example>"
    assert message["list-id"] == f"<{SUBSCRIPTION}.news.example>"
    assert message["auto-submitted"] == "auto-generated"
    assert message["list-unsubscribe"] == (
        f"<https://news.example/alerts/mute/token>, <mailto:desk@example.org?subject=mute%20{SUBSCRIPTION}>"
    )
    assert message["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert message["date"]
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert all(value.isascii() for _, value in email.message_from_bytes(message.as_bytes()).items())


def test_without_a_public_address_there_is_still_a_way_out_by_mail(room):
    message = parsed(room, story(section(release("LH-1")), mute_link="", mute_mail=""))
    assert message["list-unsubscribe"].strip() == f"<mailto:alerts@news.example?subject=mute%20{SUBSCRIPTION}>"
    assert "list-unsubscribe-post" not in message
    message = parsed(room, story(section(release("LH-1")), mute_link="http://insecure.example/x"))
    assert "insecure" not in message["list-unsubscribe"]


def test_one_case_is_one_thread(room):
    first = parsed(room, story(section(release("LH-1"))))
    again = parsed(room, story(section(release("LH-1", title="New title")), id="0a1c"))
    other = parsed(room, story(section(release("LH-2")), id="0a1d"))
    assert first["references"] == first["in-reply-to"] == again["references"]
    assert re.fullmatch(r"<[0-9a-f-]{36}@news\.example>", first["references"])
    assert other["references"] != first["references"]
    elsewhere = parsed(room, story(section(release("LH-1")), subscription="another"))
    assert elsewhere["references"] != first["references"]
    assert "references" not in parsed(room, story(section(release("LH-1"), release("LH-2"))))
    assert "references" not in parsed(room, story(section(release("LH-1"), more=3)))


def test_nothing_told_becomes_a_header(room):
    told = story(section(release("LH-1")), headline=clean(HOSTILE), subscription="s", mute_mail="desk@example.org")
    message = parsed(room, told)
    assert "bcc" not in message
    assert "Bcc: victim" in message["subject"]


class Reader(HTMLParser):
    """What is seen, and what could be fetched."""

    def __init__(self, document):
        super().__init__()
        self.open, self.texts, self.fetched, self.hidden = [], [], [], False
        self.feed(document)

    def handle_starttag(self, tag, attrs):
        if tag not in {"meta", "br"}:
            self.open.append(tag)
        self.fetched += [v for k, v in attrs if k in {"src", "background", "srcset"} or "url(" in (v or "")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "title"} & set(self.open):
            self.texts.append(data.strip())


CERTIFICATE = Certificate(
    "Fri 20 Nov 08:00 to Sat 21 Nov 08:00 (America/Chicago)", "2 portals followed; not seen all the time: River.",
    (Vouched("river", "River <City>", False, ("Can not be seen since Fri: blocked.", "Checked 24 times.")),
     Vouched("harbor", "The harbor", True, ("Checked 24 times: healthy each time.",))),
)  # fmt: skip


def test_a_digest_says_corrections_first_then_portals_then_what_was_checked(room):
    told = story(
        section(release("LH-1"), release("LH-2"), more=4), section(release("R-1"), portal="river", name="River City"),
        corrections=(release("LH-9", Happening("retracted", "Correction: we had read it wrong", (("status", "a", "b"),))),),
        certificate=CERTIFICATE, kind="digest", waited="Held back in quiet hours.", headline="Daily",
    )  # fmt: skip
    order = ["Held back", "LH-9", "we had read it wrong", "LAKE HARBOR", "LH-1", "LH-2", "and 4 more", "RIVER CITY",
             "R-1", "WHAT WAS CHECKED", "Fri 20 Nov", "2 portals followed", "River <City>", "Can not be seen", "healthy each",
             "Why you get this"]  # fmt: skip
    text = as_text(told)
    assert [text.index(words) for words in order] == sorted(text.index(words) for words in order)
    seen = Reader(as_html(told))
    assert seen.open == []
    assert seen.fetched == []
    shown = "\n".join(seen.texts).upper()
    assert [shown.rindex(words.upper()) for words in order] == sorted(shown.rindex(words.upper()) for words in order)
    assert "! Not always seen" in as_html(told)
    assert "✓ Seen" in as_html(told)
    assert "prefers-color-scheme:dark" in as_html(told)


def test_what_a_first_crawl_found_of_a_saved_search_is_counted(room):
    told = story(section(more=19), kind="match", headline="19 records")
    for words in (as_text(told), as_html(told)):
        assert "The first crawl found 19 records that match" in words


def test_what_was_retracted_since_says_so():
    one = Happening("changed", "Changed", (("status", "Open", "Closed"),), correction="the page was a test")
    told = story(section(release("LH-1", one)))
    assert "This was wrong: the page was a test" in as_text(told)
    assert "This was wrong: the page was a test" in as_html(told)


def test_too_much_collapses_and_still_says_how_much_and_how_to_stop(room):
    many = [
        section(*(release(f"P{p}-{n}", *(happening(files=60, changes=60, value="ж" * 400) for _ in range(3))) for n in range(4)),
                more=7, portal=f"p{p}", name=f"Portal {p}")
        for p in range(65)
    ]  # fmt: skip
    vouched = tuple(Vouched(f"p{n}", f"Portal {n}", n > 2, ("Checked. " * 30,)) for n in range(400))
    told = story(*many, certificate=Certificate("period", "summary", vouched))
    message = parsed(room, told)
    for part in message.iter_parts():
        words = part.get_content()
        assert len(words.encode()) <= ROOM
        assert "https://news.example/alerts/mute/token" in words
        assert "summary" in words
        assert "P0-0" in words
        numbers = [int(n.replace(",", "")) for n in re.findall(r"and ([\d,]+) more(?: of other portals)?:", words)]
        shown = len(set(re.findall(r"P\d+-\d+", words)))
        assert sum(numbers) + shown == 65 * 11
    assert len(message.as_bytes()) < 250_000


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 5000), st.integers(0, 12), st.sampled_from(LEVELS))
def test_whatever_the_room_it_is_kept_and_nothing_is_miscounted(room, count, detail):
    told = story(section(*(release(f"LH-{n}", happening(files=9)) for n in range(count)), more=2))
    assert len(fitted(told, as_text, room).encode()) <= max(room, 4)
    short = shortened(told, detail)
    assert len(short.releases) + short.more == count + 2
