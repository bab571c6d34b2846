"""The story the sample portal tells: what it publishes on each day, and what a watcher must notice.

Everything here is invented: Lake Harbor is no city, and nobody in it exists. This module imports
nothing of recordwatch, so that it can serve as the truth the product is measured against.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from sample.world import Case, Contract, Document, Policy, Request, World

AGENCY = "Lake Harbor Office of Police Review"
FIRST_DAY = date(2026, 3, 2)
LAST = 12


@dataclass(frozen=True, slots=True)
class Expected:
    """One event that a crawl of this day must give, after crawls of every day before it.

    `fields` are the record's fields that changed; `file` is the path of the file it is about.
    """

    kind: str
    key: str = ""
    fields: frozenset[str] = frozenset()
    file: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """What happens on a day, the verdict a crawl must end with, and the events it must give."""

    number: int
    headline: str
    verdict: str
    events: tuple[Expected, ...] = ()

    @property
    def date(self) -> date:
        return FIRST_DAY + timedelta(days=self.number - 1)


def _report(number: str, *text: str, since: int = 1) -> Document:
    return Document(
        f"/documents/{number.lower()}-report.pdf", f"{number} Summary Report", text=tuple(text), since=since
    )


def _call(number: str) -> Document:
    return Document(f"/documents/{number.lower()}-911-call.wav", f"{number} 911 Call", "wav")


def _video(number: str, since: int = 1) -> Document:
    return Document(f"/documents/{number.lower()}-body-worn-camera.mp4", f"{number} Body-Worn Camera", "mp4", (), since)


_FIREARM = "Firearm Discharge"
_FORCE = "Other Use of Force"
_CUSTODY = "Incident in Custody"

_CASES = (
    Case("LH-2025-0101", _FIREARM, "January 9, 2025 at 11:40 PM", "03", "Closed", ("Ansel Quill",), "June 30, 2025",
         documents=(_report("LH-2025-0101", "The review found the discharge within policy.",
                            "Two officers were interviewed. Three witnesses came forward."), _call("LH-2025-0101"))),
    Case("LH-2025-0102", _FORCE, "January 27, 2025 at 2:15 PM", "07", "Closed", ("Marla Teasdale-Fict",), "May 2, 2025",
         documents=(_report("LH-2025-0102", "Allegation of excessive force: not sustained."),)),
    Case("LH-2025-0103", _FIREARM, "February 14, 2025 at 9:05 PM", "01", "Under review", ("Corwin Blank",),
         documents=(_report("LH-2025-0103", "Interim statement. The review found that 3 shots were fired.",
                            "Body-worn cameras of two officers recorded the incident."),
                    _video("LH-2025-0103"), _call("LH-2025-0103"))),
    Case("LH-2025-0104", _CUSTODY, "March 3, 2025 at 6:30 AM", "05", "Under review", ("Odalys Fictman",),
         documents=(_report("LH-2025-0104", "Interim statement. A person was found unresponsive in a holding cell."),)),
    Case("LH-2025-0105", _FORCE, "March 14, 2025 at 12:10 AM", "02", "Under review", ("Tobin Inkwell",),
         documents=(_report("LH-2025-0105", "Interim statement. An electroshock device was used twice."),
                    _video("LH-2025-0105"))),
    Case("LH-2025-0106", _FIREARM, "April 1, 2025 at 4:44 PM", "07", "Closed", ("Perrin Notreal",), "December 19, 2025",
         documents=(_report("LH-2025-0106", "The review found the discharge out of policy. Discipline was recommended."),)),
    Case("LH-2025-0107", _FORCE, "April 22, 2025 at 7:20 PM", "04", "Under review", ("Sunniva Madeup",),
         note="One 911 call has been withheld pursuant to the Lake Harbor Health Privacy Ordinance (4-12)."),
    Case("LH-2025-0108", _FIREARM, "May 17, 2025 at 1:55 AM", "03, 04", "Under review", ("Idris Paperman", "Lenka Fable"),
         documents=(_report("LH-2025-0108", "Interim statement. A pursuit crossed two districts."),)),
    Case("LH-2025-0109", _CUSTODY, "June 6, 2025 at 10:00 AM", "Other", "Closed", ("Baxter Invented",), "January 15, 2026",
         documents=(_report("LH-2025-0109", "No policy violation was found. Training was recommended."),)),
    Case("LH-2025-0110", _FORCE, "July 19, 2025 at 3:33 PM", "06", "Under review", ("Ottilie Example",)),
    Case("LH-2025-0111", _FIREARM, "August 30, 2025 at 8:48 PM", "01", "Under review", ("Kasimir Sample",),
         documents=(_report("LH-2025-0111", "Interim statement. The review continues."), _call("LH-2025-0111"))),
    Case("LH-2025-0112", _FORCE, "October 11, 2025 at 5:05 PM", "02", "Under review", ("Wilhelmina Dummy",)),
)  # fmt: skip

_POLICIES = (
    Policy("3.02", "use-of-force", "Use of Force", "January 1, 2025",
           ("Force must be objectively reasonable, necessary and proportional.",
            "Officers shall render medical aid as soon as it is safe to do so."),
           Document("/documents/policy-3-02.pdf", "Policy 3.02 Use of Force",
                    text=("Force must be objectively reasonable, necessary and proportional.",))),
    Policy("4.11", "body-worn-cameras", "Body-Worn Cameras", "July 1, 2024",
           ("Cameras shall be activated at the start of every call for service.",
            "Recordings of a firearm discharge shall be released within 60 days."),
           Document("/documents/policy-4-11.pdf", "Policy 4.11 Body-Worn Cameras",
                    text=("Cameras shall be activated at the start of every call for service.",))),
    Policy("7.05", "notification-of-arrests", "Notification of Arrests", "September 15, 2025",
           ("The arrest of a protected witness is reported to the Office within one business day.",),
           Document("/documents/policy-7-05.pdf", "Policy 7.05 Notification of Arrests",
                    text=("The arrest of a protected witness is reported within one business day.",))),
)  # fmt: skip

_CONTRACTS = (
    Contract("City of Lake Harbor", "Patrol Officers Guild, Local 0", "2023-2027", "patrol-officers-2023",
             Document("/documents/contract-patrol-officers-2023.pdf", "Agreement with the Patrol Officers Guild, 2023-2027",
                      text=("Article 12. Disciplinary records are kept for five years.",
                            "Article 19. Officers may review video before an interview."))),
    Contract("City of Lake Harbor", "Sergeants Association", "2024-2026", "sergeants-2024",
             Document("/documents/contract-sergeants-2024.pdf", "Agreement with the Sergeants Association, 2024-2026",
                      text=("Article 9. The pension is computed from the last three years of service.",))),
)  # fmt: skip

_REQUESTS = (
    Request("26-0018", "Body-worn camera video of case LH-2025-0107", "January 20, 2026", "Denied",
            Document("/documents/request-26-0018-letter.pdf", "Request 26-0018 Denial letter",
                     text=("Your request is denied. The case is under review.",))),
    Request("26-0021", "Complaints by district, 2020-2025", "February 2, 2026", "Fulfilled",
            Document("/documents/request-26-0021-letter.pdf", "Request 26-0021 Response letter",
                     text=("Your request is granted. The table is attached to this letter.",))),
    Request("26-0030", "Emails about policy 7.05", "February 24, 2026", "Open"),
)  # fmt: skip


WITNESS = "Zephyrine Quillfeather"
"""Stands under a box of one report on day 9. Nobody may ever find it."""


def _interview(*, legible: bool, since: int) -> Document:
    return replace(
        _report(
            "LH-2026-0002", "The officers were interviewed. The review found the force within policy.", since=since
        ),
        black=(f"A witness, {WITNESS} of Nowhere Lane, recorded the incident on her telephone.",),
        legible=legible,
    )


def world(day: int) -> World:
    """What the portal publishes on `day` (1 to LAST). Days 6 and 7 hold day 5's world behind a wall or a redesign."""
    cases = {case.slug: case for case in _CASES}
    if day >= 3:
        for case in (
            Case("LH-2026-0001", _FIREARM, "February 20, 2026 at 10:22 PM", "05", "Under review", ("Evander Placeholder",),
                 documents=(replace(_call("LH-2026-0001"), since=3),)),
            Case("LH-2026-0002", _FORCE, "February 25, 2026 at 1:09 PM", "06", "Under review", ("Hedda Nobody",)),
        ):  # fmt: skip
            cases[case.slug] = case
        final = Document("/documents/lh-2025-0105-final-report.pdf", "LH-2025-0105 Final Summary Report", since=3,
                         text=("Allegation of excessive force: sustained. Discipline was recommended.",))  # fmt: skip
        shown = cases["lh-2025-0105"]
        cases["lh-2025-0105"] = replace(
            shown, status="Closed", closed="March 3, 2026", documents=(*shown.documents, final)
        )
    if day >= 4:
        # One digit differs, so the length is the same: only the bytes tell.
        shown = cases["lh-2025-0103"]
        report = replace(
            shown.documents[0],
            text=("Interim statement. The review found that 5 shots were fired.", *shown.documents[0].text[1:]),
            since=4,
        )
        cases["lh-2025-0103"] = replace(shown, documents=(report, *shown.documents[1:]))
    if day == 4:
        del cases["lh-2025-0104"]
    if day >= 5:
        shown = cases["lh-2025-0104"]
        cases["lh-2025-0104"] = replace(
            shown, incident="March 1, 2025 at 6:30 AM", documents=(*shown.documents, _video("LH-2025-0104", since=5))
        )
    if day >= 8:
        case = Case("LH-2026-0003", _CUSTODY, "March 6, 2026 at 4:50 AM", "01", "Under review", ("Rosalind Fiction",),
                    documents=(_report("LH-2026-0003", "Notice of review.", since=8),))  # fmt: skip
        cases[case.slug] = case
    if day >= 9:
        shown = cases["lh-2026-0002"]
        report = _interview(legible=day == 9, since=day)
        cases["lh-2026-0002"] = replace(shown, documents=(*shown.documents, report))
        case = Case(
            "LH-2026-0004", _FIREARM, "January 4, 2026 at 2:20 AM", "02", "Under review", ("Leopold Fabricated",)
        )
        cases[case.slug] = case
    if day >= 11:
        # What request 26-0018 asked for and was denied.
        shown = cases["lh-2025-0107"]
        report = _report("LH-2025-0107", "A taser was drawn, and used twice within eight seconds.",
                         "The review of the use of force continues.", since=11)  # fmt: skip
        cases["lh-2025-0107"] = replace(shown, documents=(report, _video("LH-2025-0107", since=11)))
    if day >= 12:
        cases["lh-2025-0107"] = replace(cases["lh-2025-0107"], status="Closed", closed="March 13, 2026")
    policies = _POLICIES if day < 11 else (_revised(_POLICIES[0]), *_POLICIES[1:])
    return World(day, tuple(cases[slug] for slug in sorted(cases)), policies, _CONTRACTS, _REQUESTS)


def _revised(policy: Policy) -> Policy:
    """The policy on force as of day 11: one word weaker, one duty less, one paragraph more."""
    force = "Force should be objectively reasonable and necessary."
    return replace(
        policy,
        effective="March 12, 2026",
        text=(force, policy.text[1], "A taser is not used on a person who is restrained."),
        document=replace(policy.document, text=(force,), since=11),
    )


DAYS = {
    1: Day(1, "The first look: 12 cases, 3 policies, 2 union contracts, 3 records requests.", "healthy"),
    2: Day(2, "Nothing changed.", "healthy"),
    3: Day(
        3,
        "Two new cases; case LH-2025-0105 was closed and its final report posted.",
        "healthy",
        (
            Expected("new", "lh-2026-0001"),
            Expected("new", "lh-2026-0002"),
            Expected("changed", "lh-2025-0105", frozenset({"status", "closed_date"})),
            Expected("file_added", "lh-2025-0105", file="/documents/lh-2025-0105-final-report.pdf"),
        ),
    ),
    4: Day(
        4,
        "A report was replaced in place (3 shots became 5, same file size); case LH-2025-0104 vanished.",
        "healthy",
        (
            Expected("file_replaced", "lh-2025-0103", file="/documents/lh-2025-0103-report.pdf"),
            Expected("withdrawn", "lh-2025-0104"),
        ),
    ),
    5: Day(
        5,
        "Case LH-2025-0104 is back, with another incident date and a video.",
        "healthy",
        (
            Expected("restored", "lh-2025-0104", frozenset({"incident_date"})),
            Expected("file_added", "lh-2025-0104", file="/documents/lh-2025-0104-body-worn-camera.mp4"),
        ),
    ),
    6: Day(6, "The portal answers every page with Access Denied and status 200.", "blocked", (Expected("blocked"),)),
    7: Day(7, "A redesign put the case numbers into HTML comments.", "broken", (Expected("broken"),)),
    8: Day(
        8,
        "The portal can be read again; there is one new case.",
        "healthy",
        (Expected("recovered"), Expected("new", "lh-2026-0003")),
    ),
    9: Day(
        9,
        "A witness's name stands under a black box that hides nothing; a case appears whose material is overdue.",
        "healthy",
        (
            Expected("new", "lh-2026-0004"),
            Expected("overdue", "lh-2026-0004"),
            Expected("file_added", "lh-2026-0002", file="/documents/lh-2026-0002-report.pdf"),
            Expected("quarantined", "lh-2026-0002"),
        ),
    ),
    10: Day(
        10,
        "The botched report was replaced by one in which the name is really gone.",
        "healthy",
        (Expected("file_replaced", "lh-2026-0002", file="/documents/lh-2026-0002-report.pdf"),),
    ),
    11: Day(
        11,
        "The policy on force was rewritten; the taser report and the video of case LH-2025-0107 were posted.",
        "healthy",
        (
            Expected("changed", "policy/use-of-force", frozenset({"effective_date", "text"})),
            Expected("file_replaced", "policy/use-of-force", file="/documents/policy-3-02.pdf"),
            Expected("file_added", "lh-2025-0107", file="/documents/lh-2025-0107-report.pdf"),
            Expected("file_added", "lh-2025-0107", file="/documents/lh-2025-0107-body-worn-camera.mp4"),
        ),
    ),
    12: Day(
        12,
        "Case LH-2025-0107 was closed.",
        "healthy",
        (Expected("changed", "lh-2025-0107", frozenset({"status", "closed_date"})),),
    ),
}
