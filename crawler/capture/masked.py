"""Between door and archive, for portals with secret parameters: the archive hears and knows masked addresses alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal

from archive.model import Archived, ExchangeSink, Held, Part, Recorder
from crawler.capture.fetch import HeldAnswer, HeldLookup
from crawler.capture.ranges import Begun
from crawler.capture.target import masked_url


def masked(parameters: Iterable[str], recorder: Recorder, held: HeldLookup) -> tuple[Recorder, HeldLookup]:
    """`recorder` and `held` as the door of a portal with these secret parameters may use them."""
    secret = frozenset(parameters)
    return (MaskedRecorder(recorder, secret), MaskedHeld(held, secret)) if secret else (recorder, held)


class MaskedRecorder:
    """A `Recorder` before another one, which hears masked addresses alone: WARC-Target-URI, catalog, index.

    Args:
        recorder: the archive.
        parameters: names of the secret ones, in any case.
    """

    def __init__(self, recorder: Recorder, parameters: Iterable[str]) -> None:
        self._recorder = recorder
        self._parameters = frozenset(parameters)

    def begin(self, url: str, method: str, *, held: Held | None = None, attempt: int = 1) -> ExchangeSink:
        return self._recorder.begin(masked_url(url, self._parameters), method, held=held, attempt=attempt)

    async def assemble(
        self,
        url: str,
        parts: Sequence[Part],
        *,
        mime: str,
        etag: str = "",
        last_modified: str = "",
        how: Literal["ranges", "segments"],
    ) -> Archived:
        shown = masked_url(url, self._parameters)
        return await self._recorder.assemble(shown, parts, mime=mime, etag=etag, last_modified=last_modified, how=how)


class MaskedHeld:
    """A `HeldLookup` before another one: whoever asks does so by real addresses, and gets answers by these.

    Args:
        held: what knows addresses as they were archived.
        parameters: names of the secret ones, in any case.
    """

    def __init__(self, held: HeldLookup, parameters: Iterable[str]) -> None:
        self._held = held
        self._parameters = frozenset(parameters)

    async def latest(self, url: str) -> Held | None:
        return await self._held.latest(self._masked(url))

    async def latest_many(self, urls: Iterable[str]) -> Mapping[str, Held]:
        wanted = list(urls)
        found = await self._held.latest_many(map(self._masked, wanted))
        return {url: found[shown] for url in wanted if (shown := self._masked(url)) in found}

    async def partly(self, urls: Iterable[str]) -> Collection[str]:
        wanted = list(urls)
        found = await self._held.partly(map(self._masked, wanted))
        return {url for url in wanted if self._masked(url) in found}

    async def begun(self, url: str) -> Begun | None:
        return await self._held.begun(self._masked(url))

    async def led_to(self, url: str) -> str:
        return await self._held.led_to(self._masked(url))

    async def answer(self, held: Held) -> HeldAnswer:
        return await self._held.answer(held)

    def _masked(self, url: str) -> str:
        return masked_url(url, self._parameters)
