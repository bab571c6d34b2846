"""What became of many portals, as tables: by kind of event, and by hazard."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from tests.simulator.history import Story
from tests.simulator.truth import Finding

KINDS = (
    "new", "changed", "file_added", "file_replaced", "file_withdrawn", "withdrawn", "restored",
    "blocked", "broken", "recovered", "mass_withdrawal",
)  # fmt: skip


def share(part: int, whole: int) -> str:
    return f"{part / whole:.4f}" if whole else "-"


def figures(findings: Iterable[Finding]) -> dict[str, Counter[str]]:
    """Kind → outcome → events."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for one in findings:
        found[one.kind][one.outcome] += 1
    return found


def precision(outcomes: Counter[str]) -> float:
    said = outcomes["hit"] + outcomes["false"]
    return outcomes["hit"] / said if said else 1.0


def recall(outcomes: Counter[str]) -> float:
    due = outcomes["hit"] + outcomes["miss"]
    return outcomes["hit"] / due if due else 1.0


def table(stories: list[Story]) -> str:
    """The report as text."""
    findings = [one for story in stories for one in story.findings]
    by_kind = figures(findings)
    lines = [
        f"{'kind':<16}{'expected':>9}{'found':>9}{'missed':>8}{'false':>7}{'echo':>6}{'precision':>11}{'recall':>9}"
    ]
    for kind in KINDS:
        got = by_kind[kind]
        due, said = got["hit"] + got["miss"], got["hit"] + got["false"]
        lines.append(
            f"{kind:<16}{due:>9}{said:>9}{got['miss']:>8}{got['false']:>7}{got['echo']:>6}"
            f"{share(got['hit'], said):>11}{share(got['hit'], due):>9}"
        )
    by_hazard: dict[str, Counter[str]] = defaultdict(Counter)
    days: Counter[str] = Counter()
    for story in stories:
        days.update(story.hazards.values())
        for one in story.findings:
            by_hazard[one.hazard][one.outcome] += 1
    lines += ["", f"{'hazard of the day':<42}{'days':>6}{'right':>8}{'missed':>8}{'false':>7}{'echo':>6}"]
    for hazard in sorted(days):
        got = by_hazard[hazard]
        lines.append(f"{hazard:<42}{days[hazard]:>6}{got['hit']:>8}{got['miss']:>8}{got['false']:>7}{got['echo']:>6}")
    total = sum(days.values())
    seconds = sum(story.seconds for story in stories)
    lines += [
        "",
        f"{len(stories)} portals, {total} days, {seconds:.0f} s, {1000 * seconds / max(1, total):.0f} ms a day",
    ]
    return "\n".join(lines)
