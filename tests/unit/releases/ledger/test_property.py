"""Random histories: the ledger tells exactly what a simple model, which knows no ledger, computes."""

import random

import pytest

from releases.ledger import flapping
from tests.unit.releases.ledger.watch import case, pdf, told

DAYS = 12
KEYS = [f"k{n}" for n in range(14)]
STATUSES = ["open", "closed", "under review"]


def portal_days(chance: random.Random):
    """What a portal shows, day by day: key → (status, names of files), and which pages answer 404."""
    shown = dict.fromkeys(KEYS[:10], ("open", ("report",)))
    for _ in range(DAYS):
        for key in KEYS:
            if key in shown and chance.random() < 0.08:
                del shown[key]
            elif key not in shown and chance.random() < 0.15:
                shown[key] = (chance.choice(STATUSES), ("report",))
            elif key in shown and chance.random() < 0.25:
                files = tuple(name for name in ("report", "video", "audio") if chance.random() < 0.6)
                shown[key] = (chance.choice(STATUSES), files)
        gone = {key for key in KEYS if key not in shown and chance.random() < 0.5}
        verdict = chance.choices(["healthy", "partial", "blocked"], [8, 1, 1])[0]
        yield dict(shown), gone, verdict


class Model:
    """What a careful clerk would write down, with nothing but yesterday's list beside today's."""

    def __init__(self) -> None:
        self.last: dict[str, tuple[str, tuple[str, ...]]] = {}
        self.files: dict[str, set[str]] = {}
        self.withdrawn: set[str] = set()
        self.missed: dict[str, int] = {}
        self.blind = ""
        self.rows = [0]
        """Lengths of the rows of partial days, the running one last."""

    def day(self, shown, gone, verdict) -> list[tuple[str, str]]:
        said = []
        if verdict == "blocked":
            said += [] if self.blind == "blocked" else [("blocked", "")]
            self.blind, self.rows[-1] = "blocked", 0
            return said
        if verdict == "partial":
            self.rows[-1] += 1
            if self.rows[-1] >= max(3, *(row + 1 for row in self.rows[:-1])) and self.blind != "in part":
                said.append(("broken", ""))
                self.blind = "in part"
        if verdict == "healthy":
            said += [("recovered", "")] if self.blind else []
            self.blind = ""
            self.rows.append(0)
        present = len(self.last.keys() - self.withdrawn)
        for key, (status, files) in shown.items():
            self.missed.pop(key, None)
            if key not in self.last:
                said.append(("new", key))
            else:
                if key in self.withdrawn:
                    said.append(("restored", key))
                elif self.last[key][0] != status:
                    said.append(("changed", key))
                said += [("file_added", key)] if set(files) - self.files[key] else []
                said += [("file_withdrawn", key)] if self.files[key] - set(files) else []
            self.withdrawn.discard(key)
            self.last[key], self.files[key] = (status, files), set(files)
        if verdict == "healthy":
            said += self.absences(shown, gone, present)
        return said

    def absences(self, shown, gone, present: int) -> list[tuple[str, str]]:
        missing = sorted(self.last.keys() - self.withdrawn - shown.keys())
        fresh = [key for key in missing if not self.missed.get(key)]
        mass = len(fresh) > max(5, present / 5)
        said = [("mass_withdrawal", "")] if mass else []
        for key in missing:
            if (key in gone or self.missed.get(key, 0) >= 2) and not (mass and key in fresh):
                said.append(("withdrawn", key))
                self.withdrawn.add(key)
                self.missed.pop(key, None)
            else:
                self.missed[key] = self.missed.get(key, 0) + 1
        return said


@pytest.fixture
def unlearning(monkeypatch):
    """A ledger that learns no flips: these days are so few and so wild that everything would be one."""
    monkeypatch.setattr(flapping, "RETURNS", 10**6)


@pytest.mark.parametrize("seed", range(16))
def test_every_history_is_told_exactly(watch, unlearning, seed):
    chance = random.Random(seed)
    model = Model()
    for everything, gone, verdict in portal_days(chance):
        shown = everything
        rows = [
            case(
                key, *(pdf(name, f"/{key}/{name}.pdf") for name in files), raw=str(chance.random()),
                fields={"status": status, "views": chance.randint(0, 3)}, flapping=frozenset({"views"}),
            )
            for key, (status, files) in shown.items()
        ]  # fmt: skip
        chance.shuffle(rows)
        if verdict == "blocked":
            rows = []
        elif verdict == "partial":
            # A partial crawl shows less; what it does not show proves nothing.
            rows = rows[: len(rows) // 2]
            shown = {row.key: shown[row.key] for row in rows}
        expected = sorted(model.day(shown, gone, verdict))
        assert told(watch.crawl(*rows, gone=sorted(gone), verdict=verdict)) == expected, f"seed {seed}, day {watch.day}"


@pytest.mark.parametrize("seed", range(4))
def test_flips_of_what_is_no_news_are_never_told(watch, seed):
    chance = random.Random(seed)

    def shown(key: str):
        title = chance.choice([f"Case {key}", f" Case  {key}\n"])
        fields = {"status": chance.choice(["open", "open "]), "views": chance.randint(0, 9)}
        signed = pdf(
            "report", f"/{key}.pdf?sig={chance.random()}", chance.choice(["a.example", "b.example"]), identity=key
        )
        return case(
            key, signed, title=title, fields=fields, raw=str(chance.random()), text=str(chance.random()),
            url=f"http{chance.choice(['', 's'])}://portal.example/case/{key}/", flapping=frozenset({"views"}),
        )  # fmt: skip

    watch.crawl(*map(shown, KEYS))
    for _ in range(8):
        assert watch.crawl(*map(shown, chance.sample(KEYS, len(KEYS)))) == []
