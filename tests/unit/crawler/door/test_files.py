"""The file lane: many files, one outcome each."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import threading

import pytest
from door_site import Memory, Seen, open_door, portal

from archive.warc.spool_errors import SpoolFull
from crawler.capture import files, hop
from crawler.capture.files import FileJob, FileLane


def run_lane(portal_, jobs, archive=None, **options):
    async def run():
        async with open_door(portal_, archive, **options) as door:
            return [outcome async for outcome in FileLane(door).fetch_all(jobs)]

    outcomes = asyncio.run(run())
    by_id = {outcome.file_id: outcome for outcome in outcomes}
    assert len(by_id) == len(outcomes)
    return by_id


def digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def test_what_becomes_of_each_file(site, other_site):
    site.pages["/robots.txt"] = (200, [("Content-Type", "text/plain")], b"User-agent: *\nDisallow: /secret\n")
    site.pages["/a.pdf"] = (200, [("Content-Type", "Application/PDF; x=1")], b"%PDF-1")
    site.pages["/login.pdf"] = (200, [("Content-Type", "text/html")], b"<p>log in")
    site.pages["/moved"] = (302, [("Location", f"{other_site.url}/here")], b"")
    other_site.pages["/here"] = (200, [], b"moved")
    site.pages["/cut"] = (200, [("Content-Length", "10"), ("Content-Type", "video/mp4")], b"four")
    site.pages["/big"] = (200, [], b"x" * 4000)
    site.pages["/busy"] = (500, [], b"oh")
    site.pages["/empty"] = (200, [], b"")
    names = ("a.pdf", "login.pdf", "moved", "secret", "cut", "big", "busy", "gone", "empty")
    jobs = [FileJob(name, f"{site.url}/{name}", f"{site.url}/case") for name in names]
    jobs += [FileJob("none", "http:///x"), FileJob("ftp", "ftp://127.0.0.1/x")]
    polite = {"robots": True, "robots_why": "", "delay": 0}
    archive = Memory()
    got = run_lane(portal(site.url, politeness=polite, limits={"file_bytes": 3000}), jobs, archive)
    assert set(got) == {*names, "none", "ftp"}
    captures = {one.archived.capture: one for one in archive.exchanges}
    assert {name: (one.status, one.size, one.mime, one.truncated) for name, one in got.items()} == {
        "a.pdf": (200, 6, "application/pdf", ""), "login.pdf": (200, 9, "text/html", ""), "moved": (200, 5, "", ""),
        "secret": (0, 0, "", ""), "cut": (200, 4, "", "disconnect"), "big": (200, 0, "", "length"),
        "busy": (500, 2, "", ""), "gone": (404, 4, "", ""), "empty": (200, 0, "", ""), "none": (0, 0, "", ""),
        "ftp": (0, 0, "", ""),
    }  # fmt: skip
    assert {name for name, one in got.items() if not one.error} == {"a.pdf", "login.pdf", "moved", "empty"}
    assert "robots.txt" in got["secret"].error
    assert "limits.file_bytes = 3_000" in got["big"].error
    assert got["gone"].error == "the server answered 404"
    assert got["a.pdf"].digest == digest(b"%PDF-1")
    assert got["moved"].final_url == f"{other_site.url}/here"
    assert got["moved"].url == f"{site.url}/moved"
    assert {name for name, one in got.items() if not one.capture} == {"secret", "none", "ftp"}
    assert all(one.capture in captures for one in got.values() if one.capture)
    assert {one.headers["Referer"] for one in site.seen if one.path != "/robots.txt"} == {f"{site.url}/case"}


def test_a_recheck_costs_one_request_and_no_body_and_one_lookup_for_many(site):
    def answer(seen: Seen):
        known = [("ETag", f'"{seen.path}"'), ("Content-Type", "application/pdf")]
        return (304, known[:1], b"") if "If-None-Match" in seen.headers else (200, known, seen.path.encode())

    jobs = [FileJob(str(number), f"{site.url}/{number}") for number in range(60)]
    for number in range(60):
        site.pages[f"/{number}"] = answer
    archive = Memory()
    first = run_lane(portal(site.url), jobs, archive)
    archive.lookups.clear()
    second = run_lane(portal(site.url), jobs, archive)
    assert len(site.seen) == 120
    assert [len(urls) for urls in archive.lookups] == [60]
    for file_id, before in first.items():
        after = second[file_id]
        assert (after.not_modified, after.status, after.error) == (True, 304, "")
        assert (after.digest, after.size, after.mime) == (before.digest, before.size, "application/pdf")
        assert after.capture != before.capture


def test_more_jobs_than_the_window(site, monkeypatch):
    monkeypatch.setattr(files, "WINDOW", 40)
    monkeypatch.setattr(files, "LOOK_UP", 10)
    taken, finished, most = [0], [0], [0]

    def jobs():
        for number in range(300):
            taken[0] += 1
            most[0] = max(most[0], taken[0] - finished[0])
            yield FileJob(str(number), f"{site.url}/{number}")

    async def run():
        async with open_door(portal(site.url)) as door:
            async for _ in FileLane(door).fetch_all(jobs()):
                finished[0] += 1

    asyncio.run(run())
    assert finished == [300]
    assert most[0] <= 40


def test_a_slow_host_delays_no_other(site, other_site):
    done = threading.Event()
    site.pages["/slow"] = lambda _seen: (200, [], b"slow") if done.wait(20) else (500, [], b"")
    for number in range(30):
        other_site.pages[f"/{number}"] = (200, [], b"x")
    jobs = [FileJob(f"slow{number}", f"{site.url}/slow") for number in range(40)]
    jobs += [FileJob(str(number), f"{other_site.url}/{number}") for number in range(30)]

    async def run():
        order = []
        async with open_door(portal(site.url, politeness={"connections": 1})) as door:
            async for outcome in FileLane(door).fetch_all(jobs):
                order.append(outcome)
                if len(order) == 30:
                    done.set()
        return order

    order = asyncio.run(run())
    assert len(order) == 70
    assert all(not outcome.file_id.startswith("slow") and not outcome.error for outcome in order[:30])


class Full(Memory):
    def __init__(self, error: Exception, room: int) -> None:
        super().__init__()
        self.error, self.room = error, room

    def begin(self, url, method, *, held=None, attempt=1):
        if len(self.exchanges) == self.room:
            raise self.error
        return super().begin(url, method, held=held, attempt=attempt)


@pytest.mark.parametrize("room", [0, 3])
@pytest.mark.parametrize("error", [OSError(28, "No space left"), SpoolFull("No space left", where="spool")])
def test_what_is_no_files_fault_ends_the_lane_and_leaves_no_task(site, error, room):
    jobs = [FileJob(str(number), f"{site.url}/{number}") for number in range(50)]

    async def run():
        polite = {"robots": True, "robots_why": ""}
        async with open_door(portal(site.url, politeness=polite), Full(error, room)) as door:
            with pytest.raises(type(error), match="No space"):
                async for _ in FileLane(door).fetch_all(jobs):
                    pass
            lane = FileLane(door).fetch_all(jobs)
            return len(asyncio.all_tasks()), lane

    tasks, _ = asyncio.run(run())
    assert tasks == 1


def test_leaving_early_leaves_no_task(site):
    jobs = [FileJob(str(number), f"{site.url}/{number}") for number in range(50)]

    async def run():
        async with open_door(portal(site.url)) as door:
            lane = FileLane(door).fetch_all(jobs)
            await anext(lane)
            await lane.aclose()
            return len(asyncio.all_tasks())

    assert asyncio.run(run()) == 1


class SlowDisk(Memory):
    """An archive that makes nothing durable until `wanted` exchanges wait for it, or none more comes."""

    def __init__(self, wanted: int) -> None:
        super().__init__()
        self.wanted, self.waiting, self.most = wanted, 0, 0
        self.ready = asyncio.Event()

    def begin(self, url, method, *, held=None, attempt=1):
        sink = super().begin(url, method, held=held, attempt=attempt)
        finish = sink.finish

        async def slow():
            self.waiting += 1
            self.most = max(self.most, self.waiting)
            if self.waiting >= self.wanted:
                self.ready.set()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.ready.wait(), 0.5)
            self.waiting -= 1
            return await finish()

        sink.finish = slow
        return sink


@pytest.mark.parametrize(("size", "together"), [(100, True), (hop.SMALL + 1, False)])
def test_small_files_wait_for_the_disk_together_and_large_ones_hold_their_host(site, size, together):
    """With one connection: the wire goes on while small answers become durable, but memory stays bounded."""
    for number in range(4):
        site.pages[f"/{number}"] = (200, [], b"x" * size)
    jobs = [FileJob(str(number), f"{site.url}/{number}") for number in range(4)]

    async def run():
        archive = SlowDisk(3)
        async with open_door(portal(site.url, politeness={"connections": 1}), archive) as door:
            return [one async for one in FileLane(door).fetch_all(jobs)], archive.most

    outcomes, seen = asyncio.run(asyncio.wait_for(run(), 60))
    assert {one.error for one in outcomes} == {""}
    assert (seen >= 3) is together
    assert together or seen == 1
    assert site.most_at_once == 1
