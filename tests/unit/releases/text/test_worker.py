"""Text of real, odd and murderous payloads."""

import io
import os
import signal
import time
import zlib
from pathlib import Path

import pypdfium2
import pytest

import releases.text.worker as worker_module
from releases.text.worker import TextWorker, can_extract


def pdf(*pages: str, filler: int = 0) -> bytes:
    """A small valid PDF, one line of text per page; `filler` bytes of an unused stream make it large."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>"
        % (b" ".join(b"%d 0 R" % (4 + 2 * i) for i in range(len(pages))), len(pages)),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for i, text in enumerate(pages):
        lines = b" ".join(b"(%s) Tj 0 -14 Td" % line.encode("latin-1") for line in text.split("\n"))
        content = b"BT /F1 12 Tf 72 700 Td " + lines + b" ET"
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R /Resources << /Font << /F1 3 0 R >> >> >>"
            % (5 + 2 * i)
        )
        objects.append(b"<< /Length %d >> stream\n%s\nendstream" % (len(content), content))
    if filler:
        objects.append(b"<< /Length %d >> stream\n%s\nendstream" % (filler, b"\0" * filler))
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % p for p in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


@pytest.fixture(scope="module")
def worker():
    with TextWorker() as made:
        yield made


def test_pages_in_order(worker):
    found = worker.extract("application/pdf", pdf("First page", "", "Third page"))
    assert found.pages == ("First page", "", "Third page")
    assert (found.trouble, found.error) == ("", "")
    assert found.engine.startswith("pypdfium2 ")
    assert found.text == "First page\f\fThird page"


@pytest.mark.parametrize("how", ["bytes", "path", "stream"])
@pytest.mark.parametrize("size", [0, 5 * 1024**2])
def test_however_it_is_handed_over(worker, tmp_path, how, size):
    body = pdf("Here", filler=size)
    (tmp_path / "a.pdf").write_bytes(body)
    source = {"bytes": body, "path": tmp_path / "a.pdf", "stream": io.BytesIO(body)}[how]
    assert worker.extract("application/pdf", source).pages == ("Here",)


@pytest.mark.parametrize(
    ("body", "trouble"),
    [
        (b"", "empty"),
        (b"%PDF-1.7\n", "damaged"),
        (b"%PDF-1.7\n" + b"\xff" * 10_000, "damaged"),
        (pdf("x")[:200], "damaged"),
    ],
)
def test_what_cannot_be_read_says_why(worker, body, trouble):
    found = worker.extract("application/pdf", body)
    assert (found.trouble, found.pages) == (trouble, ())
    assert found.error


def test_a_cut_off_end_is_read_anyway(worker):
    assert worker.extract("application/pdf", pdf("Whole")[:-6]).pages == ("Whole",)


ENCRYPTED = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")


def test_encrypted(worker):
    body = pdf("Secret").replace(
        b"trailer << ",
        b"trailer << /ID [<00><00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >> "
        % (ENCRYPTED.hex().encode(), ENCRYPTED.hex().encode()),
    )
    assert worker.extract("application/pdf", body).trouble == "encrypted"


def test_an_unknown_encryption(worker):
    body = pdf("Secret").replace(b"trailer << ", b"trailer << /ID [<00><00>] /Encrypt << /Filter /Nobodys /V 9 >> ")
    assert worker.extract("application/pdf", body).trouble == "encrypted"


def test_a_document_that_kills_the_reader_stops_nobody():
    """The reader is killed under us, as by an exploited parser or the kernel: that document has no text, the next has."""
    with TextWorker() as worker:
        assert worker.extract("application/pdf", pdf("One")).pages == ("One",)
        process, take = worker._sandbox._process, worker._sandbox._take
        os.kill(process.pid, signal.SIGSTOP)

        def killed(asked, *rest):
            os.kill(asked.pid, signal.SIGKILL)
            asked.wait()
            return take(asked, *rest)

        worker._sandbox._take = killed
        found = worker.extract("application/pdf", pdf("Two"))
        assert (found.trouble, found.pages) == ("crashed", ())
        worker._sandbox._take = take
        assert worker.extract("application/pdf", pdf("Three")).pages == ("Three",)
        assert worker._sandbox._process is not process


def test_one_process_for_many(worker):
    worker.extract("application/pdf", pdf("a"))
    process = worker._sandbox._process
    for _ in range(20):
        worker.extract("application/pdf", pdf("a"))
    assert worker._sandbox._process is process


def test_too_slow_on_the_clock():
    with TextWorker(seconds=1) as worker:
        worker.extract("application/pdf", pdf("a"))
        os.kill(worker._sandbox._process.pid, signal.SIGSTOP)
        assert worker._once(b"B", pdf("a")).trouble == "too slow"
        assert worker.extract("application/pdf", pdf("b")).pages == ("b",)


def bomb() -> bytes:
    """A page whose content unpacks to 600 MB of operators."""
    content = zlib.compress(b"q 1 0 0 1 0 0 cm BT /F1 1 Tf (x) Tj ET Q " * 15_000_000, 1)
    plain = pdf("x")
    start = plain.index(b"5 0 obj")
    end = plain.index(b"endobj", start)
    body = b"5 0 obj\n<< /Length %d /Filter /FlateDecode >> stream\n%s\nendstream\n" % (len(content), content)
    return plain[:start] + body + plain[end:]


def test_a_bomb_ends_at_a_limit():
    with TextWorker(seconds=2, memory=512 * 1024**2) as worker:
        started = time.monotonic()
        found = worker.extract("application/pdf", bomb())
        assert found.trouble in {"too slow", "too much memory", "crashed", "damaged"} or found.pages == ("",)
        assert time.monotonic() - started < 30
        assert worker.extract("application/pdf", pdf("after")).pages == ("after",)


def test_too_many_pages_keeps_the_first():
    with TextWorker(most_pages=2) as worker:
        found = worker.extract("application/pdf", pdf("a", "b", "c"))
    assert (found.pages, found.trouble) == (("a", "b"), "too many pages")


def test_too_large(tmp_path):
    with TextWorker(most_bytes=5 * 1024**2) as worker:
        assert worker.extract("application/pdf", io.BytesIO(pdf("a", filler=6 * 1024**2))).trouble == "too large"


def test_the_reader_has_none_of_our_secrets(monkeypatch):
    monkeypatch.setenv("RECORDWATCH_S3_SECRET", "s3cret")
    with TextWorker() as worker:
        worker.extract("application/pdf", pdf("a"))
        assert b"s3cret" not in Path(f"/proc/{worker._sandbox._process.pid}/environ").read_bytes()


def test_the_pages_are_what_pypdfium2_reads(worker):
    body = pdf("The officer was\nrelieved of duty", "Second")
    with pypdfium2.PdfDocument(body) as document:
        direct = []
        for page in document:
            text = page.get_textpage()
            direct.append(text.get_text_range().replace("\r\n", "\n").strip())
            text.close()
            page.close()
    assert list(worker.extract("application/pdf", body).pages) == direct


@pytest.mark.parametrize(
    ("mime", "body", "text"),
    [
        ("text/plain", b"caf\xc3\xa9", "café"),
        ("text/plain; charset=latin-1", b"caf\xe9", "café"),
        ("text/csv", b"\xef\xbb\xbfa,b", "a,b"),
        ("text/plain", "zwölf".encode("utf-16"), "zwölf"),
        ("application/json", b'{"a": "\xe2\x82\xac"}', '{"a": "€"}'),
        ("text/plain; charset=nonsense", b"plain", "plain"),
        ("text/plain", b"a\x00b", "ab"),
    ],
)
def test_other_text(worker, mime, body, text):
    assert worker.extract(mime, body).pages == (text,)


def test_long_text_is_cut(worker, monkeypatch):
    monkeypatch.setattr(worker_module, "TEXT_MOST", 10)
    found = worker.extract("text/plain", b"x" * 11)
    assert (found.pages, found.trouble) == (("x" * 10,), "too large")


def test_html_has_a_title(worker):
    found = worker.extract("text/html", b"<title>T</title><p>Hello <b>there</b></p>")
    assert (found.title, found.pages) == ("T", ("Hello there",))


def test_a_pdf_by_its_bytes_whatever_it_is_called(worker):
    assert worker.extract("application/octet-stream", pdf("a")).pages == ("a",)


def test_unsupported(worker):
    assert worker.extract("video/mp4", b"....").trouble == "unsupported"


@pytest.mark.parametrize(
    ("mime", "url", "can"),
    [
        ("application/pdf", "", True),
        ("text/csv; charset=utf-8", "", True),
        ("application/octet-stream", "https://a/b/Report.PDF?x=1", True),
        ("application/octet-stream", "https://a/b.tar", False),
        ("video/mp4", "https://a/b.pdf", False),
        ("", "", False),
    ],
)
def test_can_extract(mime, url, can):
    assert can_extract(mime, url) is can
