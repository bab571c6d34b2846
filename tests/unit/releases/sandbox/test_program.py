"""A program over hostile bytes: what it may take, what it may see, and how its end is told."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil
import pytest

from releases.sandbox.program import MOST_OUTPUT, Allowed, ProgramFailed, run, without_network

SHELL = "/bin/sh"


def failed(command: list[str], folder: Path, allowed: Allowed) -> ProgramFailed:
    with pytest.raises(ProgramFailed) as error:
        run(command, folder, allowed)
    return error.value


def test_what_it_prints_comes_back(tmp_path: Path) -> None:
    assert run([SHELL, "-c", "printf 'one\\ntwo'; echo aside >&2"], tmp_path, Allowed(30)) == b"one\ntwo"


def test_it_works_in_its_folder_and_finds_its_input_there(tmp_path: Path) -> None:
    (tmp_path / "input").write_text("seven")
    run([SHELL, "-c", "cat input > output"], tmp_path, Allowed(30))
    assert (tmp_path / "output").read_text() == "seven"


def test_it_sees_no_secret_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECORDWATCH_MAIL_PASSWORD", "hunter2")
    seen = run([SHELL, "-c", "env"], tmp_path, Allowed(30)).decode()
    assert "hunter2" not in seen
    assert f"HOME={tmp_path}" in seen


def test_no_shell_reads_its_arguments(tmp_path: Path) -> None:
    said = run(["/bin/echo", "$(touch gone)", ";", "touch gone"], tmp_path, Allowed(30))
    assert said == b"$(touch gone) ; touch gone\n"
    assert not (tmp_path / "gone").exists()


def test_its_own_words_explain_its_failure(tmp_path: Path) -> None:
    error = failed(
        [SHELL, "-c", "echo first >&2; printf 'not a \\033[31mpicture\\n' >&2; exit 3"], tmp_path, Allowed(30)
    )
    assert (error.why, error.error) == ("damaged", "not a  [31mpicture")


def test_silence_is_said_to_be_silence(tmp_path: Path) -> None:
    assert failed([SHELL, "-c", "exit 1"], tmp_path, Allowed(30)).error == "it did not say why"


def test_time_on_the_clock_is_limited_for_it_and_its_children(tmp_path: Path) -> None:
    command = [SHELL, "-c", "sleep 300 & echo $! > child; echo $$ > parent; wait"]
    assert failed(command, tmp_path, Allowed(1)).why == "too slow"
    for name in ("child", "parent"):
        try:
            process = psutil.Process(int((tmp_path / name).read_text()))
            process.wait(60)  # it is killed; when it is gone is the system's affair
        except psutil.NoSuchProcess:
            continue
        except psutil.TimeoutExpired:
            assert process.status() == psutil.STATUS_ZOMBIE


def test_memory_is_limited(tmp_path: Path) -> None:
    error = failed([sys.executable, "-c", "bytearray(3 << 30)"], tmp_path, Allowed(30, memory=1 << 30))
    assert error.why == "too much memory"


def test_what_it_writes_is_limited(tmp_path: Path) -> None:
    failed([SHELL, "-c", "head -c 9000000 /dev/zero > big"], tmp_path, Allowed(30, written=1 << 20))
    assert (tmp_path / "big").stat().st_size <= 1 << 20


def test_what_it_prints_is_limited(tmp_path: Path) -> None:
    printed = run([SHELL, "-c", f"head -c {MOST_OUTPUT + 5} /dev/zero"], tmp_path, Allowed(60))
    assert len(printed) == MOST_OUTPUT


def test_a_crash_is_told_from_an_error(tmp_path: Path) -> None:
    error = failed([SHELL, "-c", "kill -SEGV $$"], tmp_path, Allowed(30))
    assert error.why == "crashed"
    assert "-11" in error.error


def test_it_leaves_no_core_and_keeps_our_own_limits(tmp_path: Path) -> None:
    assert run([SHELL, "-c", "ulimit -c"], tmp_path, Allowed(30)) == b"0\n"


@pytest.mark.skipif(not without_network(), reason="this account may not make network namespaces")
def test_it_has_no_network(tmp_path: Path) -> None:
    listed = run([SHELL, "-c", "cat /proc/net/dev"], tmp_path, Allowed(30)).decode()
    names = {line.partition(":")[0].strip() for line in listed.splitlines() if ":" in line}
    assert names <= {"lo"}


def test_a_program_that_is_not_there_is_an_error_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="/nowhere/at/all"):
        run(["/nowhere/at/all"], tmp_path, Allowed(30))
