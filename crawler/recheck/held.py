"""What the ledger and the catalog say of a portal's files: how old, how restless, how costly to ask for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Max, OuterRef, Subquery

from archive.catalog.held import held_captures
from archive.catalog.models import Capture
from archive.model import Before
from config.portal import Portal
from config.schedule import ScheduleError
from crawler.capture.probe import Probe
from crawler.capture.validators import conditions
from crawler.politeness.hosts import host_key
from crawler.recheck.choose import Candidate, Choice, choose
from crawler.recheck.habits import Habits, read_habits
from releases.ledger.compare import FETCHED
from releases.ledger.known import batches
from releases.models import File, FileVersion
from releases.portals.next_crawl import next_of

DAY = 86400.0
EXCHANGE_SECONDS = 0.1
"""What one exchange takes at least on one connection, where no delay is kept."""
HEAD_PAYS = 2.0
"""A head is asked for first where the bytes would cost this many times as much."""
REMEMBERED = timedelta(days=60)
"""How far back heads are remembered."""


@dataclass(frozen=True, slots=True)
class Linked:
    """A file that its record's page links, and what is held of it. Times as the catalog has them."""

    id: str
    url: str
    kind: str
    version: int
    first_seen_at: datetime
    checked_at: datetime | None
    failing: bool
    doubted: bool
    """Its source said once that it is gone: the next answer decides."""
    size: int
    capture: str
    """Of its newest bytes."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What asking again may take."""

    share: float
    every: float
    """Days between two crawls."""
    longest: float
    """Days."""

    @property
    def seconds(self) -> float:
        """At each host."""
        return self.share * self.every * DAY


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a crawl asks for, and what was known when that was decided."""

    choice: Choice
    budget: Budget
    probes: Mapping[str, Probe]
    """File id → what its head is compared with."""
    ignoring: Sequence[str]
    """Hosts that ignore validators."""


def budget_of(portal: Portal, at: datetime) -> Budget:
    """The budget of a crawl that begins at `at`."""
    try:
        due = next_of(portal, at).at
    except ScheduleError:
        due = None
    every = (due - at).total_seconds() / DAY if due is not None else 1.0
    return Budget(portal.recheck.share, max(every, 1 / 1440), portal.recheck.longest_days)


def linked(portal: str, wanted: Collection[str] | None = None) -> list[Linked]:
    """The portal's files; only those with an id in `wanted`, where that is given, else those that pages link."""
    newest = FileVersion.objects.filter(file=OuterRef("id"), number=OuterRef("version"))
    rows = File.objects.filter(portal=portal)
    if wanted is None:
        rows = rows.filter(state__in=["present", "gone"], host__in=FETCHED)
    rows = rows.annotate(newest_size=Subquery(newest.values("size")[:1]), by=Subquery(newest.values("capture")[:1]))
    found = rows.values_list(
        "id", "url", "kind", "version", "first_seen_at", "checked_at", "outcome", "missing_crawls", "state",
        "newest_size", "by",
    )  # fmt: skip
    return [
        Linked(
            id_, url, kind, version, first, checked, bool(outcome) and not outcome.startswith("odd: "),
            missing > 0 and state == "present", size or 0, capture or "",
        )
        for id_, url, kind, version, first, checked, outcome, missing, state, size, capture in found.iterator()
        if wanted is None or id_ in wanted
    ]  # fmt: skip


def choose_files(
    portal: Portal,
    files: Sequence[Linked],
    at: datetime,
    *,
    changed: Collection[str] = (),
    delay: Callable[[str], float],
    pressed: Collection[str] = (),
) -> Chosen:
    """Which of `files` a crawl that begins at `at` asks for. Reads the database.

    Args:
        portal: their portal.
        files: those that its pages link.
        at: when the crawl begins.
        changed: ids of files whose record changed in this crawl.
        delay: seconds between two requests to the host of a URL.
        pressed: ids of files that are had by pressing something on a page: two requests each.
    """
    budget, habits = budget_of(portal, at), read_habits(portal.slug)
    costs = _Costs(portal.politeness.connections, delay, habits.speed)
    candidates: dict[str, Candidate] = {}
    for file in files:
        candidates[file.id] = _candidate(file, at, costs.whole(file, 2 if file.id in pressed else 1), changed)
    # The dearest case first: should every file come whole and that fit, nothing more has to be known.
    needed: dict[str, float] = {}
    for one in candidates.values():
        if one.must != "new":
            needed[one.host] = needed.get(one.host, 0.0) + one.cost
    tight = {host for host, seconds in needed.items() if seconds > budget.seconds}
    probes: dict[str, Probe] = {}
    if tight:
        some = [file for file in files if file.version and candidates[file.id].host in tight]
        closer = _Closer(some, at, habits, costs)
        for file in some:
            times = 2 if file.id in pressed else 1
            candidates[file.id] = closer.look(file, candidates[file.id], times, probes, head=times == 1)
    choice = choose(candidates.values(), budget=budget.seconds, longest=budget.longest, every=budget.every)
    hosts = {one.host for one in candidates.values()}
    ignoring = sorted(host for host in hosts if habits.of(host).ignores_validators)
    return Chosen(choice, budget, probes, ignoring)


class _Costs:
    """Seconds that requests take."""

    def __init__(self, connections: int, delay: Callable[[str], float], speed: float) -> None:
        self._connections = connections
        self._delay = delay
        self._speed = speed
        self._delays: dict[str, float] = {}

    def bare(self, url: str, times: int = 1) -> float:
        """Of an answer without a body."""
        return times * max(self._pause(url), EXCHANGE_SECONDS / self._connections)

    def whole(self, file: Linked, times: int = 1) -> float:
        """Of an answer with all its bytes."""
        transfer = (EXCHANGE_SECONDS + file.size / self._speed) / self._connections
        return (times - 1) * self.bare(file.url) + max(self._pause(file.url), transfer)

    def _pause(self, url: str) -> float:
        host = host_key(url)
        if host not in self._delays:
            self._delays[host] = self._delay(url)
        return self._delays[host]


def _candidate(file: Linked, at: datetime, cost: float, changed: Collection[str]) -> Candidate:
    must = None
    if not file.version or file.checked_at is None:
        must = "new"
    elif file.id in changed:
        must = "changed"
    elif file.doubted:
        must = "doubted"
    elif file.checked_at > at:  # by a clock that was put back since: nobody knows how long ago
        must = "longest"
    checked = file.checked_at or file.first_seen_at
    age = max(0.0, (at - checked).total_seconds() / DAY)
    days = max(0.0, (checked - file.first_seen_at).total_seconds() / DAY)
    return Candidate(
        file.id, host_key(file.url), file.kind, max(0, file.version - 1), days, age, age, cost,
        must=must,  # type: ignore[arg-type]
    )  # fmt: skip


class _Closer:
    """A closer look at the files of hosts whose budget may not do for all: what they really cost."""

    def __init__(self, files: Sequence[Linked], at: datetime, habits: Habits, costs: _Costs) -> None:
        self._at, self._habits, self._costs = at, habits, costs
        self._held: Mapping[str, Before] = held_captures(sorted({file.capture for file in files} - {""}))
        bare = [file.url for file in files if not self._validators(file)]
        self._heads = _heads(bare, at - REMEMBERED)
        self._failed = _last_asked([file.url for file in files if file.failing])

    def _validators(self, file: Linked) -> bool:
        """Whether a condition can be put, and its host has not been seen to ignore it."""
        before = self._held.get(file.capture)
        if before is None or self._habits.of(host_key(file.url)).ignores_validators:
            return False
        return bool(conditions(before.held))

    def look(
        self, file: Linked, candidate: Candidate, times: int, probes: dict[str, Probe], *, head: bool
    ) -> Candidate:
        """`candidate` with its real cost and ages; where its head is worth a look, `probes` gets what to compare."""
        if (asked := self._failed.get(file.url)) is not None:  # an answer without bytes is an answer
            age = min(candidate.age, max(0.0, (self._at - asked).total_seconds() / DAY))
            candidate = replace(candidate, age=age, looked=age)
        before = self._held.get(file.capture)
        redirected = before is not None and before.url != file.url
        if redirected:
            times += 1
        if self._validators(file):
            return replace(candidate, cost=self._costs.bare(file.url, times))
        cost, bare = self._costs.whole(file, times), self._costs.bare(file.url, times)
        candidate = replace(candidate, cost=cost)
        if not head or before is None or cost <= HEAD_PAYS * bare or self._habits.of(candidate.host).refuses_heads:
            return candidate
        answers = self._heads.get(file.url, [])
        sure = [one for one in answers if file.checked_at is not None and one.at <= file.checked_at]
        probes[file.id] = Probe(
            before.held, etag=sure[-1].etag if sure else "", last_modified=sure[-1].last_modified if sure else ""
        )
        looked = candidate.age
        if answers:
            looked = min(looked, max(0.0, (self._at - answers[-1].at).total_seconds() / DAY))
        return replace(candidate, head=bare, looked=looked)


@dataclass(frozen=True, slots=True)
class _Head:
    at: datetime
    etag: str
    last_modified: str


def _heads(urls: Iterable[str], since: datetime) -> dict[str, list[_Head]]:
    """URL → answers to HEAD, oldest first."""
    found: dict[str, list[_Head]] = {}
    for batch in batches(urls):
        rows = Capture.objects.filter(url__in=batch, at__gte=since, method="HEAD", status=200).order_by("at", "id")
        for url, at, etag, modified in rows.values_list("url", "at", "etag", "last_modified"):
            found.setdefault(url, []).append(_Head(at, etag, modified))
    return found


def _last_asked(urls: Iterable[str]) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for batch in batches(urls):
        rows = Capture.objects.filter(url__in=batch).exclude(kind="failed").values_list("url")
        found.update(rows.annotate(newest=Max("at")))
    return found
