"""Portals' pages: what they say of the sample portal's ten days, their siblings, and what visitors may try."""

from __future__ import annotations

import csv
import io
import tomllib
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest

from archive.catalog.models import Crawl
from cli.portals_file import shipped
from releases.models import Event, Record
from tests.newsroom.inside import Newsroom
from tests.newsroom.served import Served

pytestmark = pytest.mark.usefixtures("patient")
SLUG = "lake-harbor"
PAGES = ("/portals", f"/portals/{SLUG}", f"/portals/{SLUG}/crawls", f"/portals/{SLUG}/records", "/about", "/deadlines")


def text(answer) -> str:
    return b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()


def table(answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text(answer).removeprefix("\ufeff"))))


def test_the_list_says_what_each_portal_can_vouch_for(newsroom: Newsroom) -> None:
    page = text(newsroom.get("/portals"))
    assert "1 portal is watched" in page
    assert "None of them needs a person now" in page
    assert 'aria-label="the last 10 crawls: 8 healthy, 1 blocked, 1 broken"' in page
    (row,) = newsroom.get("/portals.json").json()["rows"]
    assert row["records"] == Record.objects.filter(state="present").count()
    assert row["verdict"] == "healthy"
    assert table(newsroom.get("/portals.csv"))[0]["due_because"] == row["due_because"]
    # What needs a person comes first, and says why.
    home = newsroom.home
    good = (home.portals / f"{SLUG}.toml").read_text("utf-8")
    (home.portals / "aa.toml").write_text(good.replace(f'"{SLUG}"', '"aa"'), "utf-8")
    (home.portals / "zz.toml").write_text("slug = ", "utf-8")
    Crawl.objects.create(id="x" * 36, portal="aa", started_at="2026-11-20T00:00Z", verdict="down", reason="No answer.")
    page = text(newsroom.get("/portals"))
    assert page.index("p-zz") < page.index("p-aa") or page.index("p-aa") < page.index(f"p-{SLUG}")
    assert page.index("p-zz") < page.index(f"p-{SLUG}")
    assert "this is not TOML" in page
    assert "2 of them need a person" in page
    assert newsroom.get("/portals/zz").status_code == 200
    assert "We cannot see this portal now" in text(newsroom.get("/portals/aa"))


def test_a_portals_page_tells_of_its_crawls_and_of_what_changed_while_we_were_blind(newsroom: Newsroom) -> None:
    page = text(newsroom.get(f"/portals/{SLUG}"))
    assert "Akamai block page" in page
    blind = page[page.index('id="blind"') : page.index('id="weeks-h"')]
    assert "2 crawls:" in blind
    again = Crawl.objects.filter(verdict="healthy").order_by("started_at")[5]
    (new,) = Event.objects.filter(crawl=again.id, kind="new")
    assert new.title in blind
    assert "Were there block pages?" in page
    assert "Its deadlines, case by case" in page
    history = newsroom.get(f"/portals/{SLUG}/crawls.json").json()["rows"]
    assert [row["id"] for row in history] == list(Crawl.objects.order_by("-started_at").values_list("id", flat=True))
    assert history[0]["answers"]["ended"]["answer"] == "yes"
    assert len(table(newsroom.get(f"/portals/{SLUG}/crawls.csv"))) == 10
    data = newsroom.get(f"/portals/{SLUG}.json").json()
    assert data["counts"]["states"] == {"present": 24}
    feed = ET.fromstring(newsroom.get(f"/portals/{SLUG}.atom").content)
    assert len(feed.findall("{*}entry")) > 3


def test_records_are_listed_by_key_and_go_on_where_they_ended(newsroom: Newsroom, monkeypatch) -> None:
    monkeypatch.setattr("web.listing.keyset.SIZE", 7)
    keys = list(Record.objects.order_by("key").values_list("key", flat=True))
    found, cursor = [], ""
    while True:
        data = newsroom.get(f"/portals/{SLUG}/records.json?after={cursor}").json()
        found += [row["key"] for row in data["rows"]]
        cursor = data["next"]
        if not cursor:
            break
    assert found == keys
    assert [row["key"] for row in table(newsroom.get(f"/portals/{SLUG}/records.csv"))] == keys
    some = newsroom.get(f"/portals/{SLUG}/records.json?from={quote(keys[9])}").json()["rows"]
    assert [row["key"] for row in some] == keys[9:]
    assert newsroom.get(f"/portals/{SLUG}/records.json?state=withdrawn").json()["rows"] == []
    Record.objects.filter(key=keys[0]).update(state="withdrawn", title="<b>=1+1</b>")
    (gone,) = newsroom.get(f"/portals/{SLUG}/records.json?state=withdrawn").json()["rows"]
    assert gone["key"] == keys[0]
    page = text(newsroom.get(f"/portals/{SLUG}/records?state=withdrawn"))
    assert "&lt;b&gt;=1+1" in page
    (cell,) = [row["title"] for row in table(newsroom.get(f"/portals/{SLUG}/records.csv?state=withdrawn"))]
    assert cell == "<b>=1+1</b>"


def test_the_portal_file_is_shown_without_comments_and_secrets(newsroom: Newsroom) -> None:
    path = newsroom.home.portals / f"{SLUG}.toml"
    path.write_text(
        "# a source told us\n" + path.read_text("utf-8").replace("daily", "weekly").replace(
            "allow_private_network",
            'secret_parameters = ["sid"]\nscope = ["cdn.example.org"]\nallow_private_network',
        ) + '\n[parameters]\napi_key = "k3y-value"\nkey = "td.number"\nstart = "https://u:pw9@x.example/?sid=s1d-value&page=2&token=t0k"\n'
        '[token]\nvariable = "LAKE_TOKEN"\n', "utf-8",
    )  # fmt: skip
    page = text(newsroom.get(f"/portals/{SLUG}"))
    shown = page[page.index('<pre class="toml"') :]
    for secret in ("k3y-value", "s1d-value", "pw9", "t0k", "a source told us"):
        assert secret not in page, secret
    for plain in ("weekly", "page=2", "LAKE_TOKEN", "[[deadlines]]", "cdn.example.org", "td.number"):
        assert plain in shown, plain


def test_every_shipped_portal_file_says_the_same_when_it_is_shown(newsroom: Newsroom) -> None:
    from web.front.portals_told import toml_text

    for slug, path in shipped().items():
        (newsroom.home.portals / f"{slug}.toml").write_bytes(path.read_bytes())
        assert tomllib.loads(toml_text(newsroom.home, slug)) == tomllib.loads(path.read_text("utf-8")), slug


def test_what_nobody_may_see_is_on_no_page_of_a_portal(newsroom: Newsroom) -> None:
    record = Record.objects.get(key="lh-2026-0003")
    from archive.catalog.models import Restriction

    Restriction.objects.create(
        id="r" * 36, portal=SLUG, kind="record", record=record.id, why="w", by="b", at="2026-11-20T00:00Z"
    )
    for path in (*PAGES, f"/portals/{SLUG}/records.json", f"/portals/{SLUG}/records.csv", "/deadlines.json",
                 "/deadlines.csv", "/deadlines.ics", f"/portals/{SLUG}.atom"):  # fmt: skip
        assert "LH-2026-0003" not in text(newsroom.get(path)), path
    assert "records restricted" in text(newsroom.get("/about"))


def test_how_we_know_has_the_numbers_of_this_home(newsroom: Newsroom) -> None:
    page = text(newsroom.get("/about"))
    exchanges = sum(row["exchanges"] for row in Crawl.objects.values_list("counts", flat=True))
    assert f"<dd>{exchanges:,}</dd>" in page
    head = (newsroom.home.keys / "log-head").read_text("ascii").split()
    assert head[1] in page
    assert "sha256sum" in page


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_small_whole_and_without_style_or_script_of_their_own(newsroom: Newsroom, path: str) -> None:
    page = text(newsroom.get(path))
    assert len(page) < 100_000
    assert " style=" not in page
    assert "<script>" not in page
    assert page.count("<h1") == 1
    ids = [part.split('"')[0] for part in page.split(' id="')[1:]]
    assert len(ids) == len(set(ids))


HOSTILE = (
    "/portals/nobody", "/portals/a%2F..", "/portals/%00", f"/portals/{'a' * 300}", "/portals/-", "/portals/nobody.json",
    "/portals/nobody.atom", "/portals/nobody/crawls", "/portals/nobody/records.csv",
    f"/portals/{SLUG}/crawls?after=x", f"/portals/{SLUG}/crawls?after=WyJ4IiwieCJd",
    f"/portals/{SLUG}/records?after=%00", f"/portals/{SLUG}/records?state=x", f"/portals/{SLUG}/records?from=%00",
    f"/portals/{SLUG}/records?from={'k' * 3000}", f"/portals/{SLUG}/records.csv?state=merged",
    "/deadlines?status=x", "/deadlines?portal=%00", "/deadlines?portal=nobody", "/deadlines?within=soon",
    "/deadlines?within=-1", "/deadlines?within=99999999999999999999", "/deadlines?within=%D9%A3", f"/deadlines?rule={'r' * 999}",
    "/deadlines?after=x", "/deadlines?after=WzEsMiwzLDQsNV0", "/deadlines?after=W1tdLDEsImEiLCJiIiwiYyJd",
    "/deadlines.csv?status=%27%20OR%201=1", "/deadlines.json?after=" + "A" * 5000, "/deadlines.ics?status=%00",
)  # fmt: skip


def test_whatever_visitors_try_is_refused_in_words(served: Served) -> None:
    for path in HOSTILE:
        answer = served.get(path)
        assert answer.status_code in {400, 404}, (path, answer.status_code)
        assert "should not have happened" not in answer.text
    for path in (
        f"/portals/{SLUG}/records?after=WzFd",
        "/portals?x=%00",
        f"/portals/{SLUG}?after=zzz",
        "/about?q=%FF",
        "/deadlines?rule=x';DROP TABLE case_",
    ):
        assert served.get(path).status_code == 200, path
    for path in PAGES:
        assert served.get(path, headers={"Accept-Language": "es"}).status_code == 200
