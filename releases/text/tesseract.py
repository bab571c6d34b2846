"""Tesseract: which languages it has here, one page read by it, and what its answer says. Runs sandboxed."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from releases.sandbox.program import Allowed, ProgramFailed, run
from releases.text.engines import OCR
from releases.text.places import MOST, Place, place

NAMES = {
    "af": "afr", "ar": "ara", "bg": "bul", "bn": "ben", "bs": "bos", "ca": "cat", "cs": "ces", "cy": "cym",
    "da": "dan", "de": "deu", "el": "ell", "en": "eng", "es": "spa", "et": "est", "eu": "eus", "fa": "fas",
    "fi": "fin", "fr": "fra", "ga": "gle", "gl": "glg", "gu": "guj", "he": "heb", "hi": "hin", "hr": "hrv",
    "ht": "hat", "hu": "hun", "hy": "hye", "id": "ind", "is": "isl", "it": "ita", "ja": "jpn", "ka": "kat",
    "km": "khm", "ko": "kor", "lo": "lao", "lt": "lit", "lv": "lav", "mk": "mkd", "ml": "mal", "ms": "msa",
    "mt": "mlt", "my": "mya", "ne": "nep", "nl": "nld", "no": "nor", "pa": "pan", "pl": "pol", "pt": "por",
    "ro": "ron", "ru": "rus", "sk": "slk", "sl": "slv", "so": "som", "sq": "sqi", "sr": "srp", "sv": "swe",
    "sw": "swa", "ta": "tam", "te": "tel", "th": "tha", "tl": "tgl", "tr": "tur", "uk": "ukr", "ur": "urd",
    "vi": "vie", "yi": "yid", "zh": "chi_sim",
}  # fmt: skip
"""ISO 639-1 → what Tesseract calls it, as far as it reads it."""
PAGE_SECONDS = 90
"""Of one page."""
_SMALL = Allowed(seconds=30)
_NAME = re.compile(r"[A-Za-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Words:
    """What was read off one page."""

    text: str
    """In reading order; a line per line, an empty one between blocks."""
    confidence: int
    """Percent, long words counting more; 0 where there are no words."""
    places: tuple[Place, ...] = ()
    """Of the words in `text`, in its order; at most `places.MOST`."""


@dataclass(frozen=True, slots=True)
class Tesseract:
    """The program, and the languages it is to read in."""

    path: str
    engine: str
    """`tesseract 5.3.0 eng+spa`."""
    languages: str
    turns: bool
    """It can tell which way up a page is."""
    missing: tuple[str, ...]
    """Languages of the portal that are not installed here, as Tesseract calls them; those it knows none for as the
    portal file has them.
    """

    def read(self, page: Path, seconds: int = PAGE_SECONDS) -> Words:
        """The words of a picture in a folder of its own. Raises ProgramFailed, OSError."""
        way = "1" if self.turns else "3"
        command = [
            self.path, str(page), "stdout", "-l", self.languages, "--psm", way, "--dpi", "300",
            "-c", "tessedit_create_tsv=1",
        ]  # fmt: skip
        return parsed(run(command, page.parent, Allowed(seconds=seconds)).decode("utf-8", "replace"))


def tesseract(path: str, languages: Sequence[str]) -> Tesseract:
    """Ask the program at `path` what it is and has. `languages`: the portal's, ISO 639-1, regions ignored.

    Raises:
        ProgramFailed: it is none, or has no language at all. OSError.
    """
    with tempfile.TemporaryDirectory(prefix="recordwatch-ocr-") as folder:
        said = run([path, "--version"], Path(folder), _SMALL).decode("utf-8", "replace")
        found = re.search(r"\d+\.[\w.]+", said)
        listed = run([path, "--list-langs"], Path(folder), _SMALL).decode("utf-8", "replace").split("\n")[1:]
    has = {name for name in map(str.strip, listed) if _NAME.fullmatch(name)}
    wanted = [NAMES.get(code.lower().partition("-")[0].partition("_")[0], code) for code in languages]
    chosen = [name for name in dict.fromkeys(wanted) if name in has]
    if not chosen:
        chosen = ["eng"] if "eng" in has else sorted(has - {"osd"})[:1]
    if not chosen:
        raise ProgramFailed("damaged", "it has no language")
    together = "+".join(chosen)
    engine = f"{OCR} {found[0] if found else ''} {together}"
    missing = tuple(name for name in dict.fromkeys(wanted) if name not in has)
    return Tesseract(path, " ".join(engine.split())[:64], together, "osd" in has, missing)


def parsed(said: str) -> Words:
    """From Tesseract's table: a row for the page, one per word, with block, paragraph, line, place in pixels and
    confidence.
    """
    text: list[str] = []
    places: list[Place] = []
    where: tuple[str, ...] = ()
    page = (0, 0)
    at = 0
    weight = sure = 0.0
    for row in said.split("\n"):
        cells = row.split("\t")
        if len(cells) == 12 and cells[0] == "1" and (seen := _numbers(cells[8:10])):
            page = seen[0], seen[1]
        if len(cells) != 12 or cells[0] != "5" or not cells[11].strip():
            continue
        here = tuple(cells[2:5])
        between = " " if here == where else "\n" if here[:2] == where[:2] else "\n\n"
        where = here
        word = "".join(char for char in cells[11].strip() if char.isprintable())
        text += [between, word] if text else [word]
        at += len(between) if len(text) > 1 else 0
        box = _numbers(cells[6:10])
        if (
            box
            and word
            and len(places) < MOST
            and (stands := place(at, at + len(word), (box[0], box[1], box[2], box[3]), page))
        ):
            places.append(stands)
        at += len(word)
        weight += len(word)
        sure += len(word) * min(100.0, max(0.0, float(cells[10])))
    return Words("".join(text), max(1, round(sure / weight)) if weight else 0, tuple(places))


def _numbers(cells: Sequence[str]) -> list[int]:
    """Whole numbers; none at all where one of them is none, or is no number of pixels."""
    known = all(len(cell) < 8 and cell.removeprefix("-").isdecimal() for cell in cells)
    return [int(cell) for cell in cells] if known else []
