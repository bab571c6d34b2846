"""Own pages that nobody can open prove nothing; a next link that leads back is no end of a list."""

from __future__ import annotations

from tests.hostile.portal_server import HostilePortal, http
from tests.hostile.scene import Scene

NEXT = 'row = "li"\nnext = "a.next"'


def listed(numbers: range, following: str = "") -> bytes:
    rows = "".join(f"<li><a href=/case/{n}>Case {n}</a></li>" for n in numbers)
    return http(
        f"<main><ul>{rows}</ul>{f'<a class=next href={following}>next</a>' if following else ''}</main>".encode()
    )


def test_records_whose_links_were_never_alive_are_not_gone_by_a_404(scene: Scene, portal: HostilePortal) -> None:
    scene.watch("/list", spider="listing", parameters=NEXT)
    portal.on("/list", listed(range(1, 31)))
    for _ in range(3):
        assert scene.crawl().verdict == "healthy"
    portal.on("/list", listed(range(21, 31)))
    done = scene.crawl()
    assert done.verdict == "partial"
    assert "every crawl had listed" in done.reason
    assert {record["state"] for record in scene.records()} == {"present"}


def test_records_whose_pages_are_gone_while_others_are_there_are_gone(scene: Scene, portal: HostilePortal) -> None:
    scene.watch("/list", spider="listing", parameters=NEXT)
    portal.on("/list", listed(range(1, 31)))
    for number in range(3, 31):
        portal.on(f"/case/{number}", http(b"<main><p>A case.</p></main>"))
    scene.crawl()
    portal.on("/list", listed(range(3, 31)))
    scene.crawl()
    assert sorted(record["key"] for record in scene.records() if record["state"] == "withdrawn") == [
        "/case/1",
        "/case/2",
    ]


def test_a_next_link_that_leads_back_ends_no_list(scene: Scene, portal: HostilePortal) -> None:
    scene.watch("/list", spider="listing", parameters=NEXT)
    portal.on("/list", listed(range(1, 11), "/list2"))
    portal.on("/list2", listed(range(11, 21), "/list"))
    done = scene.crawl()
    assert done.verdict == "broken"
    assert "a page not read yet" in done.reason
