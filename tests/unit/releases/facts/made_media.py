"""Small recordings of every usual kind, made by ffmpeg when a test asks for them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from config.programs import FFMPEG
from tests.services.programs import needs_program

SCENE = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=10:d=2")
TONE = ("-f", "lavfi", "-i", "sine=440:r=44100:d=2")
NOISE = ("-f", "lavfi", "-i", "anoisesrc=r=44100:d=2")
BOTH = (*SCENE, *TONE)

KINDS: dict[str, tuple[tuple[str, ...], str, tuple[str, ...]]] = {
    "end.mp4": ((*BOTH, "-c:v", "libx264", "-c:a", "aac"), "MP4",
                ("video avc1 320x180", "audio mp4a 44100 Hz 1 channel")),
    "start.mp4": ((*BOTH, "-c:v", "libx264", "-c:a", "aac", "-movflags", "+faststart"), "MP4",
                  ("video avc1 320x180", "audio mp4a 44100 Hz 1 channel")),
    "parts.mp4": ((*SCENE, "-c:v", "libx264", "-g", "5", "-movflags", "frag_keyframe+empty_moov"), "MP4",
                  ("video avc1 320x180",)),
    "a.mov": ((*SCENE, "-c:v", "mpeg4"), "QuickTime", ("video mp4v 320x180",)),
    "a.mkv": ((*BOTH, "-c:v", "libx264", "-c:a", "aac", "-metadata:s:a:0", "language=spa"), "Matroska",
              ("video h264 320x180", "audio aac 44100 Hz 1 channel")),
    "a.webm": ((*SCENE, "-c:v", "libvpx", "-deadline", "realtime"), "WebM", ("video vp8 320x180",)),
    "a.ts": ((*BOTH, "-c:v", "libx264", "-c:a", "aac"), "MPEG-TS",
             ("video h264 320x180", "audio aac 44100 Hz 1 channel")),
    "a.avi": ((*SCENE, "-c:v", "mpeg4"), "AVI", ("video FMP4 320x180",)),
    "a.wmv": ((*SCENE, "-c:v", "wmv2"), "ASF", ("video wmv2 320x180",)),
    "a.3gp": ((*SCENE, "-s", "176x144", "-c:v", "h263"), "MP4", ("video s263 176x144",)),
    "a.mp3": (TONE, "MP3", ("audio mp3 44100 Hz 1 channel 64 kbit/s",)),
    "a.wav": (TONE, "WAV", ("audio pcm_s16le 44100 Hz 1 channel",)),
    "a.ogg": ((*NOISE, "-c:a", "libvorbis", "-page_duration", "50000"), "Ogg", ("audio vorbis 44100 Hz 1 channel",)),
    "a.flac": (TONE, "FLAC", ("audio flac 44100 Hz 1 channel",)),
}  # fmt: skip
"""File name → (ffmpeg's words for it, its container, its streams)."""


def make(path: Path, *words: str) -> Path:
    """`path`, as ffmpeg makes it of `words`."""
    program = needs_program(FFMPEG)
    subprocess.run([program, "-v", "error", "-y", *words, str(path)], check=True, stdin=subprocess.DEVNULL)
    return path
