"""A home with a file of every kind: handed in, read by the real readers, with what is made of recordings beside them."""

from __future__ import annotations

import gzip
import io
import random
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image

from archive.catalog.models import Capture
from archive.catalog.operations import warc_operations
from archive.ids import uuid7
from archive.model import Failure, Part, SealedWarc
from archive.portal_lock import portal_lock
from archive.warc.crawl_writer import CrawlWriter
from archive.warc.derived_file import write_conversion
from archive.warc.naming import warc_name
from config.home import open_home
from crawler.deposit import deposit
from releases.ledger.deposit import Said
from releases.models import File, FileVersion
from releases.recordings import PLAYABLE
from releases.speech.model import Segment, Transcript
from releases.speech.vtt import MIME, write_vtt
from tests.newsroom.inside import Newsroom
from tests.unit.archive.warc.scene import HEAD, Wire, chunks, crawl
from tests.unit.releases.facts.made_media import make
from tests.unit.releases.text.drawing import Sheet, box, document, words
from tests.unit.releases.text.office_files import letter, mail, packed, sheets

PORTAL = "lake-harbor"
HIDDEN = "Quillfeather"
"""A name under a black box."""
REPORT = document(
    Sheet(words("The taser was used twice.", 72, 720)),
    Sheet(words("Nothing of note happened.", 72, 720)),
    Sheet(words("Tasers are <script>alert(1)</script> carried.", 72, 720), rotate=90),
)
BOTCHED = document(
    Sheet(words(f"Statement of {HIDDEN} at the pier.", 72, 700) + box(70, 690, 320, 722)),
    Sheet(words("The rest may be read.", 72, 720)),
)
EVIL = b"<html><title>Notice</title><body><p>A notice about tasers.</p><script>document.title='pwned'</script></body></html>"
ROWS = "case,what\n" + "".join(f"LH-{n},{'taser' if n == 240 else 'baton'} <b>{n}</b>\n" for n in range(300))
SAID = (
    "yesterday", "nobody answered <b>&</b>", "then the taser was drawn", "go forward", "the investigation ends"
)  # fmt: skip
SECONDS = 20
WIRE = "https://wire.example"
WHOLE = random.Random(6).randbytes(2_500_000)
CODED = b"<p>" + b"coded words " * 5000


def fill(home: Path, folder: Path) -> None:
    """Hand in the files, and keep a transcript, captions and a copy that plays, as crawls do."""
    picture = io.BytesIO()
    Image.effect_noise((2000, 1000), 60).convert("RGB").save(picture, "JPEG", exif=_exif())
    files: dict[str, bytes] = {
        "report.pdf": REPORT, "botched.pdf": BOTCHED, "table.csv": ROWS.encode(), "sheets.xlsx": sheets(),
        "letter.docx": letter("The taser policy of the harbor.", black=HIDDEN), "mail.eml": mail(),
        "packed.zip": packed({"a.txt": "taser log", "b.bin": b"\x00\x01"}), "notice.html": EVIL,
        "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "photo.jpg": picture.getvalue(),
        "notes.txt": ("A long line of notes about nothing.\n" * 2000 + "At last a taser.\n").encode(),
        "odd.bin": bytes(range(256)) * 40,
    }  # fmt: skip
    for name, content in files.items():
        (folder / name).write_bytes(content)
    scene = (
        "-f",
        "lavfi",
        "-i",
        f"testsrc2=s=320x180:r=10:d={SECONDS}",
        "-f",
        "lavfi",
        "-i",
        f"sine=440:r=44100:d={SECONDS}",
    )
    make(folder / "scene.mp4", *scene, "-c:v", "libx264", "-preset", "ultrafast", "-g", "10", "-c:a", "aac")
    make(folder / "odd.avi", "-f", "lavfi", "-i", "testsrc2=s=64x64:r=5:d=1", "-c:v", "mpeg4")
    names = [*files, "scene.mp4", "odd.avi"]
    with Newsroom.over(home):
        opened = open_home(home)
        deposit(
            opened,
            opened.portal(PORTAL),
            [folder / name for name in names],
            Said("A box of files", "memo", "Handed in."),
        )
        heard = tuple(Segment(4.0 * n, 4.0 * n + 3, text) for n, text in enumerate(SAID))
        (folder / "scene.vtt").write_bytes(write_vtt(Transcript(heard, "en", "an engine"), SECONDS, SECONDS))
        (folder / "came.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:02.000\n<v Officer>Hello & <i>bye</i>\n", "utf-8")
        make(folder / "copy.mp4", "-i", str(folder / "odd.avi"), "-c:v", "libx264", "-movflags", "+faststart")
        _made("scene.mp4", folder / "scene.vtt", MIME, "an engine")
        _made("scene.mp4", folder / "came.vtt", MIME, "captions, en")
        _made("odd.avi", folder / "copy.mp4", PLAYABLE, "a copy")
        _crawled(folder)


async def _wires(writer: CrawlWriter) -> list[SealedWarc]:
    """What came over the wire: in two pieces, one longer than it takes; coded; chunked."""
    video = HEAD.replace(b"text/html; charset=utf-8", b"video/mp4\r\nContent-Length: 2500000")
    cut = Failure("body", "the connection broke", True, "disconnect")
    one = await Wire(url=f"{WIRE}/whole", head=video, body=WHOLE[:300_000], failure=cut).play(writer)
    partial = HEAD.replace(b"200 OK", b"206 Partial Content")
    two = await Wire(url=f"{WIRE}/whole", head=partial, body=WHOLE[290_000:]).play(writer)
    parts = Part(one.capture, 0, 300_000), Part(two.capture, 10_000, 2_200_000)
    await writer.assemble(f"{WIRE}/whole", parts, mime="video/mp4", etag='"a"', how="ranges")
    coded = HEAD.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")
    await Wire(url=f"{WIRE}/coded", head=coded, body=gzip.compress(CODED)).play(writer)
    chunked = HEAD.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n")
    await Wire(
        url=f"{WIRE}/chunked", head=chunked, body=chunks(WHOLE[:70_000], WHOLE[70_000:200_000]), chunked=True
    ).play(writer)
    return await writer.seal()


def _crawled(folder: Path) -> None:
    from web.shell import place

    holdings, ident = place.holdings(), uuid7()
    sealed = crawl(folder / "spool", _wires, portal=PORTAL, crawl=ident, large_bytes=100_000)
    with portal_lock(holdings.home.locks, PORTAL):
        holdings.committer.store_warcs(sealed)
        holdings.committer.commit(PORTAL, "listing", warc_operations(sealed))


def captured(path: str, kind: str = "") -> Capture:
    """The newest capture of what came over the wire from there, of this kind."""
    found = Capture.objects.filter(url=f"{WIRE}{path}").order_by("-at", "-id")
    return (found.filter(kind=kind) if kind else found)[0]


def address(name: str, more: str = "") -> str:
    """Of the page of a file, or what stands below it."""
    return f"/files/{File.objects.get(name=name).id}{more}"


def version(name: str) -> FileVersion:
    """Its newest."""
    return FileVersion.objects.get(file=File.objects.get(name=name).id)


def _made(name: str, path: Path, mime: str, engine: str) -> None:
    from web.shell import place

    holdings, of = place.holdings(), version(name)
    with portal_lock(holdings.home.locks, PORTAL):
        crawl = uuid7()
        spool = holdings.home.spool / PORTAL / crawl
        spool.mkdir(parents=True)
        sealed = write_conversion(
            spool, warc_name(PORTAL, datetime.now(UTC), crawl, 0), PORTAL, crawl, {}, capture=of.capture, url=of.url, path=path, mime=mime, engine=engine,
        )  # fmt: skip
        holdings.committer.store_warcs([sealed])
        holdings.committer.commit(PORTAL, "transcripts", warc_operations([sealed]))
        holdings.forget_local([sealed])


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F] = "A camera whose name is nobody's business"
    return exif
