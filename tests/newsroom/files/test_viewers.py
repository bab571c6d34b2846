"""A viewer for every kind of file, over real files of that kind."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from tests.newsroom.files.shelf import HIDDEN, SAID, address, version
from tests.newsroom.inside import Newsroom
from web.files.sending import MEDIA_PIECE


def _page(shelf: Newsroom, name: str, query: str = "", role: str = "") -> str:
    answer = shelf.get(address(name, query), role)
    assert answer.status_code == 200, answer.content
    assert HIDDEN not in answer.content.decode()
    return str(answer.content.decode())


def test_a_pdf_opens_at_the_hit_with_its_words_marked_on_the_picture(shelf: Newsroom) -> None:
    page = _page(shelf, "report.pdf", "?q=taser*")
    assert "2 pages with “taser*”" in page
    assert re.findall(r'aria-current="page">(\d+)', page)[-1:] == ["1"]
    assert 'data-key="n" href="?q=taser%2A&amp;page=3"' in page
    left, top, width, height = map(
        int, re.findall(r'class="hit" x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"', page)[0]
    )
    picture = shelf.get(address("report.pdf", "/v/1/pages/1"))
    assert picture.headers["Content-Type"] == "image/webp"
    image = Image.open(io.BytesIO(picture.content)).convert("L")
    darkest = [image.crop(area).getextrema()[0] for area in (
        (left, top, left + width, top + height), (left, top + 3 * height, left + width, top + 4 * height)
    )]  # fmt: skip
    assert darkest[0] < 100 < darkest[1]  # the word stands in the box, and nothing below it
    assert "<mark>taser</mark>" in page
    turned = _page(shelf, "report.pdf", "?q=taser*&page=3")
    _x, _y, wide, high = map(
        int, re.findall(r'class="hit" x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"', turned)[0]
    )
    assert high > wide  # the page is turned, so is the word
    assert "<script>alert(1)" not in turned
    assert "&lt;script&gt;alert(1)" in turned
    assert 'rel="prev"' in turned
    assert 'rel="next"' not in turned
    assert "No page with “walrus”" in _page(shelf, "report.pdf", "?q=walrus")


def test_the_same_as_data_and_as_text(shelf: Newsroom) -> None:
    data = shelf.get(address("report.pdf", ".json?q=taser")).json()
    assert data["hits"] == [{"page": 1, "count": 1}]
    assert (data["pages"], data["page"]["number"], data["viewer"]) == (3, 1, "pdf")
    assert len(data["page"]["marks"]) == 1
    assert data["versions"][0]["digest"] == version("report.pdf").digest
    whole = shelf.get(address("report.pdf", "/v/1/text.txt"))
    assert b"".join(whole.streaming_content).decode().split("\f")[1].strip() == "Nothing of note happened."
    assert whole.headers["Content-Security-Policy"].startswith("sandbox")
    one = shelf.get(address("report.pdf", "/v/1/text?page=2"))
    assert b"".join(one.streaming_content).decode().strip() == "Nothing of note happened."


def test_a_replaced_file_says_so_and_leads_to_what_changed(shelf: Newsroom) -> None:
    page = _page(shelf, "LH-2025-0103 Summary Report", "?v=1")
    assert "The portal has replaced it since" in page
    assert re.search(r'href="/diff/captures/[0-9a-f-]{36}/[0-9a-f-]{36}"', page)
    newest = _page(shelf, "LH-2025-0103 Summary Report")
    assert "The portal has replaced it since" not in newest
    assert "2 of 2" in newest


@pytest.mark.parametrize(
    ("name", "query", "words", "never"),
    [
        ("table.csv", "?q=taser", ['<th scope="col">what', "<mark>taser</mark> &lt;b&gt;240", "Part 3 of 3", "In its parts"], ["LH-99"]),
        ("sheets.xlsx", "", ["Complaints", "LH-17", "TRUE"], ["<b>"]),
        ("sheets.xlsx", "?page=3", ["█████ stands for words"], ["badge 4411"]),
        ("letter.docx", "?q=policy", ["The taser <mark>policy</mark> of the harbor", "█████"], []),
        ("mail.eml", "", ["From: Ada Byrne", "Please find the statement"], []),
        ("packed.zip", "", ["What is packed in it", "b.bin"], []),
        ("packed.zip", "?page=2", ["taser log"], []),
        ("notice.html", "?q=tasers", ["A notice about <mark>tasers</mark>"], ["pwned"]),
        ("notes.txt", "?q=taser", ["At last a <mark>taser</mark>", "Part 5 of 5", "stands here 1 time"], []),
        ("photo.jpg", "", ["/v/1/pages/1", "Drawn anew"], []),
        ("odd.bin", "", ["Nothing here shows this kind of file", "Download"], []),
        ("odd.avi", "", ["/v/1/playable", "a copy made from it"], []),
        ("LH-2025-0101 911 Call", "", ['<audio id="player"', "/v/1/bytes", "Nobody has written down"], ["<video"]),
    ],
)  # fmt: skip
def test_other_kinds(shelf: Newsroom, name: str, query: str, words: list[str], never: list[str]) -> None:
    page = _page(shelf, name, query)
    assert [one for one in words if one not in page] == []
    assert [one for one in never if one in page] == []
    assert len(page) < 100_000


def test_pictures_are_drawn_anew(shelf: Newsroom) -> None:
    drawn = shelf.get(address("photo.jpg", "/v/1/pages/1"))
    image = Image.open(io.BytesIO(drawn.content))
    assert (image.format, image.size) == ("WEBP", (1400, 700))
    assert b"nobody's business" not in drawn.content
    assert shelf.client().get(
        address("photo.jpg", "/v/1/pages/1"), headers={"If-None-Match": drawn.headers["ETag"]}
    ).status_code == 304  # fmt: skip
    assert shelf.get(address("photo.jpg", "/v/1/pages/2")).status_code == 404


def test_a_recording_with_what_is_said_in_it(shelf: Newsroom) -> None:
    page = _page(shelf, "scene.mp4", "?q=taser&t=9.5")
    assert "#t=9.500" in page
    assert "<mark>taser</mark> was drawn" in page
    assert 'data-seconds="8.000" href="?q=taser&amp;t=8.0">0:08</a>' in page
    assert "nobody answered &lt;b&gt;&amp;&lt;/b&gt;" in page
    assert "1 place with “taser”" in page
    assert page.count("<track ") == 2
    assert 'srclang="en"' in page
    heard = shelf.get(address("scene.mp4", "/v/1/captions/transcript.vtt"))
    assert heard.headers["Content-Type"].startswith("text/vtt")
    assert heard.content.decode().count("-->") == len(SAID)
    assert "nobody answered &lt;b&gt;&amp;" in heard.content.decode()
    came = shelf.get(address("scene.mp4", "/v/1/captions/captions-1.vtt")).content.decode()
    assert came.endswith("00:00:00.000 --> 00:00:02.000\nHello &amp; bye\n")
    assert shelf.get(address("scene.mp4", "/v/1/captions/captions-2.vtt")).status_code == 404
    poster = shelf.get(address("scene.mp4", "/poster"))
    assert poster.content.startswith(b"\xff\xd8\xff")
    player = shelf.client().get(
        address("odd.avi", "/v/1/playable"), headers={"Range": "bytes=0-", "Sec-Fetch-Dest": "video"}
    )
    copy = b"".join(player.streaming_content)
    assert player.status_code == 206
    assert player.headers["Content-Type"] == "video/mp4"
    assert copy[4:8] == b"ftyp"
    assert len(copy) <= MEDIA_PIECE


HOSTILE = (
    "?v=0", "?v=-1", "?v=99", "?v=x", "?v=%00", f"?v={'9' * 400}", "?page=99", "?page=%00&part=%00", f"?page={'9' * 5000}",
    "?q=%00", f"?q={'a' * 20_000}", "?q=%22", "?q=((((", "?q=title:", "?t=nan", "?t=1e400", "?t=-1", "?cues=99999999", "?part=99999999",
    "/v/99/bytes", "/v/99999999999999999999/bytes", "/v/1/pages/0", "/v/1/pages/99999999999999999999", "/v/1/captions/..vtt",
    "/v/1/captions/%2e%2e%2f.vtt", "/poster?v=%D9%A3", "/v/1/text?page=99999999", "/v/1/text?page=%00", ".json?page=99", ".json?v=%FF",
)  # fmt: skip


def test_nonsense_is_answered_in_words(shelf: Newsroom) -> None:
    for name, asked in (("report.pdf", HOSTILE), ("scene.mp4", HOSTILE[::3]), ("table.csv", HOSTILE[1::3])):
        for more in asked:
            answer = shelf.get(address(name, more))
            assert answer.status_code in {200, 404}, (name, more, answer.status_code)
    for path in ("/files/x", "/files/%00", f"/files/{'a' * 64}", f"/files/{'a' * 4000}", "/files/x.json", "/captures/%00/bytes", "/captures/x/bytes", "/files/x/poster"):  # fmt: skip
        assert shelf.get(path).status_code == 404, path
    assert shelf.client().post(address("report.pdf")).status_code == 405
