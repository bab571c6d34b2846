"""Recordings that are really listened to, by a small engine; and engines that are missing, wrong, slow or killed."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from config.errors import ConfigError
from config.home import Speech
from config.programs import FFMPEG
from releases.speech.engine import open_engine, transcribe
from releases.speech.recording import Progress, has_failed, listen, load
from tests.services.programs import ESPEAK, needs_program
from tests.unit.releases.facts.made_media import make

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture(scope="module")
def spoken(tmp_path_factory):
    """Two sentences with a pause between them: about nine seconds."""
    folder = tmp_path_factory.mktemp("spoken")
    words = "yesterday . nobody answered . <break time='2s'/> go forward . the investigation"
    voice = ["-m", "-v", "en-us", "-s", "120", "-g", "4"]
    subprocess.run([needs_program(ESPEAK), *voice, "-w", folder / "e.wav", words], check=True)
    return make(folder / "spoken.mp3", "-i", str(folder / "e.wav"), "-b:a", "128k")


def whisper(folder: Path, body: str) -> Speech:
    """A program that answers like whisper.cpp, whose models are too large for a test; and a model."""
    program = folder / "whisper-cli"
    program.write_text(f"#!{sys.executable}\nimport sys, time, json, os\nwords = sys.argv\n{body}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (folder / "tiny.bin").write_bytes(b"a model")
    return Speech(engine="whisper.cpp", model=str(folder / "tiny.bin"))


ANSWER = """
if "--version" in words:
    print("whisper.cpp version: 1.8.2"); sys.exit()
assert words[words.index("-l") + 1] == "es" and open(words[words.index("-f") + 1], "rb").read(4) == b"RIFF"
said = [{"offsets": {"from": 0, "to": 1500}, "text": " hola", "tokens": [{"text": "[_BEG_]", "p": 0.1}, {"text": " hola", "p": 0.8}]},
        {"offsets": {"from": 1500, "to": 1600}, "text": " "}]
json.dump({"result": {"language": "es"}, "transcription": said}, open(words[words.index("-of") + 1] + ".json", "w"))
"""


def test_a_program_is_asked_and_understood(tmp_path, spoken):
    engine = open_engine(whisper(tmp_path, ANSWER), str(tmp_path / "whisper-cli"))
    assert engine.label.startswith("whisper.cpp 1.8.2 (tiny.bin ")
    state = listen(needs_program(FFMPEG), engine, spoken, "es-MX", tmp_path / "kept", most=3, go_on=lambda: True)
    assert [(one.start, one.end, one.text, one.confidence) for one in state.segments] == [(0.0, 1.5, "hola", 0.8)]
    assert (state.heard, state.language, state.done) == (3.0, "es", True)


@pytest.mark.parametrize(
    ("body", "why"),
    [("sys.exit('cannot read the model')", "damaged"), ("os.kill(os.getpid(), 11)", "crashed"), ("", "damaged"),
     ("open(words[words.index('-of') + 1] + '.json', 'w').write('{')", "crashed"),
     ("bytearray(20 * 1024**3)", "too much memory")],
    ids=["says so", "dies", "says nothing", "nonsense", "memory"],
)  # fmt: skip
def test_an_engine_that_fails_is_tried_again_before_that_is_said_of_the_recording(tmp_path, spoken, body, why):
    body = "if '--version' in words: sys.exit()\n" + body
    engine = open_engine(whisper(tmp_path, body), str(tmp_path / "whisper-cli"))
    for attempt in range(3):
        state = listen(needs_program(FFMPEG), engine, spoken, "en", tmp_path / "kept", most=2, go_on=lambda: True)
        assert (state.trouble, has_failed(state)) == (why, attempt < 2)
        assert state.error


@pytest.mark.parametrize(
    ("settings", "said"),
    [(Speech(), "no speech engine is named"), (Speech(engine="whisper.cpp"), "needs speech.model"),
     (Speech(engine="faster-whisper", model="/nowhere/model"), "no such file or folder"),
     (Speech(engine="whisper.cpp", model=__file__), "there is no such program")],
)  # fmt: skip
def test_what_is_missing_is_one_sentence(settings, said):
    with pytest.raises(ConfigError, match=said) as raised:
        open_engine(settings, "/nowhere/whisper-cli")
    assert "\n" not in str(raised.value)


def test_a_recording_is_heard_in_pieces_and_after_a_kill_goes_on_where_it_was(tmp_path, spoken):
    engine = open_engine(Speech(engine="pocketsphinx"))
    kept = tmp_path / "kept.json"
    script = (
        "import sys; from pathlib import Path; from config.home import Speech\n"
        "from releases.speech.engine import open_engine; from releases.speech.recording import listen\n"
        f"listen({needs_program(FFMPEG)!r}, open_engine(Speech(engine='pocketsphinx')), Path({str(spoken)!r}), 'en',"
        f" Path({str(kept)!r}), most=60, go_on=lambda: True, piece=5)"
    )
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, start_new_session=True)
    while not load(kept, engine).heard:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = load(kept, engine)
    assert 0 < before.heard <= 5

    asked = []
    state = listen(
        needs_program(FFMPEG), engine, spoken, "en", kept, most=60, piece=5, go_on=lambda: not asked.append(1)
    )
    assert state.segments[: len(before.segments)] == before.segments
    assert state.done
    assert 7 < state.heard < 12
    assert len(asked) <= 2
    said = " ".join(one.text for one in state.segments)
    assert sum(word in said for word in ("yesterday", "nobody", "answered", "forward", "investigation")) >= 2, said
    assert [one.start for one in state.segments] == sorted(one.start for one in state.segments)


def test_nothing_more_is_begun_when_the_time_is_over(tmp_path, spoken):
    engine = open_engine(Speech(engine="pocketsphinx"))
    state = listen(needs_program(FFMPEG), engine, spoken, "en", tmp_path / "kept", most=60, go_on=lambda: False)
    assert (state.done, state.heard, state.segments) == (False, 0.0, [])


def test_another_engines_progress_is_not_gone_on_with(tmp_path):
    engine = open_engine(Speech(engine="pocketsphinx"))
    (tmp_path / "kept").write_bytes(msgspec.json.encode(Progress("another engine", heard=5.0)))
    assert load(tmp_path / "kept", engine).heard == 0
    (tmp_path / "kept").write_bytes(b'{"engine": ')
    assert load(tmp_path / "kept", engine).heard == 0


def test_no_sound_and_broken_sound(tmp_path):
    engine = open_engine(Speech(engine="pocketsphinx"))
    silent = make(tmp_path / "silent.mp4", "-f", "lavfi", "-i", "color=s=64x64:d=1")
    state = listen(needs_program(FFMPEG), engine, silent, "en", tmp_path / "a", most=60, go_on=lambda: True)
    assert (state.trouble, state.done) == ("no sound", True)
    broken = tmp_path / "broken.mp3"
    broken.write_bytes(os.urandom(5000))
    state = listen(needs_program(FFMPEG), engine, broken, "en", tmp_path / "b", most=60, go_on=lambda: True)
    assert state.done
    assert state.trouble in {"damaged", "no sound", "no words"}
    (tmp_path / "x.wav").write_bytes(b"RIFF")
    assert transcribe(engine, tmp_path / "x.wav", "en", 1).trouble == "damaged"
