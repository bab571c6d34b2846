"""The optional component: what an installation says that fails, and that it can be tried again; what happens when it dies."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser

from tests.newsroom.outside.scene import Scene
from tests.unit.cli.conftest import ROOT
from web.outside.replay_component import ComponentFailed, found, install, reason

NO_INDEX = {
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_INDEX_URL": "http://127.0.0.1:1/simple",
    "PIP_RETRIES": "1",
    "PIP_FIND_LINKS": "",
}


def test_an_interrupted_installation_can_be_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "components" / "replay"
    words = (
        f"from pathlib import Path; from web.outside.replay_component import install; install(Path({str(folder)!r}))"
    )
    with subprocess.Popen([sys.executable, "-c", words], cwd=ROOT, start_new_session=True) as one:
        while not [*tmp_path.glob("components/replay.new-*/venv")]:
            assert one.poll() is None
        os.killpg(one.pid, signal.SIGKILL)
    assert found(folder) is None
    for name, value in NO_INDEX.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ComponentFailed) as failed:
        install(folder)
    assert failed.value.what == "pip could not install it: the package index gives no answer"
    assert failed.value.todo == "see that this machine reaches the index that pip is configured for, and try again"
    assert [*folder.parent.iterdir()] == [], "nothing is left of either"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "the disk is full"),
        (
            "The virtual environment was not created successfully because ensurepip is not\navailable.",
            "this Python has no venv",
        ),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "what the index gives is not"),
        (
            "ERROR: Ignored the following versions that require a different python version: 2.10 <3.14",
            "pywb cannot be had for",
        ),
        (
            "  error: subprocess-exited-with-error\nERROR: Failed building wheel for brotlipy",
            "a part of it comes without",
        ),
        (
            "ERROR: Could not find a version that satisfies the requirement brotlipy==0.7.0 (from versions: none)\n"
            "ERROR: No matching distribution found for brotlipy==0.7.0",
            "Could not find a version that satisfies the requirement brotlipy==0.7.0",
        ),
    ],
)
def test_why_it_failed_is_said_in_a_few_words(written: str, why: str) -> None:
    said, todo = reason("", written)
    assert said.startswith(why)
    assert "\n" not in said
    assert todo.endswith("and try again")


def test_a_component_that_dies_is_started_again_and_meanwhile_the_page_says_so(browser: Browser, scene: Scene) -> None:
    path = f"/replay/{scene.captures['/child.html', 'response']}"
    own = os.fsencode(scene.served.home / "components")
    processes = {int(one.parent.name): one.read_bytes() for one in Path("/proc").glob("[0-9]*/cmdline")}
    killed = {ident: words for ident, words in processes.items() if words.startswith(own)}
    address = Path(re.search(r"unix:([^\0]+)", os.fsdecode(b"".join(killed.values())))[1])  # type: ignore[index]
    address.unlink()
    address.mkdir()  # while this is there, it cannot be started
    for ident in killed:
        os.kill(ident, signal.SIGKILL)
    context = browser.new_context(viewport={"width": 360, "height": 800}, color_scheme="dark", locale="es")
    page = context.new_page()
    answer = page.goto(f"{scene.served.url}{path}")
    assert answer is not None
    assert (answer.status, answer.headers["retry-after"]) == (503, "10")
    assert page.locator("iframe").count() == 0
    assert page.evaluate("document.documentElement.lang") == "es"
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert Axe().run(page).response["violations"] == []
    context.close()
    address.rmdir()
    until = time.monotonic() + 60
    while scene.served.get(path).status_code != 200:
        assert time.monotonic() < until, "it is started again"
    assert "A page within a page" in scene.replayed("/child.html").text
