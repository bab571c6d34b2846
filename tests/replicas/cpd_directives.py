"""A police department's directives as the Chicago Police Department has published them, in both generations.

The contents tree, the pages and their oddities are those of kept copies of 2015 to 2017: links in the text gain
and lose `target`, the appendices stand in a comment, a directive with addenda has an empty
`<div name="directive">` for each. The numbered PDFs are those that three programs read in 2025 and 2026.

Hazards:
    targets: links in the text have `target="new"` in every second answer
    twice: the contents list one directive twice
    headings: the contents list headings alone
    labels: the head says "Date of Issue:" instead of "Issue Date:"
    headless: pages have no head
    wordless: pages have a head and no text
    shell: a number that is not there answers 200 with an empty page
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from html import escape
from typing import ClassVar
from urllib.parse import urlsplit

from sample.pdf import pdf
from tests.replicas.server import NOT_FOUND, Asked, PlatformReplica, Reply

DATA = "/directives/data/"


@dataclass(frozen=True, slots=True)
class Directive:
    """One directive as it is published now."""

    guid: str
    kind: str
    number: str
    title: str
    issued: str
    rescinds: str
    category: str
    text: tuple[str, ...]
    """Items of section I; one in asterisks is marked as revised."""
    above: str = ""
    """The guid of the directive it stands under."""
    form: str = ""
    addenda: tuple[str, ...] = ()
    listed: str = ""
    """Its title in the contents, where that is another one."""
    signed: str = "I. Maginary<br>Superintendent of Police</br>"
    serial: str = "15-001 XYZ"


FORCE = Directive(
    "b7a57be2-128ff3f0-ae912-8fff-44306f3da7b28a19", "General Order", "G03-02", "Force Guidelines",
    "01 October 2012", "G02-08", "Field Operations",
    ("states fictional policy.", "provides fictional guidelines."), addenda=("G03-02-01 - Fictional Reports",),
)  # fmt: skip
REPORTS = Directive(
    "b7a57be2-128ff3f0-ae912-9001-1d970b87782d543f", "General Order", "G03-02-01", "Fictional Reports",
    "16 October 2014", "", "Field Operations", ("names a fictional form.",), above=FORCE.guid, form="LHPD-11.377.pdf",
)  # fmt: skip
ARRESTS = Directive(
    "b7a57b42-12ab41ab-48212-ab41-c1f5b5ad5c097076", "Special Order", "S06-14-03", "Notification of Arrests",
    "23 October 2012", "Version dated 29 February 2012", "Processing Persons",
    ("says whom the invented desk tells of an arrest.", "*says within what invented time.*"),
)  # fmt: skip
NOTICE = Directive(
    "b7a57bf0-13c4eca7-00013-c4f0-2e9328b0c6aa005f", "Department Notice", "D15-01", "Imaginary Pilot Program",
    "02 January 2015", "", "Department Notice", ("begins an imaginary program.",), signed="<br>", serial="",
)  # fmt: skip
CONTRACT = Directive(
    "b7a57bf0-12f9d307-95612-f9d5-a4b2f029aef3b759", "Resources", "", "Invented Agreements", "28 April 2011", "",
    "Collective Bargaining Agreements", ("An agreement with nobody.",), form="contract.pdf", signed="<br>", serial="",
)  # fmt: skip
CLASSES = {"General Order": "General Orders", "Special Order": "Special Orders", "Department Notice": "Other Directives", "Resources": "Resources"}  # fmt: skip


class CpdDirectivesReplica(PlatformReplica):
    """`directives` are those of the contents; `numbered` those of the newer system, by number."""

    hosts: ClassVar[tuple[str, ...]] = ("directives.lakeharborpd.example",)
    start: ClassVar[str] = "https://directives.lakeharborpd.example/directives/data/toc.html"
    server: ClassVar[str] = "Apache"

    def __init__(self, *hazards: str) -> None:
        self.directives: list[Directive] = [FORCE, REPORTS, ARRESTS, NOTICE, CONTRACT]
        self.numbered: dict[int, bytes] = {
            6120: pdf("Special Order S03-14 Invented Cameras", ["ISSUE DATE: 14 January 2025", "Fictional words."]),
            6122: pdf("Special Order S06-14-03 Notification of Arrests", ["ISSUE DATE: 03 March 2025", "As before."]),
        }
        self.documents: dict[str, bytes] = {
            "/forms/LHPD-11.377.pdf": pdf("Invented form", ["Nothing to fill in."]),
            "/forms/LHPD-11.716.pdf": pdf("Directives System Index", ["S03-14", "S06-14-03"]),
            "/contracts/contract.pdf": pdf("Invented agreement", ["Nobody agrees with nobody."]),
        }
        super().__init__(*hazards)

    def reply(self, asked: Asked) -> Reply:
        path = asked.path
        if path == f"{DATA}toc.html":
            return Reply(self._contents(), kind="text/html")
        if path.startswith(DATA):
            guid = path.removeprefix(DATA).removesuffix(".html")
            found = next((one for one in self.directives if one.guid == guid), None)
            return Reply(self._page(found), kind="text/html") if found is not None else NOT_FOUND
        number = path.removeprefix("/api/publicDirective/")
        body = self.numbered.get(int(number)) if number.isdecimal() else self.documents.get(urlsplit(path).path)
        if body is None:
            return Reply("<!DOCTYPE html><div id=app></div>") if "shell" in self.hazards else NOT_FOUND
        mark = f'"{sha256(body).hexdigest()[:16]}"'
        if asked.headers.get("if-none-match") == mark:
            return Reply(status=304, headers=(("ETag", mark),))
        return Reply(body, kind="application/pdf", headers=(("ETag", mark),))

    def _contents(self) -> str:
        tree = []
        for kind, name in CLASSES.items():
            inside = [one for one in self.directives if one.kind == kind]
            for category in dict.fromkeys(one.category for one in inside):
                listed = [one for one in inside if one.category == category and not one.above]
                items = "".join(self._item(one, 3) for one in listed)
                tree.append(_heading(1, name) + _heading(2, category) + items)
        if "twice" in self.hazards:
            tree.append(self._item(self.directives[0], 3))
        return (
            '<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" "http://www.w3.org/TR/html4/loose.dtd">'
            '<html><head><title>Xyleme</title></head><body onLoad=""><body style="border-top: 2px solid gray;">'
            f'<div style="padding:6px;"><span id="menuTree">{"".join(tree)}'
            f"<!--{_heading(1, 'Appendices')}{_heading(2, 'Directives Glossary')}--></span></div></body></body></html>"
        )

    def _item(self, one: Directive, level: int) -> str:
        below = "".join(self._item(other, level + 1) for other in self.directives if other.above == one.guid)
        link = "javascript:void(0);" if "headings" in self.hazards else f"{one.guid}.html?ownapi=1"
        plus = '<img src="plus.gif" border="0">' if below else ""
        return (
            f'<div><nobr><a target="page" class="level{level}" id="N{one.guid[:5]}" href="{link}">{plus}'
            f'{escape(one.listed or one.title)}</a></nobr><span style="display:none;">{below}</span></div>'
        )

    def _page(self, one: Directive) -> str:
        label = "Date of Issue:" if "labels" in self.hazards else "Issue Date:"
        target = ' target="new"' if "targets" in self.hazards and len(self.asked) % 2 else ""
        head = (
            '<table class="DirectiveTitleTable"><tr class="tr1"><td colspan="4"><table width="100%"><tr>'
            '<td class="starTD" rowspan="2"></td><td class="CPDLableTD">Lake Harbor Police Department</td>'
            f'<td class="CPDDirectiveTypeAndNumber">{one.kind}&nbsp;{one.number}</td></tr>'
            f'<tr class="CPDTitle"><td colspan="2">{escape(one.title)}</td></tr></table></td></tr>'
            f'<tr class="tr2"><td class="td1">{label}</td><td class="td2">{one.issued}</td>'
            f'<td class="td1">Effective Date:</td><td class="td2">{one.issued}</td></tr>'
            f'<tr class="tr2"><td class="td1">Rescinds:</td><td class="td3" colspan="3">{one.rescinds}</td></tr>'
            '<tr class="tr2"><td class="td1">Index Category:</td>'
            f'<td class="td3" colspan="3">{one.category}</td></tr></table>'
        )
        items = "".join(_item(number, words) for number, words in enumerate(one.text))
        folder = "contracts" if one.kind == "Resources" else "forms"
        form = f'<a{target} href="//{self.hosts[0]}/{folder}/{one.form}">{one.form[:-4]}</a>' if one.form else ""
        title = '<div class="Topic_Title_level1"><table><tr><td>I.</td><td>Purpose</td></tr></table></div>'
        text = (
            f'<div class="Topic">{title}<ul class="NoBullet">{items}</ul><span class="WysiwygHref">{form}</span></div>'
        )
        addenda = "".join(f"<tr><td>{n}.</td><td>{words}</td></tr>" for n, words in enumerate(one.addenda, 1))
        listed = f'<div class="DirectivePhoneGlossaryAddendaLables">ADDENDA:</div><table>{addenda}</table>'
        more = '<script></script><div name="directive"></div>' * len(one.addenda)
        return (
            f'<!DOCTYPE html><html><head><title>{escape(one.title)}</title></head><body class="normal"><div>'
            f'<div name="directive">{"" if "headless" in self.hazards else head}'
            f"{'' if 'wordless' in self.hazards else text}"
            f'<div class="DirectiveSuperintendent">{one.signed}</div><div class="DirectiveNumberBottom">{one.serial}</div>'
            f"{listed if one.addenda else ''}</div>{more}</div></body></html>"
        )


def _heading(level: int, name: str) -> str:
    return (
        f'<div><nobr><a target="page" class="level{level}" href="javascript:void(0);">{escape(name)}</a></nobr></div>'
    )


def _item(number: int, words: str) -> str:
    marked = words.strip("*")
    said = f'<span class="WysiwygItalicDoubleUnderline">{marked}</span>' if marked != words else escape(words)
    letter = "ABCDEFGH"[number]
    return (
        '<li><div class="ListItemPara"><table><tr><td valign="top" class="ListItemParaNum">'
        f"{letter}.</td><td>{said}</td></tr></table></div></li>"
    )
