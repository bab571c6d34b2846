"""kill -9 in the middle of a page: nothing that was archived is lost, and no browser is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from tests.browser.scene import DETAIL, PORTAL, SLUG, Scene
from tests.replicas.spa import SpaReplica
from tests.unit.cli.conftest import ROOT, Verb, verb

__all__ = ["verb"]  # the fixture


def test_what_was_captured_is_recovered_and_the_browser_ends(verb: Verb, tmp_path: Path):
    family: list[psutil.Process] = []

    def kill(_number: str) -> None:
        family.extend(psutil.Process(crawl.pid).children(recursive=True))
        os.kill(crawl.pid, signal.SIGKILL)

    with SpaReplica() as replica:
        scene = Scene(verb, tmp_path, replica, PORTAL + DETAIL)
        replica.on_case, replica.on_crash = {"2026-002": "crash"}, kill
        command = [sys.executable, "-m", "cli", "crawl", SLUG, "--home", str(scene.home)]
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        ) as crawl:
            assert crawl.wait(120) == -signal.SIGKILL
        assert any("chrom" in process.name() for process in family if process.is_running()) or family
        _, alive = psutil.wait_procs(family, timeout=60)
        assert alive == [], "the browser hangs on a pipe of the crawl's"

        # The request that was killed had its answer under way; all before it were archived.
        before = list(replica.sent)
        assert verb("recover", "--home", scene.home).code == 0
        recovered = scene.exchanges()
        served = scene.served()
        assert len(before) >= 8
        assert recovered <= served
        assert sum((served - recovered).values()) <= 2, "what was being written, and what was being sent"

        said = scene.crawl()
        assert "healthy — 5 records, 5 files" in said.out
        assert verb("verify", "--full", "--home", scene.home).code == 0
