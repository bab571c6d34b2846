from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from archive.catalog.database import open_database
from archive.portal_lock import PortalLocked, portal_lock

HOLD = """
import sys
from pathlib import Path
from archive.catalog.database import open_database
from archive.portal_lock import portal_lock
open_database(sys.argv[2])
with portal_lock(Path(sys.argv[1]), "one"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'catalog.sqlite3'}"
    open_database(url)
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path), url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_one_crawl_per_portal(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    with pytest.raises(PortalLocked, match="another crawl of one"), portal_lock(tmp_path, "one"):
        pass
    with portal_lock(tmp_path, "two"):
        pass


def test_the_lock_ends_with_its_process(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait()
    with portal_lock(tmp_path, "one"):
        pass
