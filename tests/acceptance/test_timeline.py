"""One matter on one timeline: the agency's case, the city's ordinance about it, and a memo that was handed in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sample.server import SamplePortal, portal_file
from tests.acceptance.newsroom import Mailbox, Newsroom
from tests.acceptance.test_deposit import HOW, handed_in, memo
from tests.portals.home import written
from tests.replicas.elms import ElmsReplica, matter

CASE, NUMBER = "lh-2025-0101", "LH-2025-0101"
CLERK = Path(__file__).resolve().parents[1] / "portals" / "lake-harbor-elms" / "portal.toml"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """Read, and never changed."""
    box, tmp_path = Mailbox(), tmp_path_factory.mktemp("timeline")
    with SamplePortal(day=1) as portal, ElmsReplica() as clerk:
        clerk.matters[1] = matter(2, f"FICTIONAL order on body worn camera audits after {NUMBER}", attachments=[])
        (tmp_path / "authority.pem").write_bytes(clerk.authority.cert_pem.bytes())
        found = Newsroom(tmp_path / "home", box, extra=f'ca_file = "{tmp_path / "authority.pem"}"',
                         tables="[resolve]\n" + "\n".join(f'"{host}" = "{at}"' for host, at in clerk.resolve.items()))  # fmt: skip
        found.watch(portal_file(portal.url), "lake-harbor")
        written(found.path / "portals" / "lake-harbor-elms.toml", CLERK.read_text("utf-8"))
        for slug in ("lake-harbor", "lake-harbor-elms"):
            found.crawl(slug)
        portal.day = 3
        found.crawl("lake-harbor")
        found.run(
            "deposit",
            "lake-harbor",
            handed_in(tmp_path, memo()),
            "--about",
            CASE,
            "--how",
            HOW,
            "--dated",
            "2025-03-02",
        )
        yield found
    box.close()


def test_what_several_portals_say_stands_in_one_order(room: Newsroom) -> None:
    rows = room.rows("timeline", NUMBER)
    said = [(row["at"][:10], row["source"], row["what"], row["portal"]) for row in rows]
    assert [row["at"][:10] for row in rows] == sorted(row["at"][:10] for row in rows)
    assert ("2026-02-18", "printed", "introduction date", "lake-harbor-elms") in said
    assert ("2025-03-02", "deposited", "document date", "lake-harbor") in said
    assert any(source == "printed" and what == "incident date" for _, source, what, _ in said)
    assert {what for _, source, what, portal in said if source == "seen" and portal == "lake-harbor"} >= {"new"}
    people = room.run("timeline", NUMBER).stdout
    assert "PRINTED  incident date" in people
    assert "DEPOSIT  document date" in people
    assert "+ deposited" in people
    assert "Referred · City Council: FICTIONAL" in people


def test_a_number_alone_finds_only_what_has_it_as_its_own(room: Newsroom) -> None:
    exact = room.rows("timeline", NUMBER.lower(), "--exact")
    assert {row["portal"] for row in exact} == {"lake-harbor"}
    assert "deposited" in {row["source"] for row in exact}, "what says that it is about the record comes with it"
    assert {row["portal"] for row in room.rows("timeline", NUMBER, "--portal", "lake-harbor-elms")} == {
        "lake-harbor-elms"
    }


def test_nothing_known_is_said(room: Newsroom) -> None:
    assert room.rows("timeline", "Zebulon", "1899") == []
    assert "nothing is held about Zebulon 1899" in room.run("timeline", "Zebulon", "1899").stdout
