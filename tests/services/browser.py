"""A Chromium for tests: the one that is there, else Debian's package. `python -m tests.services.browser` gets it.

Never a failure: without a browser the tests that need one are skipped, and say so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from config.errors import RecordwatchError
from crawler.capture.browser.chromium import find


def chromium() -> str:
    """Path of the Chromium that a crawl would use; empty when there is none."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    try:
        return find("", own)
    except RecordwatchError:
        return ""


def needs_chromium() -> str:
    """As `chromium`. Where there is none the test is skipped, aloud; in CI that is a failure."""
    import pytest

    path = chromium()
    if not path:
        why = "no Chromium was found: `tests/services/browser.py` says how to get one"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(why)
    return path


def main() -> None:
    if found := chromium():
        print(f"browser for tests: {found}")
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("no browser was found; installing the package chromium for the browser tests", flush=True)
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]):
            subprocess.run(
                command, check=False, stdout=subprocess.DEVNULL, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            )
    if not chromium():
        print(
            "THE BROWSER TESTS WILL BE SKIPPED: there is no Chromium, and no apt-get that may install one.\n"
            "Get one with `.venv/bin/python -m playwright install chromium`, then run `make test` again.",
            file=sys.stderr,
        )


if __name__ == "__main__":
    main()
