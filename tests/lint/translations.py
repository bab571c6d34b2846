"""The Spanish texts: `python -m tests.lint.translations` takes the English ones out of code and templates into the
catalogues, leaves out what is not said any more, compiles, and names what still wants a translation.

The `.po` files are edited by hand; the `.mo` files are committed too, so that nothing is built where it runs.
Places carry no line numbers: a line that moved changes no catalogue.
"""

from __future__ import annotations

import ast
import io
import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("releases", "web")
"""Each has a catalogue of its own: `recordwatch run` sends messages without the newsroom's."""
LANGUAGE = "es"
_CALLS = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None, "_noop": None, "pgettext": ((1, "c"), 2),
    "ngettext": (1, 2), "ngettext_lazy": (1, 2), "npgettext": ((1, "c"), 2, 3), "_pair": (1, 2),
}  # fmt: skip
_WHEN = datetime(2026, 1, 1, tzinfo=UTC)
"""In place of the time of each run: the same texts make the same file."""
_HOLE = re.compile(r"%\((\w+)\)[-#0 +]*\d*(?:\.\d+)?([a-zA-Z])|(%%)|%[-#0 +]*\d*(?:\.\d+)?([srdf])|\{(\w*)\}")
_COUNTED = re.compile(r"""{%\s*counted\s+\S+\s+(["'])(.+?)\1\s+(["'])(.+?)\3\s*%}""")
"""The tag that says `3 pages`: Django's own extraction knows nothing of it."""
_PLURAL = ("ngettext", "ngettext_lazy", "npgettext", "_pair")
_TAG = re.compile(r"</?\w+[^>]*>")


def folder(package: str) -> Path:
    return ROOT / package / "locale" / LANGUAGE / "LC_MESSAGES"


def english(package: str) -> Catalog:
    """Every text of the package's code and templates, in the order of its files."""
    found = Catalog(locale=LANGUAGE, domain="django")
    for path, text, context in _texts(package):
        found.add(text, locations=[(path, 0)], context=context)
    return found


def _texts(package: str) -> Iterator[tuple[str, str | tuple[str, ...], str | None]]:
    from django.utils.translation.template import templatize

    for path in sorted((ROOT / package).rglob("*")):
        name = path.relative_to(ROOT).as_posix()
        if "templates" in path.parts and path.is_file():
            template = path.read_text("utf-8")
            source = templatize(template, origin=name).encode()
            options = {"encoding": "utf-8"}
            for _line, text, _comments, context in extract("python", io.BytesIO(source), _CALLS, options=options):
                yield name, text, context
            for _quote, one, _again, many in _COUNTED.findall(template):
                yield name, (one, many), None
        elif path.suffix == ".py":
            for text, context in _said(path.read_text("utf-8")):
                yield name, text, context


def _said(source: str) -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    """From the tree, not from tokens: a call may stand inside an f-string."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        if name not in _CALLS:
            continue
        given = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        context = given.pop(0) if name.startswith(("pg", "npg")) and given else None
        texts = tuple(given[: 2 if name in _PLURAL else 1])
        if texts:
            yield (texts if len(texts) > 1 else texts[0]), context


def catalogue(package: str) -> Catalog:
    """What is translated. An empty one where there is no file yet."""
    path = folder(package) / "django.po"
    if not path.exists():
        return Catalog(locale=LANGUAGE, domain="django")
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGE, domain="django")


def compiled(package: str) -> bytes:
    """The `.mo` file that belongs to the `.po` file."""
    out = io.BytesIO()
    write_mo(out, catalogue(package))
    return out.getvalue()


def holes(text: str) -> list[str]:
    """What is filled in when it is shown, and the tags around it: the same in every language."""
    return sorted(["".join(found) for found in _HOLE.findall(text)] + _TAG.findall(text))


def wrong(message: Message) -> str:
    """What is wrong with one translation; empty where nothing is."""
    texts = (message.id,) if isinstance(message.id, str) else tuple(message.id)
    said = (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))
    if not all(said):
        return "not translated"
    if message.fuzzy:
        return "marked as fuzzy"
    if len(texts) != (1 if isinstance(message.id, str) else 2) or len(said) != len(texts):
        return "has not its two forms"
    # The one form for 1 may leave its number out ("a page"), as the English one may.
    wanted = [holes(text) for text in texts]
    for place, text in enumerate(said):
        if holes(text) not in (wanted if place == 0 else wanted[-1:]):
            return f"fills in {holes(text)}, not {wanted[place]}"
    if any(text[:1].isspace() != said[0][:1].isspace() for text in texts[:1]):
        return "begins otherwise"
    return ""


def _string(message: Message, old: Message) -> str | tuple[str, ...]:
    """What `old` says, in as many forms as `message` has now: a text may get a plural, or lose it."""
    known = (old.string,) if isinstance(old.string, str) else tuple(old.string or ("",))
    return known[0] if isinstance(message.id, str) else (*known, "")[:2]


def update(package: str) -> list[str]:
    """Bring both files up to date. Returns what wants a translator."""
    made, known = english(package), catalogue(package)
    for message in made:
        old = known.get(message.id, message.context) if message.id else None
        if old is not None and not old.fuzzy:
            message.string = _string(message, old)
    made.header_comment = known.header_comment
    made.project, made.version, made.last_translator, made.language_team = "recordwatch", "", "the project", "es"
    made.creation_date = made.revision_date = _WHEN
    made.fuzzy = False
    folder(package).mkdir(parents=True, exist_ok=True)
    out = io.BytesIO()
    write_po(out, made, width=120, include_lineno=False)
    _replace(folder(package) / "django.po", out.getvalue())
    _replace(folder(package) / "django.mo", compiled(package))
    return [f"{package}: {message.id!r}: {fault}" for message in made if message.id and (fault := wrong(message))]


def _replace(path: Path, content: bytes) -> None:
    """Whole or not at all: two who extract at once never read half a catalogue, and lose what the other half said."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(path)


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "web.settings")
    missing = [fault for package in PACKAGES for fault in update(package)]
    sys.stdout.writelines(f"{fault}\n" for fault in missing)
    sys.stdout.write(f"translations: {len(missing)} to write\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
