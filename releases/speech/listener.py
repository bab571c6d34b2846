"""The sandboxed half of engines that are Python packages: listens to one WAV file, and prints what it heard.

Run as `python -I listener.py ENGINE MODEL LANGUAGE WAV`, with limits set before and no network. Imports
nothing of ours. Prints `{"language": …, "version": …, "segments": [[start, end, text, confidence], …]}`.
"""

from __future__ import annotations

import json
import os
import sys
import wave
from importlib.metadata import version
from typing import Any

Heard = list[tuple[float, float, str, "float | None"]]


def pocketsphinx(model: str, language: str, path: str) -> tuple[str, Heard]:
    """MODEL: a folder with `en-us`, `en-us.lm.bin`, `cmudict-en-us.dict` of any language; empty: the English one."""
    from pocketsphinx import Decoder, Segmenter, get_model_path  # type: ignore[import-untyped, unused-ignore]

    options: dict[str, Any] = {"samprate": 16000, "loglevel": "FATAL"}
    if model and model != get_model_path():
        found = {ending: _only(model, ending) for ending in (".lm.bin", ".dict")}
        folders = [entry.path for entry in os.scandir(model) if entry.is_dir()]
        options |= {"hmm": folders[0], "lm": found[".lm.bin"], "dict": found[".dict"]}
    decoder = Decoder(**options)
    heard: Heard = []
    with wave.open(path, "rb") as sound:
        for speech in Segmenter(sample_rate=16000).segment(_Frames(sound)):
            decoder.start_utt()
            decoder.process_raw(speech.pcm, full_utt=True)
            decoder.end_utt()
            best = decoder.hyp()
            if best is None or not best.hypstr.strip():
                continue
            rated = [part.prob for part in decoder.seg() if part.word[0] not in "<["]
            confidence = sum(rated) / len(rated) if rated else None
            heard.append((speech.start_time, speech.end_time, best.hypstr, confidence))
    return language or "en", heard


def faster_whisper(model: str, language: str, path: str) -> tuple[str, Heard]:
    """MODEL: a folder of a converted Whisper model."""
    os.environ |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    import math

    from faster_whisper import WhisperModel  # type: ignore[import-not-found, unused-ignore]

    engine = WhisperModel(model, device="cpu", compute_type="int8", local_files_only=True)
    segments, info = engine.transcribe(path, language=language or None, vad_filter=True)
    return str(info.language), [(one.start, one.end, one.text.strip(), math.exp(one.avg_logprob)) for one in segments]


def _only(folder: str, ending: str) -> str:
    return next(entry.path for entry in os.scandir(folder) if entry.name.endswith(ending))


class _Frames:
    """The samples of a WAV file, as a stream of bytes."""

    def __init__(self, sound: wave.Wave_read) -> None:
        self._sound = sound

    def read(self, size: int) -> bytes:
        return self._sound.readframes(size // self._sound.getsampwidth())


def main() -> None:
    """See the module's text."""
    name, model, language, path = sys.argv[1:5]
    engine = {"pocketsphinx": pocketsphinx, "faster-whisper": faster_whisper}[name]
    language, heard = engine(model, language, path)
    json.dump({"language": language, "version": version(name), "segments": heard}, sys.stdout)


if __name__ == "__main__":
    main()
