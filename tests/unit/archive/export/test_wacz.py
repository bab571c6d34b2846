"""A package holds what its revisits refer to, wherever that came from."""

import zipfile

from archive.holdings import Holdings
from archive.wacz import export_wacz
from archive.warc.replay import Replay
from tests.unit.archive.export.test_export import table
from tests.unit.archive.recover.small_crawl import make_home, run


def test_revisits_resolve_inside_the_package(tmp_path):
    home = make_home(tmp_path / "home")
    holdings = Holdings(home)
    run(home, holdings)
    run(home, holdings)
    second = table("releases.Record").order_by("id").last()
    revisit = table("catalog.Capture").get(kind="revisit-identical")
    told = table("releases.Event").get(record=second.id)
    table("releases.Event").filter(pk=told.pk).update(captures=[*told.captures, revisit.id])

    exported = export_wacz(holdings, "copa", second.key, tmp_path / "out.wacz")
    assert exported.size == (tmp_path / "out.wacz").stat().st_size
    with zipfile.ZipFile(tmp_path / "out.wacz") as package:
        package.extract("archive/data.warc.gz", tmp_path)
    replay = Replay.from_file(tmp_path / "archive" / "data.warc.gz")
    row = replay.find(revisit.url, revisit.at)
    assert (row.id, row.kind) == (revisit.id, "revisit-identical")
    assert replay.replay(row).body == b"the same everywhere"
    assert sorted(entry.name for entry in tmp_path.iterdir() if entry.is_file()) == ["out.wacz"]
