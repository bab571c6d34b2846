"""Every limit of a portal file, crossed through the real command: its key is named, and the crawl goes on or ends well."""

from __future__ import annotations

import pytest

from config.portal import Limits
from tests.hostile.lists import Cases
from tests.hostile.portal_server import HostilePortal, drip, for_ever, http, page, redirect
from tests.hostile.scene import Scene

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n"
PAGES = ("page_bytes", "header_bytes", "idle_seconds", "exchange_seconds", "redirects")
"""What pages cross is tested in `test_answers`; here what files, records and whole crawls cross."""
BROWSER = ("browser_seconds", "browser_requests", "browser_bytes", "browser_memory")
"""What a page in a browser crosses: `tests/browser`."""


def test_each_limit_is_crossed_somewhere() -> None:
    here = {"file_bytes", "crawl_bytes", "files_per_record", "records"}
    recrawls = {"crawl_requests", "crawl_seconds"}  # tests/acceptance/test_recrawls_limits.py
    assert {*PAGES, *BROWSER, *here, *recrawls} == set(Limits.__struct_fields__), (
        "a new limit needs a crawl that crosses it"
    )


def test_files_that_cross_limits_are_named_and_the_rest_is_had(scene: Scene, portal: HostilePortal) -> None:
    names = ["endless", "declared", "head", "slow", "silent", "hops", "good"]
    portal.on("/", http(page("Files of all kinds.", [f"/{name}.pdf" for name in names])))
    portal.on("/endless.pdf", for_ever(HEAD + b"\r\n", b"x" * 10_000))
    portal.on("/declared.pdf", http(b"y" * 90_000, "application/pdf"))
    portal.on("/head.pdf", for_ever(HEAD, b"X-A: b\r\n" * 100))
    portal.on("/slow.pdf", drip(HEAD + b"\r\n", b"z", 0.1, portal.stopping))
    portal.on("/silent.pdf", lambda sock: portal.stopping.wait(30) and None)
    portal.on("/hops.pdf", redirect("/hops1.pdf"))
    portal.on("/hops1.pdf", redirect("/hops2.pdf"))
    portal.on("/good.pdf", http(b"%PDF-1.4" + b" " * 500, "application/pdf"))
    scene.watch(
        limits="file_bytes = 50_000\nheader_bytes = 9_000\nidle_seconds = 0.4\nexchange_seconds = 1.2\nredirects = 1"
    )
    done = scene.crawl()
    assert (done.verdict, done.result["files"], done.result["file_errors"]) == ("healthy", 1, 6)
    outcomes = {row["identity"]: row["outcome"] for row in scene.files()}
    for name, key in {
        "endless": "file_bytes = 50_000", "declared": "file_bytes = 50_000", "head": "header_bytes = 9_000",
        "slow": "exchange_seconds = 1.2", "silent": "idle_seconds = 0.4", "hops": "redirects = 1", "good": "",
    }.items():  # fmt: skip
        assert (f"limits.{key}" if key else "") in outcomes[f"/{name}.pdf"], name
    assert outcomes["/good.pdf"] == ""
    assert scene.captures("/endless.pdf")[0]["payload_length"] >= 50_000, "what came until then is kept"


def test_all_the_bytes_of_a_crawl(scene: Scene, portal: HostilePortal) -> None:
    portal.on("/", http(page("Ten files.", [f"/{number}.pdf" for number in range(10)])))
    portal.on("*", http(b"%PDF" + b"z" * 30_000, "application/pdf"))
    scene.watch(limits="crawl_bytes = 100_000")
    done = scene.crawl()
    outcomes = [row["outcome"] for row in scene.files()]
    assert outcomes.count("") == 3
    assert sum("limits.crawl_bytes = 100_000" in outcome for outcome in outcomes) == 7
    assert done.result["received_bytes"] <= 110_000
    assert done.verdict == "healthy", "its list was read whole"


def test_all_the_bytes_of_a_crawl_used_up_by_its_list(scene: Scene, portal: HostilePortal) -> None:
    portal.on("/", http(page("words " * 200, ["/a", "/b"])))
    portal.on("*", http(page("more " * 2000)))
    scene.watch(limits="crawl_bytes = 8_000", parameters='follow = ["main a"]')
    done = scene.crawl()
    assert done.verdict == "partial"
    assert "limits.crawl_bytes = 8_000" in done.reason


def test_files_of_one_record(scene: Scene, portal: HostilePortal) -> None:
    portal.on("/", http(page("Too many.", (f"/{number}.pdf" for number in range(20_000)))))
    portal.on("*", http(b"%PDF" + b"z" * 300, "application/pdf"))
    scene.watch(limits="files_per_record = 10")
    done = scene.crawl()
    assert done.result["files"] == 10
    assert "19990 files beyond limits.files_per_record were left out" in done.warnings


@pytest.mark.parametrize(
    ("arguments", "limits", "said"),
    [
        ((), "records = 30", "limits.records = 30"),
        (("--max-records", "20"), "records = 30", "--max-records = 20"),
    ],
)
def test_a_list_that_never_ends(
    scene: Scene, portal: HostilePortal, arguments: tuple[str, ...], limits: str, said: str
) -> None:
    Cases(lambda number: [f"lh-{number}-{row}" for row in range(10)]).on(portal)
    scene.watch(spider="sample", limits=limits)
    done = scene.crawl(*arguments)
    assert (done.verdict, done.result["coverage"]) == ("healthy", "limited")
    assert done.result["records"] == int(said.rsplit(maxsplit=1)[-1])
    assert said in done.reason
    assert len(portal.asked) < 200
