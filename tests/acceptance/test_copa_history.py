"""COPA's real history, 2016 to 2021: dated lists through a real server, crawled one after another.

The events must be those that `copa_truth` computes from the lists alone, no more and no fewer, across
the host move, http → https, the printed numbers' changes of form, and a change of the page layout.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.acceptance import copa_truth
from tests.acceptance.copa_deadlines_truth import posted
from tests.acceptance.copa_server import HOSTS, CopaServer
from tests.acceptance.newsroom import Mailbox, Newsroom

LISTS = copa_truth.lists()
"""None where the real lists are not beside this checkout: then there is nothing to hold the crawls to."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[CopaServer]:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*HOSTS).configure_cert(context)
    with CopaServer(tls=context) as portal:
        yield portal


def seen(events: list[Mapping[str, Any]]) -> set[copa_truth.Event]:
    found: set[copa_truth.Event] = set()
    for event in events:
        if event["kind"] in {"overdue", "retracted"}:  # what the deadlines say is held to its own truth below
            continue
        fields = frozenset(event["new"] or {}) if event["kind"] in {"changed", "restored"} else frozenset()
        one = (event["kind"], event["key"], fields)
        assert one not in found, f"told twice: {one}"
        found.add(one)
    return found


@pytest.mark.parametrize("lists", [LISTS] if LISTS else [], ids=["2016-2021"] if LISTS else [])
def test_the_events_of_five_years_are_those_of_the_lists(tmp_path: Path, server: CopaServer, lists: list[Path]) -> None:
    mailbox = Mailbox()
    room = Newsroom(
        tmp_path / "home", mailbox,
        extra=f'ca_file = "{tmp_path / "ca.pem"}"',
        tables="[resolve]\n" + "\n".join(f'"{host}" = "{address}"' for host, address in server.resolve.items()),
    )  # fmt: skip
    room.watch(server.portal_file(), "copa")
    room.run("alerts", "subscribe", "mailto:desk@example.org", "--portal", "copa")
    truth = copa_truth.history(lists)
    late: set[str] = set()
    for number, (path, expected) in enumerate(zip(lists, truth, strict=True)):
        server.show(path)
        result = room.crawl("copa")
        assert result["verdict"] == "healthy", f"{path.name}: {result['reason']}"
        assert result["backfill"] == (number == 0)
        got = seen(result["events"])
        assert got == expected, (
            f"{path.name}: extra {sorted(map(str, got - expected))[:5]}, missing {sorted(map(str, expected - got))[:5]}"
        )
        assert len({message["Message-ID"] for message in mailbox.messages}) == len(mailbox.messages)
        # These lists have no files, so years later every covered case is overdue, once; and no other one is.
        covered = {name for name, one in posted(lists[: number + 1]).items() if one.status == "covered"}
        told = {kind: {e["key"] for e in result["events"] if e["kind"] == kind} for kind in ("overdue", "retracted")}
        listed = set(copa_truth.cases(path))
        assert told == {"overdue": covered - late, "retracted": (late & listed) - covered}, path.name
        late = (late | covered) - told["retracted"]
    by_tag = [event for event in room.rows("releases", "--limit", "10000") if "reformatted" in event["tags"]]
    assert {event["key"] for event in by_tag} == set().union(
        *(copa_truth.reformatted(before, after) for before, after in pairwise(lists))
    )
    # A synthetic step: the same rows in the 7-column layout of 2026. Nothing happened to any case.
    server.show(lists[-1], layout=7)
    result = room.crawl("copa")
    assert result["verdict"] == "healthy", result["reason"]
    assert seen(result["events"]) == copa_truth.markup_step()
    # An old host's address still finds the case.
    old = copa_truth.rows(lists[0])[0]
    assert room.run("record", "copa", old["url"]).stdout
    assert old["log"] in room.run("record", "copa", old["log"]).stdout
    room.check_archive()
    mailbox.close()
