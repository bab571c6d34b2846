"""Each shape of a host, by the resolver's own process and the real door: what is asked, what comes together."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from msgspec.structs import replace

from archive.model import Held
from archive.warc.crawl_writer import CrawlWriter
from config.home import Settings
from config.portal import Politeness, Portal
from config.programs import FFMPEG
from crawler.capture.client import WireClient
from crawler.capture.door import Door
from crawler.capture.limits import LimitExceeded
from crawler.capture.media.choose import choose, way
from crawler.capture.media.found import as_file, media_addresses, named, recordings
from crawler.capture.media.outcomes import Unhad
from crawler.capture.media.playable import make_copy, needed
from crawler.capture.media.resolver import SCRIPT, Resolved, Resolver
from crawler.capture.media.take import Taken, Taker
from crawler.capture.policy import NetworkPolicy
from crawler.capture.redirects import BadAddress
from crawler.capture.wire import ExchangeFailed
from tests.media.conftest import seconds
from tests.replicas.media_hosts import AGENCY, PLAYER, SECONDS, WIDGET, YOUTUBE, MediaHosts, Video, page
from tests.replicas.server import Reply
from tests.services.programs import needs_program

TOO_LARGE = "limits.file_bytes"
CASE = f"https://{AGENCY}/case/1"
PORTAL = Portal("p", "n", "a", "pl", f"https://{AGENCY}/", "table", allow_private_network=(AGENCY,),
                politeness=Politeness(delay=0.0))  # fmt: skip


class NothingHeld:
    """Every URL is new."""

    async def latest(self, url: str) -> None: ...

    async def latest_many(self, urls: Iterable[str]) -> dict[str, Held]:
        return {}

    async def led_to(self, url: str) -> str:
        return ""

    async def begun(self, url: str) -> None: ...


@dataclass(frozen=True)
class Here:
    """A door to the replica, a resolver and a taker, in one crawl."""

    hosts: MediaHosts
    portal: Portal
    writer: CrawlWriter
    door: Door
    resolver: Resolver
    taker: Taker

    async def resolve(self, url: str) -> Resolved:
        return await self.resolver.resolve(url, CASE)

    async def take(self, url: str) -> list[Taken]:
        """All that is taken of the recording at `url`."""
        resolved = await self.resolve(url)
        assert resolved.info is not None, resolved
        formats = choose(resolved.info, ("en",), self.portal.limits.file_bytes).formats
        taken = []
        for one in formats:
            if way(one) == "file":
                taken.append(await self.taker.file(one, CASE, None))
            else:
                taken.append(await self.taker.whole(await self.taker.stream(one, CASE), one, CASE))
        return taken

    def payload(self, capture: str) -> bytes:
        with self.writer.open_payload(capture) as stream:
            return stream.read()


Test = Callable[[Here], Awaitable[None]]


@pytest.fixture(scope="module")
def hosts(made: dict[str, bytes]):
    with MediaHosts(made) as served:
        served.videos |= {
            "11": Video(captions=True), "12": Video(progressive="", hls="master-range.m3u8"),
            "13": Video(progressive="", hls="master-aes.m3u8"), "14": Video(progressive="", dash="dash.mpd"),
            "15": Video(progressive="", hls="master-split.m3u8"), "16": Video(state="removed"),
            "17": Video(state="privacy"), "18": Video(state="live"),
            "yt_bot00000": Video(state="bot"), "yt_age00000": Video(state="age"), "yt_geo00000": Video(state="geo"),
            "yt_private0": Video(state="private"),
        }  # fmt: skip
        yield served


@asynccontextmanager
async def opened(hosts: MediaHosts, folder: Path, portal: Portal = PORTAL) -> AsyncIterator[Here]:
    authority = folder / "authority.pem"
    authority.write_bytes(hosts.authority.cert_pem.bytes())
    client = WireClient(NetworkPolicy(portal.allows_private, hosts.resolve), ca_file=str(authority))
    writer = CrawlWriter(folder / "spool", portal="p", crawl="c", info={}, known=lambda digests: {})
    door = Door(portal, Settings(), client, writer, NothingHeld(), locks=None)
    try:
        async with Resolver(door, portal.limits, portal.languages) as resolver:
            taker = Taker(door, writer, portal.limits, portal.politeness.connections)
            yield Here(hosts, portal, writer, door, resolver, taker)
    finally:
        await writer.close()
        await door.close()
        await client.close()


def crawled(hosts: MediaHosts, folder: Path, test: Test, portal: Portal = PORTAL) -> None:
    async def run() -> None:
        async with opened(hosts, folder, portal) as here:
            await test(here)

    asyncio.run(run())


def test_byte_ranges_keys_dash_and_groups_of_sound_become_files_that_play(hosts: MediaHosts, tmp_path: Path):
    ffmpeg = needs_program(FFMPEG)

    async def test(here: Here) -> None:
        made = hosts.made
        (ranges,) = await here.take(f"https://{PLAYER}/video/12")
        assert here.payload(ranges.capture) == made["range.ts"]
        spans = [one.headers["range"] for one in hosts.asked if one.path.endswith("range.ts")]
        assert len(spans) == 2
        assert spans[0].startswith("bytes=0-")

        (locked,) = await here.take(f"https://{PLAYER}/video/13")
        assert here.payload(locked.capture) == made["aes0.ts"] + made["aes1.ts"], "as it is served: encrypted"
        assert [one.path.rpartition("/")[2] for one in hosts.asked].count("key.bin") == 1

        picture, sound = await here.take(f"https://{PLAYER}/video/14")
        assert (picture.mime, sound.mime) == ("video/mp4", "audio/mp4")
        assert here.payload(picture.capture) == b"".join(
            made[f"{name}-stream0{end}"]
            for name, end in (("init", ".m4s"), ("chunk", "-00001.m4s"), ("chunk", "-00002.m4s"))
        )
        grouped = await here.take(f"https://{PLAYER}/video/15")
        assert len(grouped) == 2

        for place, taken in enumerate(([ranges], [locked], [picture, sound], grouped)):
            assert needed(taken)
            folder = tmp_path / f"copy{place}"
            folder.mkdir()
            path = await asyncio.to_thread(make_copy, ffmpeg, folder, taken, here.writer.open_payload)
            assert abs(seconds(path) - SECONDS) < 0.2
            told = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=codec_type", "-of", "csv=p=0", path],
                                  check=True, capture_output=True, text=True).stdout.split()  # fmt: skip
            assert sorted(told) == ["audio", "video"]

    crawled(hosts, tmp_path, test)


def test_hosts_refusals_are_told_apart(hosts: MediaHosts, tmp_path: Path):
    hosts.robots = "User-agent: *\nDisallow: /video/40\n"

    async def test(here: Here) -> None:
        said = {
            url: (await here.resolve(url)).trouble
            for url in (
                f"https://{PLAYER}/video/16", f"https://{PLAYER}/video/17", f"https://{PLAYER}/video/18",
                f"https://{YOUTUBE}/watch?v=yt_removed0", f"https://{YOUTUBE}/watch?v=yt_private0",
                f"https://{YOUTUBE}/watch?v=yt_bot00000", f"https://{YOUTUBE}/watch?v=yt_age00000",
                f"https://{YOUTUBE}/watch?v=yt_geo00000",
                f"https://{WIDGET}/player/?url=https%3A//api.soundcloud.com/tracks/99",
                f"https://{AGENCY}/nothing-here",
            )
        }  # fmt: skip
        assert list(said.values()) == [
            "removed", "login", "live", "removed", "private", "login", "age", "geo", "removed", "removed",
        ]  # fmt: skip
        resolved = await here.resolve(f"https://{PLAYER}/video/16")
        assert resolved.evidence is not None
        assert resolved.evidence.status == 404
        refused = await here.resolve(f"https://{PLAYER}/video/40")
        assert refused.trouble == "unreachable"
        assert "robots.txt of this host refuses" in refused.said
        hosts.pages["/plain"] = page("nothing plays here")
        assert (await here.resolve(f"https://{AGENCY}/plain")).trouble == "unsupported"

    crawled(hosts, tmp_path, test)


def test_a_page_of_the_agencys_own_is_read_by_us_where_the_resolver_knows_no_player(hosts: MediaHosts, tmp_path: Path):
    shown = page(f'<script>player("https:\\/\\/{AGENCY}\\/a.mp4?x=1")</script>')
    (forms,) = recordings(named(media_addresses(str(shown.body), CASE)))
    found = as_file(forms, CASE)

    async def test(here: Here) -> None:
        (one,) = choose(found, ("en",), 10**9).formats
        taken = await here.taker.file(one, CASE, None)
        assert taken.digest == f"sha256:{hashlib.sha256(hosts.made['a.mp4']).hexdigest()}"

    crawled(hosts, tmp_path, test)


def test_an_expired_link_is_told_from_a_refusal(hosts: MediaHosts, tmp_path: Path):
    async def test(here: Here) -> None:
        resolved = await here.resolve(f"https://{PLAYER}/video/11")
        hosts.sign()
        assert resolved.info is not None
        with pytest.raises(Unhad) as refused:
            await here.taker.file(resolved.info.formats[0], CASE, None)
        assert refused.value.expired
        assert refused.value.status == 410

    crawled(hosts, tmp_path, test)


@pytest.mark.parametrize(
    ("playlist", "why"),
    [
        ("#EXTM3U\n" + "#EXTINF:1,\na.ts\n" * 20_001 + "#EXT-X-ENDLIST", "more than 20000 pieces"),
        ("#EXTM3U\n#EXTINF:1,\na.ts\n", "live stream"),
        ('#EXTM3U\n#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://x"\n#EXTINF:1,\na.ts\n#EXT-X-ENDLIST', "rights management"),
        ('#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="' + '"' * 5000 + "\n#EXTINF:1,\na.ts\n#EXT-X-ENDLIST", "no player"),
        ("#EXTM3U\n#EXTINF:1,\nhttp://169.254.169.254/latest/a.ts\n#EXT-X-ENDLIST", "not on the public internet"),
        ("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/a.ts\n#EXT-X-ENDLIST", "not on the public internet"),
        ("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST", "http:// or https:// URL"),
        ("#EXTM3U\n#EXTINF:1,\n/a.mp4\n#EXTINF:1,\n/b.mp4\n#EXT-X-ENDLIST", TOO_LARGE),
    ],
    ids=["a million pieces", "endless", "drm", "quotes", "metadata service", "loopback", "a local file", "too large"],
)
def test_hostile_playlists(hosts: MediaHosts, tmp_path: Path, playlist: str, why: str):
    hosts.made["hostile.m3u8"] = playlist.encode()
    portal = replace(PORTAL, limits=replace(PORTAL.limits, file_bytes=30_000)) if why == TOO_LARGE else PORTAL

    async def test(here: Here) -> None:
        info = as_file(named([f"https://{AGENCY}/x.mp4"]), CASE)
        one = replace(info.formats[0], url=f"https://{AGENCY}/hostile.m3u8", protocol="m3u8_native")
        with pytest.raises((Unhad, ExchangeFailed, LimitExceeded, BadAddress), match=why):
            await here.taker.whole(await here.taker.stream(one, CASE), one, CASE)

    crawled(hosts, tmp_path, test, portal)


def test_a_host_that_never_answers_redirects_for_ever_or_nests_without_end(hosts: MediaHosts, tmp_path: Path):
    answered = threading.Event()

    def hang() -> Reply:
        answered.wait(60)
        return page("at last")

    hops = count()
    hosts.pages |= {
        "/hangs": hang,
        "/loops": lambda: Reply("", 302, headers=(("Location", f"/loops?{next(hops)}"),)),
        f"https://{PLAYER}/video/66": page(f"<script>window.playerConfig = {'[' * 200_000}</script>"),
        f"https://{PLAYER}/video/67": page('<script>window.playerConfig = {"video":' + '{"a":' * 200_000 + "</script>"),
    }

    async def test(here: Here) -> None:
        assert (await here.resolve(f"https://{PLAYER}/video/66")).trouble == "unreachable"
        assert (await here.resolve(f"https://{PLAYER}/video/67")).trouble == "unreachable"
        assert (await here.resolve(f"https://{AGENCY}/loops")).trouble == "unreachable"
        assert next(hops) < 50
        here.resolver.limits = replace(PORTAL.limits, browser_seconds=1.0)
        slow = await here.resolve(f"https://{AGENCY}/hangs")
        answered.set()
        assert "limits.browser_seconds" in slow.said
        assert hosts.asked[-1].path == "/hangs"
        here.resolver.limits = PORTAL.limits
        assert (await here.resolve(f"https://{PLAYER}/video/11")).info is not None, "the next question is answered"

    crawled(hosts, tmp_path, test)


def test_the_process_reaches_nobody_but_the_proxy_and_starts_nothing(tmp_path: Path):
    inside = (
        "import runpy, sys, socket, subprocess, os\n"
        f"script = runpy.run_path({str(SCRIPT)!r})\n"
        "script['_keep_to'](('127.0.0.1', 9))\n"
        "def tried(what):\n"
        "    try: what()\n"
        "    except PermissionError as error: print(error)\n"
        "    except OSError: print('let through')\n"
        "tried(lambda: socket.create_connection(('127.0.0.1', 10), 1))\n"
        "tried(lambda: socket.create_connection(('127.0.0.1', 9), 1))\n"
        "tried(lambda: subprocess.run(['/bin/true']))\n"
        "tried(lambda: os.system('true'))\n"
        f"tried(lambda: open({str(tmp_path / 'x')!r}, 'w'))\n"
    )
    said = subprocess.run([sys.executable, "-I", "-c", inside], capture_output=True, text=True, check=True).stdout
    assert said.splitlines() == [
        "only the recording proxy may be reached", "let through", "no program is started here",
        "no program is started here", "no file is written here",
    ]  # fmt: skip
