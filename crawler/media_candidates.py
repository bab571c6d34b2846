"""From addresses that a page shows, or that its players asked for, to one recording: where no resolver knows the page."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.capture.media.answer import Info
from crawler.capture.media.choose import way
from crawler.capture.media.found import Candidate, as_file, as_stream, beside, meant, recordings
from crawler.capture.media.outcomes import Unhad
from crawler.capture.media.playlist import unsigned
from crawler.capture.media.resolver import Resolved, Resolver
from crawler.capture.media.take import Taker
from crawler.capture.media.visited import VISIT

MOST_STREAMS = 3
"""Recordings in lists of pieces that are told apart by reading the lists."""


class Candidates:
    """For one crawl."""

    def __init__(self, resolver: Resolver, taker: Taker) -> None:
        self._resolver = resolver
        self._taker = taker

    async def shown(self, found: Sequence[Candidate], page: str, identity: str) -> Info | None:
        """The recording of a page whose markup names `found`: one file before a stream; None where nothing is one.

        HLS and DASH beside each other are two forms of the same.

        Raises:
            Unhad: several recordings.
        """
        files = recordings(one for one in found if not one.listed)
        if len(files) == 1:
            return as_file(files[0], page)
        form = next((one.form for one in found if one.listed), "")
        lists = [one for one in found if one.listed and one.form == form]
        streams = await self._streams(lists, page, "page", strict=False)
        if streams:
            return _one([name for name, _ in streams], [info for _, info in streams], identity)
        if files:
            names = [forms[0].recording for forms in files]
            return _one(names, [as_file(forms, page) for forms in files], identity)
        return None

    async def played(self, found: Sequence[Candidate], page: str, identity: str) -> Info | None:
        """The recording of a page whose players asked for `found`: a list before its lists before files, none of which
        are its pieces. None where they asked for nothing.

        Raises:
            Unhad: several recordings; or a list that says no now. It is never `removed`: the link may have expired.
        """
        lists = [one for one in found if one.listed]
        streams = await self._streams(lists, page, VISIT, strict=True)
        files = [one for one in found if not one.listed]
        if files and streams:
            pieces = await self._pieces(lists, [info for _, info in streams], page)
            files = [one for one in files if unsigned(one.url) not in pieces]
        alone = recordings(files)
        names = [*(name for name, _ in streams), *(forms[0].recording for forms in alone)]
        infos = [*(info for _, info in streams), *(as_file(forms, page, VISIT) for forms in alone)]
        return _one(names, infos, identity) if infos else None

    async def _streams(
        self, lists: Sequence[Candidate], page: str, extractor: str, *, strict: bool
    ) -> list[tuple[str, Info]]:
        """Each recording of `lists` with its name. `strict`: one that cannot be read is an error, else it is none."""
        streams: list[tuple[str, Info]] = []
        left, asked = list(lists), 0
        while left:
            if asked == MOST_STREAMS:
                raise _several(len(streams) + len(left))
            first, asked = left.pop(0), asked + 1
            resolved = await self._resolver.resolve(first.url, first.frame or page)
            if resolved.info is None or resolved.trouble is not None:
                if strict:
                    raise _refused(resolved)
                continue
            left = beside(left, first, resolved.info)
            streams.append((first.recording, as_stream(first, resolved.info, page, extractor)))
        return streams

    async def _pieces(self, lists: Sequence[Candidate], infos: Sequence[Info], page: str) -> set[str]:
        """Paths of what the lists that were played are made of."""
        played, found = {unsigned(one.url) for one in lists}, set[str]()
        for one in [one for info in infos for one in info.formats]:
            if way(one) == "dash" or (way(one) == "hls" and unsigned(one.url) in played):
                stream = await self._taker.stream(one, page)
                found |= {unsigned(stretch.url) for stretch in stream.stretches}
        return found


def _one(names: Sequence[str], infos: Sequence[Info], identity: str) -> Info:
    """The only one, or the one that the file's identity names. Raises Unhad."""
    if len(infos) == 1:
        return infos[0]
    place = meant(names, identity)
    if place is None:
        raise _several(len(infos))
    return infos[place]


def _several(count: int) -> Unhad:
    return Unhad("unsupported", f"this is a list of {count} recordings")


def _refused(resolved: Resolved) -> Unhad:
    trouble = resolved.trouble or "unreachable"
    evidence = resolved.evidence
    return Unhad(
        "unreachable" if trouble in {"removed", "unsupported"} else trouble, resolved.said,
        status=evidence.status if evidence else 0, capture=evidence.capture if evidence else "",
    )  # fmt: skip
