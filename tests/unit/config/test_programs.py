"""A program that is missing is one sentence: what it is needed for, and how to get it."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.home import Programs
from config.programs import PROGRAMS, TESSERACT, Program, ProgramMissing, find, require


def program(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_the_best_of_several_names_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = Program("whisper", ("whisper-cli", "whisper-cpp"), "transcripts", "whisper-cpp")
    program(tmp_path, "whisper-cpp")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find(wanted) == str(tmp_path / "whisper-cpp")
    program(tmp_path, "whisper-cli")
    assert require(wanted) == str(tmp_path / "whisper-cli")


def test_none_is_found_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find(TESSERACT) == ""
    with pytest.raises(ProgramMissing) as missing:
        require(TESSERACT)
    assert str(missing.value) == (
        "tesseract is not on this machine; it is needed for the text of scanned documents."
        " Your system's package `tesseract-ocr` brings it;"
        ' `[programs] tesseract = "/path"` in recordwatch.toml names another'
    )


def test_a_configured_path_counts_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = program(tmp_path, "my-tesseract")
    program(tmp_path, "tesseract")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find(TESSERACT, str(own)) == str(own)
    with pytest.raises(ProgramMissing, match=r"programs\.tesseract = '/nowhere/tesseract': there is no such program"):
        find(TESSERACT, "/nowhere/tesseract")


def test_a_configured_file_that_is_no_program_is_not_taken(tmp_path: Path) -> None:
    file = tmp_path / "tesseract"
    file.write_text("words")
    with pytest.raises(ProgramMissing):
        find(TESSERACT, str(file))


def test_every_program_has_its_key_in_the_settings() -> None:
    assert {one.name for one in PROGRAMS} == set(Programs.__struct_fields__)
