"""Pages and documents made to fill memory or hang a parser: `Scene.crawl` bounds both, whatever is served."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

import pytest

from tests.hostile.portal_server import HostilePortal, http, page
from tests.hostile.scene import Scene

LARGE_KB = 520 * 1024
"""What a page of just `limits.page_bytes` (32 MiB, the default) may make a crawl need."""


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<main>" + b"<div>" * 300_000 + b"words", "nested at most"),
        (b"<main>" + b"<b><a href=x>" * 100_000 + b"words", "nested at most"),
        (page("A million links.", (f"/{number}" for number in range(1_000_000))), "at most 500,000 tags"),
    ],
    ids=["deep", "deep links", "many links"],
)
def test_pages_that_are_too_much_to_read(scene: Scene, portal: HostilePortal, body: bytes, words: str) -> None:
    portal.on("/", http(body))
    scene.watch(limits="page_bytes = 60_000_000")
    done = scene.crawl(most_kb=LARGE_KB)
    assert done.verdict == "broken"
    assert words in done.reason
    assert scene.captures("/")[0]["payload_length"] == len(body)


def test_many_links_are_cut_with_a_word(scene: Scene, portal: HostilePortal) -> None:
    portal.on("/", http(page("Many links.", (f"/p{number}" for number in range(20_000)))))
    scene.watch()
    done = scene.crawl()
    assert done.verdict == "healthy"
    links = done.result["events"][0]["new"]["links"]
    assert len(links) == 5_001
    assert links[-1]["text"] == "… and 15000 more"


def test_a_page_that_is_one_long_line(scene: Scene, portal: HostilePortal) -> None:
    portal.on("/", http(b"<p>" + b"words " * 5_000_000))
    portal.on("/larger", http(b"<p>" + b"words " * 34_000_000))
    scene.watch(parameters='urls = ["/larger"]')
    done = scene.crawl(most_kb=LARGE_KB)
    assert done.verdict == "partial"
    assert "limits.page_bytes" in done.reason
    text = done.result["events"][0]["new"]["text"]
    assert len(text) < 1_100_000
    assert "cut here" in text


def test_pages_in_no_encoding(scene: Scene, portal: HostilePortal) -> None:
    words = "<p>Überprüfung, café, <b>наблюдение</b>".encode()
    charsets = ["utf-16", "utf-7", "zip", "rot13", "unicode_escape", "x" * 5000, "\x1b", "base64", "undefined"]
    for number, charset in enumerate(charsets):
        portal.on(f"/{number}", http(words, f"text/html; charset={charset}"))
        portal.on(f"/m{number}", http(f"<meta charset='{charset}'>".encode() + words, "text/html"))
    portal.on("/", http(words))
    urls = [f'"/{kind}{number}"' for number in range(len(charsets)) for kind in ("", "m")]
    scene.watch(parameters=f"urls = [{', '.join(urls)}]")
    done = scene.crawl()
    assert (done.verdict, len(scene.records())) == ("healthy", len(urls) + 1)


def pdf(objects: Iterable[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of these objects, the first being its catalog."""
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer <</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (len(places) + 1, trailer, table)
    return bytes(out)


def test_documents_made_to_hang_a_reader(scene: Scene, portal: HostilePortal) -> None:
    catalog, leaf = b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"
    empty = b"<</Type/Pages/Count 0/Kids[]>>"
    table = pdf([catalog, empty]).split(b"startxref\n")[1].split()[0]
    bomb = zlib.compress(b"(hello world) Tj " * 2_000_000, 9)
    drawn = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"
    documents = {
        "pages": pdf([catalog, b"<</Type/Pages/Count 2000000000/Kids[3 0 R]>>", leaf]),
        "circle": pdf([catalog, b"<</Type/Pages/Count 5/Kids[2 0 R 2 0 R]>>"]),
        "tables": pdf([catalog, empty], b"/Prev %010d" % int(table)),
        "locked": pdf(
            [catalog, empty, b"<</Filter/Standard/V 4/R 4/O(x)/U(y)/P -1>>"], b"/Encrypt 3 0 R/ID[(a)(b)]"
        ),
        "many": pdf([catalog, b"<</Type/Pages/Count 30000/Kids[%s]>>" % (b"3 0 R " * 30_000), leaf]),
        "bomb": pdf([
            catalog, b"<</Type/Pages/Count 1/Kids[3 0 R]>>", drawn,
            b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(bomb), bomb),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        ]),
        "rubbish": b"%PDF-1.7 nothing of the kind " * 50,
    }  # fmt: skip
    portal.on("/", http(page("Documents.", [f"/{name}.pdf" for name in documents])))
    for name, body in documents.items():
        portal.on(f"/{name}.pdf", http(body, "application/pdf"))
    scene.watch()
    done = scene.crawl()
    assert (done.verdict, done.result["files"], done.result["file_errors"]) == ("healthy", len(documents), 0)
    assert {row["size"] for row in scene.file_versions()} == {len(body) for body in documents.values()}
