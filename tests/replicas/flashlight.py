"""A site like Project Flashlight: its sections, labels and words as archived texts have them; markup is a guess.

Towns, unions, people and contracts are fictional.

Hazards:
    sections: use of force, suits and settlements have entries; without it they say that they are to come
    links: contracts are reached by links, not by a menu
    one-page: every contract stands on the section's page
    script-menu: the menu's choices are numbers that only a script understands
    template: a commission's labels stand in a panel that a script fills
    no-box: the best-practice box is gone
    limit: the first answer to each town's contracts is 429 with `Retry-After: 1`
    other-dates: terms are printed in a form nobody has seen
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import ClassVar

from tests.replicas.server import NOT_FOUND, Asked, PlatformReplica, Reply
from tests.unit.releases.diff.contracts import CONTRACT, sampled

FILES = "/sites/default/files/contracts"
NAV = (
    "<nav><ul><li><a href='/'>Home</a></li><li><a href='/contracts'>Contracts</a></li>"
    "<li><a href='/police-commissions'>Police Commissions</a></li><li><a href='/use-of-force'>Use of Force</a></li>"
    "<li><a href='/suits-and-settlements'>Suits and Settlements</a></li></ul></nav>"
)
PRACTICES = {
    "Resident Complaints": "No. “A complaint by a resident shall be in writing, signed and sworn.”",
    "Disciplinary Action": "No",
    "Pensions": "Yes",
}


@dataclass
class Contract:
    """A contract as the site prints it."""

    town: str
    unit: str
    term: str
    pdf: str
    """File name below `FILES`."""
    text: list[str] = field(default_factory=lambda: list(CONTRACT))
    letters: tuple[str, ...] = ()
    practices: dict[str, str] = field(default_factory=lambda: dict(PRACTICES))


@dataclass
class Town:
    """Who polices a town, and its commission where it has one."""

    name: str
    policed_by: str
    selection: str = ""
    authority: str = ""
    members: tuple[tuple[str, str, str], ...] = ()


class FlashlightReplica(PlatformReplica):
    """`contracts`, `towns`, `force` and `suits` may be changed between crawls."""

    hosts: ClassVar[tuple[str, ...]] = ("flashlight.example.org",)
    start: ClassVar[str] = "https://flashlight.example.org/"
    server: ClassVar[str] = "Apache"

    def __init__(self, *hazards: str) -> None:
        super().__init__(*hazards)
        self.contracts = [
            Contract("Anyville", "Anyville Police Guild, Local 0", "July 1, 2031 – June 30, 2035", "anyville-2031.pdf", letters=("Side Letter on Body Cameras",)),
            Contract("Anyville", "Anyville Police Supervisors", "July 1, 2032 – June 30, 2036", "anyville-supervisors.pdf"),
            Contract("Lake Harbor", "Lake Harbor Officers' Union", "January 1, 2030 – December 31, 2033", "lake-harbor.pdf"),
        ]  # fmt: skip
        self.menu = ["Anyville", "Lake Harbor", "Northfield"]
        """Northfield's officers have no union."""
        self.towns = [
            Town("Anyville", "Anyville Police Department", "Appointed by the Board of Selectmen", "Full authority under the charter", (
                ("Ida Example", "since 2024", "Appointed"), ("Otto Placeholder", "since 2011", "Appointed"), ("Una Sample", "since 2030", "Appointed"),
            )),
            Town("Lake Harbor", "Lake Harbor Police Department", "Elected at town elections", "Hiring and promotion", (
                ("Max Mustermann", "2029–2033", "Elected"), ("Erika Musterfrau", "2031–2035", "Elected"),
            )),
            Town("Northfield", "Relies on State Police"),
        ]  # fmt: skip
        self.force = [
            {"Incident Number": "AV-31-0007", "Date of Incident": "March 4, 2031", "Municipality": "Anyville", "Police Department": "Anyville Police Department",
             "Type of Force": "Taser", "Injury": "None reported", "Outcome": "Found to be within policy"},
        ]  # fmt: skip
        self.suits = [
            {"Case": "Doe v. Town of Anyville", "Docket Number": "3:31-cv-00012", "Court": "District Court of Nowhere", "Filed": "January 5, 2031",
             "Municipality": "Anyville", "Police Department": "Anyville Police Department", "Status": "Settled", "Outcome": "Dismissed upon settlement",
             "Settlement Amount": "$125,000"},
        ]  # fmt: skip

        self._refused: set[str] = set()

    def reply(self, asked: Asked) -> Reply:
        if "limit" in self.hazards and asked.query.get("town") and asked.target not in self._refused:
            self._refused.add(asked.target)
            return Reply("Too many requests", 429, headers=(("Retry-After", "1"),))
        match asked.path.rstrip("/").split("/")[1:]:
            case []:
                return _page("Project Flashlight", "<p>Flashlight will have four sections of data.</p>")
            case ["contracts"]:
                return self._contracts(asked.query.get("town", ""))
            case ["contracts", name]:
                return self._town_contracts(name)
            case ["police-commissions"]:
                return self._map()
            case ["police-commissions", name]:
                return self._town(name)
            case ["use-of-force"]:
                return self._to_come("Use of Force", "As data comes in, the site will publish it.", self.force)
            case ["suits-and-settlements"]:
                return self._to_come(
                    "Suits and Settlements", "When complete, this section will tell of suits.", self.suits
                )
            case ["sites", "default", "files", "contracts", name]:
                return self._file(name, asked)
        return NOT_FOUND

    def _contracts(self, chosen: str) -> Reply:
        places = list(enumerate(self.menu, 11))
        if "one-page" in self.hazards:
            return _page("Contracts", "".join(map(self._contract, self.contracts)))
        if "links" in self.hazards:
            links = "".join(f"<li><a href='/contracts/{_slug(name)}'>{name}</a></li>" for name in self.menu)
            return _page("Contracts", f"<ul>{links}</ul>")
        options = "".join(f"<option value='{number}'>{name}</option>" for number, name in places)
        select = f"<label for='t'>Select a town, city, or institution:</label><select id='t' name='town'><option value=''>- Select -</option>{options}</select>"
        form = select if "script-menu" in self.hazards else f"<form method='get' action='/contracts'>{select}</form>"
        name = next((name for number, name in places if str(number) == chosen), "")
        if chosen and not name:
            return NOT_FOUND
        return _page("Contracts", f"<p>Select a town, city, or institution from the menu.</p>{form}{self._of(name)}")

    def _town_contracts(self, name: str) -> Reply:
        found = next((town for town in self.menu if _slug(town) == name), "")
        return _page(found, self._of(found)) if found else NOT_FOUND

    def _of(self, name: str) -> str:
        found = [contract for contract in self.contracts if contract.town == name]
        if name and not found:
            return f"<h2>{name}</h2><p>The officers of {name} are not unionized.</p>"
        return "".join(map(self._contract, found))

    def _contract(self, contract: Contract) -> str:
        employer = f"Town of {contract.town}"
        term = contract.term.replace(", ", " in the year ") if "other-dates" in self.hazards else contract.term
        letters = "".join(f"<li><a href='{FILES}/{_slug(letter)}.pdf'>{letter}</a></li>" for letter in contract.letters)
        rows = "".join(f"<tr><th>{topic}</th><td>{said}</td></tr>" for topic, said in contract.practices.items())
        box = "" if "no-box" in self.hazards else f"<table><caption>Best practices</caption>{rows}</table>"
        return (
            f"<article><h2>{contract.unit}</h2><dl><dt>Employer</dt><dd>{employer}</dd><dt>Bargaining Unit</dt><dd>{contract.unit}</dd>"
            f"<dt>Term</dt><dd>{term}</dd><dt>Police Department</dt><dd>{contract.town} Police Department</dd></dl>"
            f"<p><a href='{FILES}/{contract.pdf}'>Download the contract</a></p><ul>{letters}</ul>{box}</article>"
        )

    def _map(self) -> Reply:
        legend = "<p>Relies on State Police. Has Municipal Police Department. Has Board of Police Commissioners.</p>"
        if "template" in self.hazards:
            names = " ".join(f"<text>{town.name}</text>" for town in self.towns)
            return _page(
                "Police Commissions",
                f"<svg>{names}</svg>{legend}<p>Police Department: Range of Authority: How are the Commissioners Selected? Number of Commissioners:</p>",
            )
        shapes = "".join(
            f"<a href='/police-commissions/{_slug(town.name)}'><text>{town.name}</text></a>" for town in self.towns
        )
        return _page("Police Commissions", f"<h2>Interactive Map</h2><svg>{shapes}</svg>{legend}")

    def _town(self, name: str) -> Reply:
        town = next((town for town in self.towns if _slug(town.name) == name), None)
        if town is None:
            return NOT_FOUND
        said = {"Municipality:": town.name, "Police Department:": town.policed_by}
        board = ""
        if town.selection:
            said |= {
                "Range of Authority:": town.authority,
                "How are the Commissioners Selected?": town.selection,
                "Number of Commissioners:": str(len(town.members)),
            }
            rows = "".join(
                f"<tr><td>{person}</td><td>{tenure}</td><td>{how}</td></tr>" for person, tenure, how in town.members
            )
            board = (
                "<div><div>Commissioners:</div><div><table><thead><tr><th>Commissioner</th><th>Tenure</th><th>Elected or Appointed</th></tr></thead>"
                f"<tbody>{rows}</tbody></table></div></div>"
            )
        lines = "".join(f"<div><div>{label}</div><div>{value}</div></div>" for label, value in said.items())
        return _page(town.name, f"<section>{lines}{board}</section>")

    def _to_come(self, title: str, words: str, entries: list[dict[str, str]]) -> Reply:
        if "sections" not in self.hazards:
            return _page(title, f"<p>{words}</p>")
        made = "".join(
            "<article>" + "".join(f"<p><strong>{label}:</strong> {value}</p>" for label, value in entry.items()) + "</article>"
            for entry in entries
        )  # fmt: skip
        return _page(title, made)

    def _file(self, name: str, asked: Asked) -> Reply:
        body = next((sampled(contract.text) for contract in self.contracts if contract.pdf == name), None)
        if body is None and any(
            f"{_slug(letter)}.pdf" == name for contract in self.contracts for letter in contract.letters
        ):
            body = sampled(["Section 1. Recordings are kept for two years."])
        if body is None:
            return NOT_FOUND
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if asked.headers.get("if-none-match") == tag:
            return Reply("", 304, headers=(("ETag", tag),))
        return Reply(body, kind="application/pdf", headers=(("ETag", tag),))


def _page(title: str, body: str) -> Reply:
    return Reply(
        f"<!DOCTYPE html><html lang='en'><head><title>{title}</title></head><body><header><p>FICTIONAL</p>{NAV}</header>"
        f"<main><h1>{title}</h1>{body}</main><footer><p>A fictional site for tests.</p></footer></body></html>"
    )


def _slug(name: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())
