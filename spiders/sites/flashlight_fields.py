"""What Flashlight's entries say, label by label: contracts, commissions, uses of force, lawsuits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import unquote, urlsplit

from releases.model import File, Value
from spiders.errors import PageError
from spiders.labels import Labelled, labelled
from spiders.page import Part, cells, columns, iso, printed

Labels = Mapping[str, Sequence[str]]
"""Field → labels that stand for it."""

CONTRACT: Labels = {
    "employer": ("employer",),
    "bargaining_unit": ("bargaining unit", "union", "unit"),
    "term": ("term", "contract term", "contract dates"),
    "term_start": ("term start", "start date", "effective", "effective date", "begins"),
    "term_end": ("term end", "end date", "expires", "expiration date", "ends"),
    "policed_by": ("policed by", "who polices it", "police department"),
    "side_letters": ("side letters", "side letter"),
}
COMMISSION: Labels = {
    "town": ("municipality", "town"),
    "policed_by": ("police department", "policed by", "who polices it"),
    "range_of_authority": ("range of authority",),
    "selection": ("how are the commissioners selected", "how are commissioners selected", "selection"),
    "number_of_commissioners": ("number of commissioners",),
    "members": ("commissioners", "members", "who are the commissioners"),
}
FORCE: Labels = {
    "number": ("case number", "incident number"),
    "date": ("date", "date of incident"),
    "town": ("municipality", "town"),
    "policed_by": ("police department",),
    "type_of_force": ("type of force", "force used"),
    "injury": ("injury", "injuries"),
    "outcome": ("outcome",),
}
LAWSUIT: Labels = {
    "number": ("docket number", "case number", "docket"),
    "case_name": ("case", "case name"),
    "court": ("court",),
    "filed": ("filed", "date filed"),
    "town": ("municipality", "town"),
    "policed_by": ("police department",),
    "status": ("status",),
    "outcome": ("outcome",),
    "settlement": ("settlement", "settlement amount", "amount paid"),
}
DAYS = {"%B %d, %Y": "%Y-%m-%d", "%b %d, %Y": "%Y-%m-%d", "%m/%d/%Y": "%Y-%m-%d", "%Y-%m-%d": "%Y-%m-%d"}
BOX = re.compile(r"\bbest practices?\b|\bkey (?:contract )?terms\b", re.IGNORECASE)
TOPIC = re.compile(r"\bcomplaints?\b|\bdisciplin\w+|\bpensions?\b", re.IGNORECASE)
"""Topics that are known by name, where nothing says that a box begins."""
SIDE_LETTER = re.compile(r"\bside letters?\b|\bmemorand\w+\b|\bMOUs?\b|\baddend\w+\b", re.IGNORECASE)
PRESSED = re.compile(r"(?:download|view|read|open|see|pdf)\b", re.IGNORECASE)
"""Begins what says what to do, not what it is."""
DOCUMENT = re.compile(r"\.pdf(?:$|[?#])", re.IGNORECASE)
MEMBERS = {
    "table": {
        "name": "name", "commissioner": "name", "member": "name",
        "tenure": "tenure", "term": "tenure", "on the commission since": "tenure",
        "elected or appointed": "chosen", "how selected": "chosen",
    },
}  # fmt: skip
_RANGE = re.compile(r"\s+(?:–|—|-|to|through)\s+")
_MONEY = re.compile(r"\$([0-9]{1,3}(?:,[0-9]{3})*|[0-9]{1,12})(?:\.[0-9]{2})?")


def told(block: Part, labels: Labels) -> dict[str, Labelled]:
    """The labels of an entry by field. Raises PageError: one is there twice and says different things."""
    fields = {label: field for field, names in labels.items() for label in names}
    found: dict[str, Labelled] = {}
    for one in labelled(block):
        field = fields.get(one.label)
        if field is None:
            continue
        if field in found and found[field].value != one.value:
            raise PageError(
                block.url, f"label {one.label!r}", "once in an entry", f"{found[field].value!r}, {one.value!r}"
            )
        found.setdefault(field, one)
    return found


def required(block: Part, found: Mapping[str, Labelled], field: str, labels: Labels) -> str:
    """The words of a field that every entry has. Raises PageError."""
    value = printed(found[field].value) if field in found else None
    if value is None:
        known = sorted({one.label for one in labelled(block)})[:20]
        raise PageError(
            block.url, f"label {' or '.join(map(repr, labels[field]))}", "a value", f"none; labels: {known}"
        )
    return value


def term(url: str, found: Mapping[str, Labelled]) -> dict[str, Value]:
    """First and last day of a contract, of one label or of two. Raises PageError: another form of date."""
    if "term" not in found:
        return {
            name: iso(url, name, found[name].value, DAYS) if name in found else None
            for name in ("term_start", "term_end")
        }
    text = found["term"].value
    ends = _RANGE.split(text)
    if len(ends) != 2:
        raise PageError(url, "Term", "two dates with `–`, `to` or `through` between", repr(text))
    return {name: iso(url, name, end, DAYS) for name, end in zip(("term_start", "term_end"), ends, strict=True)}


def practices(block: Part) -> dict[str, Value]:
    """What the best-practice box says of each topic, as printed: yes, no, or a quote; fields `practice_<topic>`.

    Raises:
        PageError: there is no box, or a topic without words.
    """
    heads = [head for head in block.many("h2, h3, h4, h5, h6, caption, summary, legend") if BOX.search(head.text)]
    if len(heads) > 1:
        raise PageError(block.url, "the box of best practices", "1 heading", str([head.text for head in heads]))
    if heads:
        around = heads[0].many("./..")[0]
        employer = any(one.label in CONTRACT["employer"] for one in labelled(around))
        boxes = heads[0].many("./following-sibling::*[1]") if employer else [around]
        rows = [one for box in boxes for one in labelled(box)]
    else:
        rows = [one for one in labelled(block) if TOPIC.search(one.label)]
    if not rows:
        found = sorted({one.label for one in labelled(block)})[:20]
        raise PageError(block.url, "the box of best practices", "topics with their answers", f"none; labels: {found}")
    made: dict[str, Value] = {}
    for one in rows:
        words = printed(one.value) or _shown(one.part)
        if not words:
            raise PageError(block.url, f"best practice {one.label!r}", "yes, no or words", "nothing")
        made[f"practice_{slug(one.label).replace('-', '_')}"] = words
    return made


def documents(block: Part) -> tuple[list[File], list[str]]:
    """The contract's and its side letters' files, and the names of these. Raises PageError: no contract."""
    files: list[File] = []
    letters: list[str] = []
    for link in block.links():
        if not DOCUMENT.search(link.href):
            continue
        said = link.label(200)
        name = unquote(urlsplit(link.href).path.rsplit("/", 1)[-1]) if not said or PRESSED.match(said) else said
        if SIDE_LETTER.search(name):
            letters.append(name)
        files.append(File(link.href, name, "letter" if SIDE_LETTER.search(name) else "contract"))
    if not any(file.kind == "contract" for file in files):
        raise PageError(block.url, "a[href$='.pdf']", "the contract", "none")
    return list({file.url: file for file in files}.values()), letters


def members(url: str, one: Labelled | None) -> list[dict[str, str]]:
    """Commissioners as public officials: name, tenure, elected or appointed. Raises PageError: another layout."""
    if one is None:
        return []
    if tables := one.part.many("table"):
        _, names = columns(tables[0], MEMBERS)
        rows = [cells(row, names) for row in tables[0].many("tbody tr")]
        found = [{name: printed(cell.text) or "" for name, cell in row.items()} for row in rows]
    else:
        found = [_member(item.text) for item in one.part.many("li")]
    if any(not member["name"] for member in found) or (not found and printed(one.value)):
        raise PageError(url, one.label, "a table or a list of names", repr(one.value[:200]))
    return found


def chosen(text: str) -> str | None:
    """`elected`, `appointed`, `elected and appointed`; None where the words say neither."""
    kinds = [kind for kind in ("elected", "appointed") if re.search(rf"\b{kind}\b", text, re.IGNORECASE)]
    return " and ".join(kinds) or None


def dollars(url: str, text: str) -> int | None:
    """Whole dollars of a printed amount; None where none is printed. Raises PageError: two of them."""
    found = _MONEY.findall(text)
    if len(found) > 1:
        raise PageError(url, "Settlement", "one amount", repr(text))
    return int(found[0].replace(",", "")) if found else None


def slug(*words: str) -> str:
    """Words as a part of a key: case, punctuation and white space do not matter."""
    return "-".join(re.findall(r"[^\W_]+", " ".join(words).casefold()))


def key(kind: str, parts: Iterable[str]) -> str:
    return "/".join([kind, *(slug(part) for part in parts)])


def _member(text: str) -> dict[str, str]:
    name, *rest = [piece.strip() for piece in re.split(r"[,;()]", text) if piece.strip()] or [""]
    how = next((piece for piece in rest if chosen(piece)), "")
    return {"name": name, "tenure": ", ".join(piece for piece in rest if piece != how), "chosen": how}


def _shown(part: Part) -> str:
    """What a sign stands for: a tick's alternative text."""
    return next(
        (
            said
            for one in part.many("[alt], [aria-label]")
            if (said := one.attribute("alt") or one.attribute("aria-label"))
        ),
        "",
    )
