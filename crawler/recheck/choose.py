"""Which files to ask for again, given what each costs and how long it was not asked for. No input, no output.

Everything is asked for while it fits into the host's budget. Of more than that:

1. what must be asked for: never had, of a record that changed now, doubted, or else older than the
   longest time by the next crawl;
2. of the others those that promise most for their cost: how likely they have changed, times how long
   nobody has looked;
3. a file whose bytes would have to come whole is asked for its head alone first, where its host answers
   that; what is left of the budget then brings whole bytes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from crawler.recheck.rate import Seen, chance, changes_per_day, priors

Why = Literal["new", "changed", "doubted", "longest", "all", "likely", "head"]
"""`new`: no bytes of it are held. `changed`: its record changed in this crawl. `doubted`: it was not there the
last time. `longest`: it would be older than `recheck.longest_days`. `all`: every file fits the budget. `likely`:
it promises most for its cost. `head`: its head alone is asked for."""
HEAD_SAYS = 0.5
"""What a look at its head is worth beside its bytes: a change may leave the length as it was."""
EPSILON = 1e-9
"""What sums of costs may differ by."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that its record's page links. Times are days."""

    id: str
    host: str
    kind: str
    changes: int
    """Versions beyond the first."""
    days: float
    """From its first version to the last time it was asked for."""
    age: float
    """Since its bytes were last asked for."""
    looked: float
    """The same, or since its head was: never more than `age`."""
    cost: float
    """Seconds that asking for it takes."""
    head: float = 0.0
    """Seconds that asking for its head takes; 0 where that is no use."""
    must: Why | None = None
    """Why it is asked for whatever that takes."""


@dataclass(slots=True)
class Choice:
    """What is asked for: file id → why, the most wanted first."""

    asked: dict[str, Why] = field(default_factory=dict)
    held: int = 0
    """Files of which bytes are held."""
    spent: Mapping[str, float] = field(default_factory=dict)
    """Host → seconds for files that are held."""
    needed: Mapping[str, float] = field(default_factory=dict)
    """Host → seconds that all its held files would take."""

    @property
    def again(self) -> int:
        """Held files that are asked for, their heads aside."""
        return sum(why not in {"new", "head"} for why in self.asked.values())

    @property
    def heads(self) -> int:
        return sum(why == "head" for why in self.asked.values())

    @property
    def left(self) -> int:
        """Held files that are not asked for at all."""
        return self.held - self.again - self.heads


def choose(candidates: Iterable[Candidate], *, budget: float, longest: float, every: float) -> Choice:
    """The files to ask for.

    Args:
        candidates: every file that the portal links now.
        budget: seconds that asking again may take at each host; hosts are asked side by side.
        longest: days that no file may go without being asked for.
        every: days between two crawls.
    """
    hosts: dict[str, list[Candidate]] = defaultdict(list)
    files = list(candidates)
    choice = Choice()
    for one in files:
        if one.must == "new":
            choice.asked[one.id] = "new"
        else:
            hosts[one.host].append(one)
            choice.held += 1
    choice.needed = {host: sum(one.cost for one in mine) for host, mine in hosts.items()}
    prior: Mapping[str, float] | None = None
    spent: dict[str, float] = {}
    for host, mine in hosts.items():
        if choice.needed[host] <= budget + EPSILON:
            found: dict[str, Why] = {one.id: one.must or "all" for one in mine}
            spent[host] = choice.needed[host]
        else:
            prior = prior or priors((_seen(one) for one in files if one.must != "new"), every)
            found, spent[host] = _some(mine, budget, longest, every, prior)
        choice.asked.update(found)
    choice.spent = spent
    return choice


def _seen(one: Candidate) -> Seen:
    return Seen(one.kind, one.changes, one.days)


def _some(
    files: Sequence[Candidate], budget: float, longest: float, every: float, prior: Mapping[str, float]
) -> tuple[dict[str, Why], float]:
    """Of one host's files those to ask for, the most wanted first, and the seconds that takes."""
    found: dict[str, Why] = {}
    rest: list[Candidate] = []
    spent = 0.0
    for one in files:
        why = one.must or ("longest" if one.age + every > longest else None)
        if why is None:
            rest.append(one)
        else:
            found[one.id] = why
            spent += one.cost
    rates = {one.id: changes_per_day(_seen(one), prior.get(one.kind, prior[""]), every) for one in rest}

    def worth(one: Candidate, days: float) -> float:
        return chance(rates[one.id], days) * days

    offers: list[tuple[float, str, Candidate, Why]] = []
    for one in rest:
        if one.head:
            offers.append((HEAD_SAYS * worth(one, one.looked) / one.head, one.id, one, "head"))
        else:
            offers.append((worth(one, one.age) / one.cost, one.id, one, "likely"))
    headed: list[Candidate] = []
    for _, _, one, why in sorted(offers, key=lambda offer: (-offer[0], offer[1])):
        cost = one.head if why == "head" else one.cost
        if spent + cost <= budget + EPSILON:
            found[one.id] = why
            spent += cost
            if why == "head":
                headed.append(one)
    for one in sorted(headed, key=lambda one: (-worth(one, one.age) / one.cost, one.id)):
        more = one.cost - one.head
        if spent + more <= budget + EPSILON:
            found[one.id] = "likely"
            spent += more
    return found, spent
