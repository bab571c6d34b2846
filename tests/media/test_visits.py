"""Recordings that only a page's scripts know: what its players asked for in a browser leads the media stage to them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import count

import msgspec
import pytest

from crawler.capture.media.memory import MEDIA_TYPE, Memory
from tests.media.conftest import Agency, payload, records, run
from tests.replicas.media_hosts import AGENCY, MediaHosts, page
from tests.replicas.server import Reply
from tests.services.browser import needs_chromium

DETAIL = 'detail = { browser = true, files = ["video.case", "iframe"] }'
STREAM = """(async () => {
  const link = (await (await fetch("/link")).json()).url, text = async url => (await fetch(url)).text();
  const video = document.body.appendChild(document.createElement("video"));
  video.className = "case";
  const variant = new URL((await text(link)).trim().split("\\n").pop(), link);
  const piece = (await text(variant)).split("\\n").find(line => line.endsWith(".ts"));
  await text(new URL(piece, variant));
})();"""
FILE = """(async () => {
  const video = document.body.appendChild(document.createElement("video"));
  video.src = (await (await fetch("/file")).json()).url;
})();"""
TWO = """document.body.insertAdjacentHTML("beforeend", "<video class=case></video>");
for (const name of ["a", "b"]) fetch(`/${name}` + ".mp4");"""


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory, made: dict[str, bytes]) -> Iterator[Agency]:
    needs_chromium()
    signed = count(1)

    def link(name: str) -> Reply:
        number = next(signed)
        return Reply({"url": f"https://{AGENCY}/{name}?e={number}&sig={hashlib.sha256(bytes([number])).hexdigest()}.x"})

    with MediaHosts(made) as hosts:
        scripts = {"stream": STREAM, "frame": FILE, "two": TWO}
        hosts.pages |= {f"/{name}.js": Reply(text, kind="text/javascript") for name, text in scripts.items()}
        hosts.pages |= {
            "/link": lambda: link("master-ts.m3u8"),
            "/file": lambda: link("b.mp4"),
            "/case/stream": page('<script src="/stream.js"></script>'),
            "/case/frame": page('<video src="/a.mp4" muted></video><iframe src="/player/7"></iframe>'),
            "/case/two": page('<script src="/two.js"></script>'),
            "/player/7": page('<script src="/frame.js"></script>'),
        }
        one = Agency(tmp_path_factory.mktemp("visits"), hosts)
        one.toml = one.toml.replace('files = ["a.play"]', DETAIL).replace(
            "[parameters]", "behaviours = []\n[parameters]"
        )
        one.links = dict.fromkeys(("stream", "frame", "two"), "/")
        yield one


def test_what_a_page_played_is_archived_and_its_next_crawl_costs_no_byte_of_it(agency: Agency):
    hosts, made = agency.hosts, agency.hosts.made
    agency.crawl()
    first = {key: agency.file(key) for key in agency.links}
    whole = made["ts0.ts"] + made["ts1.ts"]
    (version,) = first["stream"]["versions"]
    assert payload(agency, version["capture"]) == whole, "of master, variant and piece that it asked for, the master"
    (version,) = first["frame"]["versions"]
    assert payload(agency, version["capture"]) == made["b.mp4"], "what the frame played, not what plays around it"
    assert first["two"]["outcome"].endswith("(this is a list of 2 recordings)")
    told = [msgspec.json.decode(block, type=Memory) for block in records(agency, MEDIA_TYPE)]
    assert {one.recording.extractor for one in told} == {"visit"}

    hosts.asked.clear()
    agency.crawl()
    ours = [one for one in hosts.media_asked() if "sec-fetch-mode" not in one.headers]
    assert sorted(one.path for one in ours) == ["/b.mp4", "/ts1.ts"]
    assert all("if-none-match" in one.headers for one in ours), "signed anew, and no byte twice"
    assert agency.events() == []
    assert {key: agency.file(key)["versions"] for key in first} == {key: one["versions"] for key, one in first.items()}
    assert run("verify", "--full", "--home", agency.home).code == 0
