"""One home with a record, a name, a passage and a file under restriction: no verb says a word of them."""

from __future__ import annotations

import gzip
import json
import shutil
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.catalog.models import Capture, Restriction
from archive.holdings import Holdings
from archive.warc.reader import WarcReader
from config.home import open_home
from crawler.replay.shelf import CatalogShelf
from releases.models import Record
from tests.newsroom.editing.restricted import PORTAL, Restricted, flat, report_of, restrict
from tests.unit.cli.conftest import Verb
from tests.unit.cli.test_amending import rebuilt_equal, rows


@pytest.fixture(scope="module")
def shut(watched: Path, tmp_path_factory: pytest.TempPathFactory) -> Restricted:
    home = shutil.copytree(watched, tmp_path_factory.mktemp("shut") / "home")
    return restrict(home, Holdings(open_home(str(home))))


VERBS = {
    "releases": ("releases", "--limit", "500"),
    "releases as JSON": ("releases", "--limit", "500", "--json"),
    "timeline": ("timeline", "{record}", "{named}", "{passed}"),
    "timeline, searched": ("timeline", "{words}", "--search"),
    "deadlines": ("deadlines", "--limit", "0"),
    "deadlines as JSON": ("deadlines", "--json"),
    "deadlines as CSV": ("deadlines", "--csv"),
    "deadlines as ICS": ("deadlines", "--ics", "-"),
    "feed": ("alerts", "feed", "--portal", PORTAL, "--limit", "500"),
    "feed as JSON": ("alerts", "feed", "--portal", PORTAL, "--format", "json"),
    "record": ("record", PORTAL, "{named}"),
    "record as JSON": ("record", PORTAL, "{named}", "--json"),
    "record with the passage": ("record", PORTAL, "{passed}", "--json"),
    "record with the file": ("record", PORTAL, "{filed}", "--json"),
    "search for the title": ("search", "{record}"),
    "search for the name": ("search", '"{name}"'),
    "search for the passage": ("search", '"{passage}"'),
    "search for the file": ("search", '"{words}"'),
    "search in full": ("search", "case OR the", "--limit", "500", "--json"),
    "diff": ("diff", PORTAL, "{named}"),
    "portals": ("portals",),
    "portal": ("portals", "show", PORTAL, "--json"),
    "a key that is nearly one": ("record", PORTAL, "{record}x"),
    "restrictions": ("restrict", "list", "--json"),
}


@pytest.mark.parametrize("path", VERBS)
def test_no_verb_says_a_word_of_it(verb: Verb, shut: Restricted, path: str) -> None:
    asked = [word.format(**vars(shut)) for word in VERBS[path]]
    said = verb(*asked, "--home", shut.home)
    assert said.out + said.err
    told = flat(said.out + said.err)
    for word in asked:  # what was typed may be said back
        told = told.replace(flat(word), "")
    found = [secret for secret in shut.secrets if flat(secret) in told]
    assert found == ([shut.record] if path == "restrictions" else [])


def test_the_record_is_not_there(verb: Verb, shut: Restricted, tmp_path: Path) -> None:
    for arguments in (
        ("record", PORTAL, shut.record),
        ("diff", PORTAL, shut.record),
        ("export", PORTAL, shut.record, "-o", tmp_path / "all.warc.gz"),
        ("export", PORTAL, shut.record, "-o", tmp_path / "all.wacz"),
        ("export", PORTAL, shut.record, "--file", "report", "-o", tmp_path / "one.pdf"),
    ):
        said = verb(*arguments, "--home", shut.home)
        assert said.code != 0, arguments
    assert list(tmp_path.iterdir()) == []


def test_no_bytes_are_given_that_hold_it(verb: Verb, shut: Restricted, tmp_path: Path) -> None:
    for key in (shut.passed, shut.filed):
        said = verb(
            "export",
            PORTAL,
            key,
            "--file",
            report_of(key).id,
            "--with-quarantined",
            "-o",
            tmp_path / "x",
            "--home",
            shut.home,
        )
        assert said.code != 0
        assert "under a restriction" in said.err
    assert list(tmp_path.iterdir()) == []
    for key in (shut.named, shut.passed, shut.filed):
        for output in (tmp_path / f"{key}.warc.gz", tmp_path / f"{key}.wacz"):
            assert verb("export", PORTAL, key, "-o", output, "--home", shut.home).code in {0, 3}
            told = flat(_bodies(output))
            assert [secret for secret in shut.secrets if flat(secret) in told] == []


def _bodies(path: Path) -> str:
    """All that an export says: its WARC's records, and whatever else is packed with them."""
    if path.suffix != ".wacz":
        with path.open("rb") as stream:
            return "".join(record.block.read().decode("latin-1") for record in WarcReader(stream))
    said = []
    with zipfile.ZipFile(path) as pack:
        for name in pack.namelist():
            data = pack.read(name)
            said.append((gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("latin-1"))
    return "".join(said)


def test_replay_holds_it_back_from_editors_too(shut: Restricted) -> None:
    shelf = CatalogShelf(Holdings(open_home(str(shut.home))), editor=True)
    pages = [Record.objects.get(portal=PORTAL, key=key).url for key in (shut.record, shut.named)]
    digests = [report_of(key).digest for key in (shut.record, shut.passed, shut.filed)]
    wanted = Capture.objects.filter(url__in=pages, status=200) | Capture.objects.filter(payload_digest__in=digests)
    rows = [row for row in map(shelf.by_id, wanted.values_list("id", flat=True)) if row is not None]
    assert len(rows) >= 5
    assert shelf.held_back(rows) == {row.id for row in rows}
    free = Capture.objects.filter(url=Record.objects.get(portal=PORTAL, key=shut.passed).url, status=200)
    shown = [row for row in map(shelf.by_id, free.values_list("id", flat=True)) if row is not None]
    assert shown
    assert shelf.held_back(shown) == set()


def test_a_rebuilt_catalog_restricts_the_same(shut: Restricted) -> None:
    assert rebuilt_equal(shut.home)


def test_it_ends_by_itself_and_is_looked_at_again(verb: Verb, home: Path) -> None:
    Holdings(open_home(str(home)))
    key = Record.objects.order_by("key").exclude(key__contains="/")[0].key
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
    by = ("--by", "R. Porter", "--why", "an embargo", "--home", home)
    said = verb("restrict", "record", PORTAL, key, "--until", tomorrow, "--review-by", tomorrow, *by)
    assert (said.code, "shown to nobody" in said.err) == (0, True), said.err
    assert verb("record", PORTAL, key, "--home", home).code != 0
    (row,) = rows(verb, "restrict", "list", "--home", home)
    assert (row["kind"], row["review_by"], row["lifts_at"][:10]) == ("record", str(tomorrow), str(tomorrow))
    later = tomorrow + timedelta(days=30)
    assert verb("restrict", "review", row["id"][-8:], "--review-by", later, *by).code == 0
    assert rows(verb, "restrict", "list", "--home", home)[0]["review_by"] == str(later)
    Restriction.objects.update(lifts_at=datetime.now(UTC) - timedelta(seconds=1))  # that day has come
    assert verb("record", PORTAL, key, "--home", home).code == 0
    assert rows(verb, "restrict", "list", "--home", home) == []
    assert "no restriction in force" in verb("restrict", "lift", row["id"], *by).err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("name", "Al"), "3 letters or more"),
        (("name", "an embargo"), "the reason says the name"),
        (("record", PORTAL, "x", "--until", "2020-01-01"), "ended before it began"),
        (("record", PORTAL, "x", "--until", "soon"), "is no time"),
        (("record", PORTAL, "x", "--review-by", "soon"), "is no day"),
        (("record", PORTAL, "x", "--review-by", "2020-01-01"), "is over"),
        (("passage", "nothing-like-it", "words"), "no such capture"),
    ],
)
def test_what_can_be_no_restriction_says_so(
    verb: Verb, shut: Restricted, arguments: tuple[str, ...], sentence: str
) -> None:
    said = verb("restrict", *arguments, "--by", "R. Porter", "--why", "an embargo", "--home", shut.home)
    assert said.code == 2
    assert sentence in said.err


def test_names_are_printed_to_those_alone_who_ask_for_them(verb: Verb, shut: Restricted) -> None:
    plain = verb("restrict", "list", "--home", shut.home)
    assert shut.name not in plain.out + plain.err
    named = [
        json.loads(line)["of"]
        for line in verb("restrict", "list", "--names", "--json", "--home", shut.home).out.splitlines()
    ]
    assert shut.name in named
