"""What `crawl` and `run` do last, when the news is out: listen to recordings where a portal file asks for it."""

from __future__ import annotations

from collections.abc import Iterable

from cli.output import warn
from config.errors import ConfigError, RecordwatchError
from config.home import Home
from config.portal import Portal


def transcribe_after(home: Home, slugs: Iterable[str], *, quiet: bool) -> None:
    """Transcribe what is still without a transcript, as long as `[speech]` allows. Nothing in it fails a crawl."""
    for portal in _asking(home, slugs):
        from archive.holdings import Holdings
        from cli.progress import progress_for
        from crawler.transcribe import transcribe_portal

        try:
            with progress_for(portal.name, off=quiet) as progress:
                made = transcribe_portal(home, portal, Holdings(home, opened=True), progress)
        except RecordwatchError as error:
            warn(f"recordwatch: the recordings of {portal.slug} could not all be transcribed: {error}")
            continue
        for note in made.notes:
            warn(f"recordwatch: {note}")


def _asking(home: Home, slugs: Iterable[str]) -> Iterable[Portal]:
    for slug in slugs:
        try:
            portal = home.portal(slug)
        except ConfigError:
            continue  # its own crawl says what is wrong with the file
        if portal.text.transcribe and portal.media:
            yield portal
