"""What people ask the ledger."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import typer

from cli import record as record_verb
from cli import releases as releases_verb
from config.errors import ConfigError
from releases.ledger.queries import EVENT, UnknownRecordError, closest, find, record_rows, releases
from tests.unit.releases.ledger.watch import Outcome, case, pdf


def test_releases_come_newest_first_and_filtered(watch):
    watch.crawl(case("a"))
    watch.crawl(case("a", fields={"status": "closed"}), case("b"))
    assert [event.kind for event in releases()][2] == "new"
    assert [event.key for event in releases(kinds=["changed"])] == ["a"]
    assert len(list(releases(since=watch.now))) == 2
    assert list(releases(portals=["other"])) == []
    assert len(list(releases(limit=1))) == 1


def test_a_record_is_found_by_any_name(watch):
    watch.crawl(case("slug-a", printed_key="2019-0000294"), case("slug-b", printed_key="2019-7"))
    assert find("copa", "slug-a").key == find("copa", "2019-0000294").key == "slug-a"
    with pytest.raises(UnknownRecordError, match="2019-0000294"):
        find("copa", "2019-294")
    with pytest.raises(UnknownRecordError, match="slug-a"):
        find("copa", "slugg-a")
    with pytest.raises(UnknownRecordError, match="Nothing was recorded"):
        find("other", "x")
    assert closest("copa", "2019-294")[0] == "2019-0000294"


def test_a_name_of_several_records_asks_which(watch):
    watch.crawl(case("a", printed_key="7"), case("b", printed_key="7"))
    with pytest.raises(UnknownRecordError, match="a, b"):
        find("copa", "7")


def test_a_record_tells_everything(watch):
    watch.crawl(case("a", pdf("report"), raw="1"))
    file = watch.plan.files_wanted[0].file_id
    watch.files(Outcome(file, digest="sha256:1", capture="c1"))
    watch.crawl(case("a", pdf("report"), fields={"status": "closed"}, raw="2"))
    watch.files(Outcome(file, digest="sha256:2", capture="c2"))
    row = record_rows(find("copa", "a"))
    assert [version["fields"]["status"] for version in row["versions"]] == ["open", "closed"]
    assert [version["digest"] for version in row["files"][0]["versions"]] == ["sha256:1", "sha256:2"]
    assert [event["kind"] for event in row["events"]] == ["new", "changed", "file_replaced"]
    assert tuple(row["events"][0]) == EVENT
    assert any("open → closed" in line for line in record_verb.lines(row))


def run(register, capsys, *arguments: str) -> str:
    app = typer.Typer()
    register(app)
    app(list(arguments), standalone_mode=False)
    return capsys.readouterr().out


@pytest.fixture
def home(watch, tmp_path):
    """A home whose catalog is the one the test filled."""
    (tmp_path / "recordwatch.toml").write_text("")
    (tmp_path / "portals").mkdir()
    return ["--home", str(tmp_path)]


def test_the_releases_verb_speaks_to_people_and_machines(watch, home, capsys):
    watch.crawl(case("a"))
    watch.crawl(case("a", fields={"status": "\x1b[31mclosed"}), case("b", title="[bold]b"))
    table = run(releases_verb.register, capsys, *home, "--kind", "changed")
    assert "status: open →" in table
    assert "\x1b" not in table
    assert "[bold]b" in run(releases_verb.register, capsys, *home, "--portal", "copa")
    rows = [json.loads(line) for line in run(releases_verb.register, capsys, *home, "--json").splitlines()]
    assert [tuple(row) for row in rows] == [EVENT] * 3
    assert "nothing was released" in run(releases_verb.register, capsys, *home, "--kind", "overdue")
    with pytest.raises(ConfigError, match="watched: none"):
        run(releases_verb.register, capsys, *home, "--portal", "nobody")
    with pytest.raises(ConfigError, match="file_replaced"):
        run(releases_verb.register, capsys, *home, "--kind", "gone")


def test_the_record_verb_takes_any_name(watch, home, capsys):
    watch.crawl(case("a", pdf("report"), printed_key="2019-1"))
    said = run(record_verb.register, capsys, "copa", "2019-1", *home)
    assert "report" in said
    assert json.loads(run(record_verb.register, capsys, "copa", "a", "--json", *home))["key"] == "a"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T12:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00+02:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("2026-01-31 12:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("3d", datetime(2026, 1, 28, tzinfo=UTC)),
        ("2w", datetime(2026, 1, 17, tzinfo=UTC)),
    ],
)
def test_since_is_a_time_or_so_long_ago(text, expected):
    assert releases_verb.moment(text, datetime(2026, 1, 31, tzinfo=UTC)) == expected


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "999999w", "3y"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ConfigError, match="no time"):
        releases_verb.moment(text, datetime(2026, 1, 31, tzinfo=UTC) + timedelta())
