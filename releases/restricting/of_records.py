"""What a record that is shown to nobody has: bytes, and the words by which lists and pages of its portal tell of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

from archive.catalog.failures import database_errors
from archive.catalog.models import Capture, ChangeLog
from releases.models import Alias, Event, File, FileVersion, Record, RecordVersion
from releases.restricting.names import Names

_SLICE = 500
_TELLING = 4
"""Characters of a key, or of an address' path, that tell one record from whatever else a page says."""
_WHOLE_TITLE = 16
"""Characters of a title that does so."""
_kept: dict[frozenset[str], tuple[int, frozenset[str], Names, frozenset[str]]] = {}


def bytes_of(records: frozenset[str]) -> frozenset[str]:
    """Payload digests of everything that proves these records: of their pages, lists they stood on, their files."""
    return _of(records)[1]


def marks_of(records: frozenset[str]) -> Names:
    """Their keys, addresses and long titles: a page that has one of them tells of them."""
    return _of(records)[2]


def addresses_of(records: frozenset[str]) -> frozenset[str]:
    """Where the portals have their pages and files."""
    return _of(records)[3]


def _of(records: frozenset[str]) -> tuple[int, frozenset[str], Names, frozenset[str]]:
    """Kept until anything in the catalog changes."""
    if not records:
        return 0, frozenset(), Names(()), frozenset()
    with database_errors():
        seq = ChangeLog.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
        found = _kept.get(records)
        if found is None or found[0] != seq:
            found = (seq, frozenset(_digests(records)), Names(_marks(records)), frozenset(_addresses(records)))
            _kept.clear()
            _kept[records] = found
    return found


def _digests(records: Iterable[str]) -> Iterator[str]:
    captures: set[str] = set()
    for part in _slices(records):
        for model in (RecordVersion, Event):
            for ids in model.objects.filter(record__in=part).values_list("captures", flat=True).iterator():
                captures.update(ids)
        files = list(File.objects.filter(record__in=part).values_list("id", flat=True))
        for few in _slices(files):
            yield from FileVersion.objects.filter(file__in=few).exclude(digest="").values_list("digest", flat=True)
    for part in _slices(captures):
        yield from Capture.objects.filter(id__in=part, payload_length__gt=0).values_list("payload_digest", flat=True)


def _marks(records: Iterable[str]) -> Iterator[str]:
    for part in _slices(records):
        for key, printed, url, title in Record.objects.filter(id__in=part).values_list(
            "key", "printed_key", "url", "title"
        ):
            yield from (one for one in (key, printed) if len(one) >= _TELLING and any(map(str.isdigit, one)))
            at = urlsplit(url)
            if len(at.path) > _TELLING:
                yield f"{at.path}?{at.query}" if at.query else at.path
            if len(title) >= _WHOLE_TITLE:
                yield title
        names = Alias.objects.filter(record__in=part, ended_at=None).values_list("name", flat=True)
        yield from (one for one in names if len(one) >= _TELLING and any(map(str.isdigit, one)))


def _addresses(records: Iterable[str]) -> Iterator[str]:
    for part in _slices(records):
        for pages in (Record.objects.filter(id__in=part), RecordVersion.objects.filter(record__in=part)):
            yield from pages.exclude(url="").values_list("url", flat=True)
        files = dict(File.objects.filter(record__in=part).values_list("id", "url"))
        yield from (one for one in files.values() if one)
        for few in _slices(files):
            yield from FileVersion.objects.filter(file__in=few).exclude(url="").values_list("url", flat=True)


def _slices(values: Iterable[str]) -> Iterator[Sequence[str]]:
    ordered = sorted(set(values))
    return (ordered[start : start + _SLICE] for start in range(0, len(ordered), _SLICE))
