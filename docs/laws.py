"""Writes `docs/reference/laws.md` from the files in `config/laws/`."""

from __future__ import annotations

from config.law import ANSWERED, OWED, Law, known_laws, read_law

COMPARED = {
    "section": "Compared with the section itself, text of {law.as_of}.",
    "secondary": "Compared with a guide to it, text of {law.as_of}.",
    "unchecked": "**Written from memory ({law.as_of}) and compared with nothing: look it up first.**",
}
OPENING = """# Public-records laws

{note}
`laws = ["us-ca"]` in a portal file gives its records requests the term of that law, as a rule of
[`[[deadlines]]`](deadlines.md): `recordwatch portals show` prints it, `recordwatch deadlines` says what it comes to,
and `overdue` is told once. A rule of the same name in the portal file takes its place.

**Not legal advice.** Laws are amended, and have exceptions that no portal prints. Each law names its sections, the
year of the text it was compared with, and whether that was the section itself, a guide to it, or nothing. Read the section,
and ask the agency, before you print that it was late.

What the law wants done in time decides what a portal can show of it:

| owed | what is said |
|---|---|
| {records} | An open request without a release is `overdue` when the longest term that may apply to it is over |
| {determination} | Only of requests whose timeline the portal prints, because the decision is a letter; without one, `unknown` |
| {answer} | `unknown`: the letter is no portal's matter. The day is worked out and shown, and never told as `overdue` |

Counted from the day after the printed day of receipt. As answered counts what a portal shows of an answer: {answered}.
Rather too much counts than too little.
"""
ANSWERED_WORDS = {
    "state": "a state that means closed",
    "timeline": "an entry of the timeline that speaks of a release, a response, a message, a determination, a denial or the closing",
}


def laws_page(note: str) -> str:
    """The page: one table, then what each law says."""
    laws = {key: read_law(key, "docs") for key in known_laws()}
    assert ANSWERED.keys() == ANSWERED_WORDS.keys()
    text = OPENING.format(note=note, answered=", and ".join(ANSWERED_WORDS.values()), **OWED)
    text += "\n| law | jurisdiction | days | longest | owed | sections |\n|---|---|---|---|---|---|\n"
    text += "".join(_row(key, law) for key, law in laws.items())
    for key, law in laws.items():
        compared = COMPARED[law.read].format(law=law)
        unsaid = f" {law.term.unsaid}" if law.term and law.term.unsaid else ""
        text += f"\n**`{key}`** [{law.name}]({law.url}), {law.citation}: {law.says}{unsaid} {compared}\n"
    return text


def _row(key: str, law: Law) -> str:
    if law.term is None:
        return f"| `{key}` | {law.jurisdiction} | no fixed term | | no rule | {law.citation} |\n"
    term = law.term
    kind = "business days" if term.business_days else "days"
    longest = f"{term.days + term.extension_days} {kind}" if term.extension_days else ""
    return f"| `{key}` | {law.jurisdiction} | {term.days} {kind} | {longest} | {OWED[term.owed]} | {law.citation} |\n"
