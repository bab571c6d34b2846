"""Portal files against lists that mean ill: patterns that take ages, bombs in sitemaps, feeds and tables, endless entries."""

from __future__ import annotations

import gzip

import pytest

from tests.hostile.portal_server import HostilePortal, gzip_bomb, http, redirect
from tests.hostile.scene import Scene

ALMOST = "a" * 5_000 + "!"
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12))
    + "]>"
)


@pytest.mark.parametrize(
    ("spider", "parameters", "body", "kind"),
    [
        ("listing", 'row = "li"\nfields.x = {{ select = "a", pattern = "(a+)+$" }}',
         "<main>" + "".join(f"<li><a href=/{n}>{ALMOST}</a></li>" for n in range(20)) + "</main>", "text/html"),
        ("listing", "row = 'li'\nkey = {{ select = 'a', pattern = '(a|aa)+$', several = 'records' }}",
         f"<main><li><a href=/1>{ALMOST}</a></li></main>", "text/html"),
        ("table", 'key = "k"\ncolumns.x = {{ column = "x", pattern = "(a*)*b" }}',
         "k,x\n" + "".join(f"{n},{ALMOST}\n" for n in range(20)), "text/csv"),
        ("pages", 'sitemap = "/list"\nonly = "(a+)+$"',
         "<urlset>" + "".join(f"<url><loc>{{url}}/{n}{ALMOST}</loc></url>" for n in range(20)) + "</urlset>", "text/xml"),
    ],
    ids=["field", "key", "column", "only"],
)  # fmt: skip
def test_a_pattern_that_takes_ages_is_named_and_hangs_nothing(
    scene: Scene, portal: HostilePortal, spider: str, parameters: str, body: str, kind: str
) -> None:
    portal.on("/list", http(body.replace("{url}", portal.url).encode(), kind))
    portal.on("/start", http(b"<main><p>Words enough to be a page.</p></main>"))
    scene.watch("/start" if spider == "pages" else "/list", spider=spider, parameters=parameters.replace("{{", "{").replace("}}", "}"))  # fmt: skip
    done = scene.crawl(seconds=40)
    assert done.verdict == "broken"
    assert "expected an answer within 0.5 s" in done.reason
    assert "parameters." in done.reason


@pytest.mark.parametrize("name", ["sitemap", "feed"])
@pytest.mark.parametrize(
    "declared",
    [LAUGHS, '<!DOCTYPE x [<!ENTITY l SYSTEM "CANARY">]>', '<!DOCTYPE x SYSTEM "CANARY">',
     '<!DOCTYPE x [<!ENTITY l SYSTEM "file:///etc/passwd">]>', '<!DOCTYPE x [<!ENTITY % p SYSTEM "CANARY"> %p;]>'],
    ids=["laughs", "external", "dtd", "file", "parameter"],
)  # fmt: skip
def test_entities_are_neither_expanded_nor_fetched(
    scene: Scene, portal: HostilePortal, name: str, declared: str
) -> None:
    entity = "&l;" if "ENTITY l" in declared or "lolz" in declared else ""
    item = f"{portal.url}/page{entity}"
    body = {
        "sitemap": f"<urlset><url><loc>{item}</loc></url></urlset>",
        "feed": f'<rss version="2.0"><channel><title>x</title><item><link>{item}</link><title>t{entity}</title></item></channel></rss>',
    }[name]
    portal.on(
        "/list",
        http((declared.replace("CANARY", f"http://127.0.0.1:{scene.canary.port}/") + body).encode(), "text/xml"),
    )
    portal.on("*", http(b"<main><p>Words enough to be a page.</p></main>"))
    scene.watch("/start", parameters=f'{name} = "/list"')
    done = scene.crawl()
    assert done.verdict in {"broken", "partial", "healthy"}
    assert scene.canary.connections == 0
    assert "root:" not in str(scene.records())
    assert "lollol" not in str(scene.records())


def test_a_packed_sitemap_that_unpacks_without_end(scene: Scene, portal: HostilePortal) -> None:
    portal.on("/list.gz", http(gzip_bomb(512), "application/gzip"))
    portal.on("*", http(b"<main><p>Words enough to be a page.</p></main>"))
    scene.watch("/start", parameters='sitemap = "/list.gz"')
    done = scene.crawl(most_kb=400 * 1024)
    assert done.verdict == "broken"
    assert "67,108,864 bytes" in done.reason


def test_a_feed_with_100_000_entries(scene: Scene, portal: HostilePortal) -> None:
    items = "".join(f"<item><guid isPermaLink='false'>{n}</guid><title>t</title></item>" for n in range(100_000))
    body = f'<rss version="2.0"><channel><title>x</title>{items}</channel></rss>'.encode()
    portal.on("/feed", http(gzip.compress(body), "application/rss+xml", "200 OK", "Content-Encoding: gzip"))
    portal.on("*", http(b"<main><p>Words enough to be a page.</p></main>"))
    scene.watch("/start", parameters='feed = "/feed"')
    done = scene.crawl(most_kb=2_000 * 1024)
    assert done.verdict == "broken"
    assert "10,000 entries" in done.reason


@pytest.mark.parametrize(
    ("parameters", "body"),
    [
        ('row = "*"\nkey = { select = ".", pattern = ".*" }\nnavigation = true', b"<i>" * 300_000),
        ('row = "div div div div div"', b"<div>" * 100_000),
        ('row = "//div//div//div[.//a]"', b"<div>" * 3_000 + b"<a href=/x>x</a>"),
        ('row = "li"', b"<main>" + b"<li><a href=/x>x</a>" * 200_000),
    ],
    ids=["everything", "deep CSS", "deep XPath", "one link 200,000 times"],
)
def test_selectors_that_match_without_end(scene: Scene, portal: HostilePortal, parameters: str, body: bytes) -> None:
    portal.on("*", http(body))
    scene.watch("/list", spider="listing", parameters=parameters)
    done = scene.crawl(seconds=120, most_kb=4_000 * 1024)
    assert done.verdict in {"broken", "partial", "healthy"}


def test_a_table_of_one_huge_cell_and_one_of_too_many_columns(scene: Scene, portal: HostilePortal) -> None:
    scene.watch("/list.csv", spider="table", parameters='key = "k"')
    portal.on("/list.csv", http(b'k,x\n1,"' + b"x" * 20_000_000, "text/csv"))
    assert scene.crawl(most_kb=1_000 * 1024).verdict == "broken"
    columns = b"".join(b",x%d" % n for n in range(6_000))
    portal.on("/list.csv", http(b"k" + columns + b"\n1" + b",y" * 6_000, "text/csv"))
    assert scene.crawl(most_kb=2_000 * 1024).verdict == "broken"


def test_a_list_that_redirects_for_ever(scene: Scene, portal: HostilePortal) -> None:
    portal.otherwise = lambda path: redirect(f"{path}x")
    scene.watch("/list.csv", spider="table", parameters='key = "k"')
    done = scene.crawl()
    assert done.verdict in {"broken", "down"}
    assert "redirect" in done.reason
