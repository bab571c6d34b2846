"""Programs that tests of media, scans and speech run: the ones that are there, else Debian's packages.

`python -m tests.services.programs` gets what is missing where it may. Never a failure there: a test that
needs a program and has none is skipped, aloud; in CI that is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from config.programs import FFMPEG, FFPROBE, TESSERACT, Program, find

ESPEAK = Program("espeak", ("espeak-ng", "espeak"), "spoken words for tests", "espeak-ng")
"""Only tests need it: it says what the speech engines must hear."""

PACKAGES = {
    FFMPEG: ("ffmpeg",),
    FFPROBE: ("ffmpeg",),
    TESSERACT: ("tesseract-ocr", "tesseract-ocr-spa"),
    ESPEAK: ("espeak-ng",),
}
"""Debian's packages of each program that tests may need."""


def needs_program(program: Program) -> str:
    """Path of `program`. Where there is none the test is skipped, aloud; in CI that is a failure."""
    path = find(program)
    if not path:
        _without(f"{program.looked_for[0]} was not found; the package {program.package} brings it")
    return path


def needs_languages(*languages: str) -> str:
    """Path of a Tesseract that reads `languages` (`eng`, `spa` …); else as `needs_program`."""
    path = needs_program(TESSERACT)
    if missing := sorted(set(languages) - tesseract_languages(path)):
        _without(f"Tesseract does not read {', '.join(missing)}; tesseract-ocr-{missing[0]} brings it")
    return path


def tesseract_languages(path: str) -> set[str]:
    """What `tesseract --list-langs` names."""
    said = subprocess.run([path, "--list-langs"], capture_output=True, text=True, check=True)
    return set((said.stdout or said.stderr).split("\n")[1:]) - {""}


def _without(why: str) -> None:
    import pytest

    (pytest.fail if os.environ.get("CI") else pytest.skip)(why)


def _missing() -> list[str]:
    """Packages that are not here."""
    packages = {package for program, brings in PACKAGES.items() if not find(program) for package in brings}
    tesseract = find(TESSERACT)
    if tesseract and "spa" not in tesseract_languages(tesseract):
        packages.add("tesseract-ocr-spa")
    return sorted(packages)


def main() -> None:
    missing = _missing()
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"installing for the tests of media, scans and speech: {' '.join(missing)}", flush=True)
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *missing]):
            subprocess.run(
                command, check=False, stdout=subprocess.DEVNULL, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            )
        missing = _missing()
    if missing:
        print(
            "TESTS OF MEDIA, SCANS OR SPEECH WILL BE SKIPPED: there is no apt-get that may install\n"
            f"{' '.join(missing)}. Install them, then run `make test` again.",
            file=sys.stderr,
        )
        return
    print("programs for tests: " + ", ".join(find(program) for program in PACKAGES))


if __name__ == "__main__":
    main()
