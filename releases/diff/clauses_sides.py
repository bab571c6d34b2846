"""Which texts are compared clause by clause, and where they come from. Reads the ledger and the archive."""

from __future__ import annotations

from collections.abc import Sequence

from releases.diff.clauses import clauses_diff
from releases.diff.clauses_model import ClausesComparison
from releases.diff.markup import Page
from releases.diff.model import Side
from releases.diff.page import page_lines
from releases.diff.payload import Payload, Pdf
from releases.diff.reading import Reading, Source
from releases.diff.sides import capture_row, captured, file_source, files_then, own_page, side_of, two_versions
from releases.diff.versions import Chosen, NoSuchVersion, chosen, file_versions_of, named_file, versions_of
from releases.models import File, FileVersion, Record

_TEXTS = ("application/pdf", "text/", "application/xhtml+xml")
_WORDS = frozenset({"contract", "policy"})
"""Kinds of file that are meant where a record has one of them among others."""


class ClauseComparer(Reading):
    """Reads and compares; holds the reading processes. Close it, or use it as a context manager."""

    def record(
        self, record: Record, old: Chosen | None = None, new: Chosen | None = None, *, file: str = ""
    ) -> list[ClausesComparison]:
        """Two versions of a record's own page and of its files, those that differ; chosen as `Comparer.record` does.

        Raises:
            NoSuchVersion.
        """
        files = _files(record)
        if file:
            one = named_file(files, file, record.key)
            before, after = two_versions(file_versions_of([one])[one.id], old, new, one.name or one.identity)
            if before is None or after is None:
                return []
            return [self._versions(one, before, after)]
        versions = versions_of(record.id)
        first, last = two_versions(versions, old, new, record.key)
        made: list[ClausesComparison] = []
        if first is not None and last is not None:
            pages = own_page(first), own_page(last)
            if pages[0] is not None and pages[1] is not None and pages[0].id != pages[1].id:
                sources = captured(pages[0]), captured(pages[1])
                labels = (f"version {first.number}", f"version {last.number}")
                page = self._pair("page", sources[0], labels[0], sources[1], labels[1])
                # A page of fields has no clauses: what differs there is told without --clauses.
                made += [page] if page.diff is None or len(page.diff.unnumbered) < 2 else []
        for one, held in zip(files, file_versions_of(files).values(), strict=True):
            pair = files_then(held, versions, first, last, default=old is None and new is None)
            if pair is not None and _has_text(pair[0]) and _has_text(pair[1]):
                made.append(self._versions(one, *pair))
        return [one for one in made if one.diff is None or one.diff.changes]

    def between(
        self, record: Record, file: str, old: Chosen | None, other: Record, other_file: str, new: Chosen | None
    ) -> ClausesComparison:
        """A document of `record` with one of `other` (or with another one of the same record): an old term with a
        new one. Without names, each record's only document. `old`, `new`: which version; the last one unless told.

        Raises:
            NoSuchVersion.
        """
        left, right = _document(record, file), _document(other, other_file)
        sides = _version(left, old), _version(right, new)
        if sides[0].digest and sides[0].digest == sides[1].digest:
            raise NoSuchVersion(f"{_name(left)} and {_name(right)} are the same document", where=record.key)
        sources = [file_source(side) for side in sides]
        read = [self._reader.alone(source) for source in sources]
        labels = [f"version {version.number}" for version in sides]
        return clauses_of(
            _name(left), side_of(sources[0], labels[0]), read[0], _name(right), side_of(sources[1], labels[1]), read[1]
        )

    def captures(self, old: str, new: str) -> ClausesComparison:
        """Two captures' payloads. Raises NotHeld: there is no such capture."""
        left, right = captured(capture_row(old)), captured(capture_row(new))
        return self._pair(right.url, left, "", right, "", old_name=left.url)

    def _versions(self, file: File, before: FileVersion, after: FileVersion) -> ClausesComparison:
        labels = [f"version {version.number}" for version in (before, after)]
        return self._pair(_name(file), file_source(before), labels[0], file_source(after), labels[1])

    def _pair(
        self, name: str, old: Source, old_label: str, new: Source, new_label: str, *, old_name: str = ""
    ) -> ClausesComparison:
        left, right = self._reader.pair(old, new)
        return clauses_of(old_name or name, side_of(old, old_label), left, name, side_of(new, new_label), right)


def clauses_of(
    old_name: str, old_side: Side, old: Payload, new_name: str, new_side: Side, new: Payload
) -> ClausesComparison:
    """Two texts that were read, clause by clause."""
    if old.digest and old.digest == new.digest:
        return ClausesComparison(old_side, new_side, old_name, new_name, clauses_diff((), ()))
    texts = _pages(old), _pages(new)
    sides = (("before", old, texts[0]), ("after", new, texts[1]))
    unread = "; ".join(
        f"{when}: {payload.unread or 'it has no text'}"
        for when, payload, text in sides
        if text is None or not any(page.strip() for page in text)
    )
    diff = None if unread or texts[0] is None or texts[1] is None else clauses_diff(texts[0], texts[1])
    return ClausesComparison(old_side, new_side, old_name, new_name, diff, unread)


def _pages(payload: Payload) -> list[str] | None:
    inside = payload.inside
    if isinstance(inside, Pdf):
        return list(inside.pages)
    if isinstance(inside, Page):
        return ["\n".join(page_lines(inside))]
    return [inside] if isinstance(inside, str) else None


def _document(record: Record, name: str) -> File:
    """The file that is meant; without a name, the only one with text, or the only contract or policy."""
    files = _files(record)
    if name:
        return named_file(files, name, record.key)
    held = file_versions_of(files)
    texts = [file for file in files if held[file.id] and _has_text(held[file.id][-1])]
    meant = [file for file in texts if file.kind in _WORDS] or texts
    if len(meant) == 1:
        return meant[0]
    said = ", ".join(f"{_name(file)} ({file.id})" for file in meant[:10]) or "none is held"
    raise NoSuchVersion(
        f"{record.key} has {len(meant) or 'no'} documents to choose from", where=record.portal,
        todo=f"Name one with --file, or of the other side with --with-file: {said}",
    )  # fmt: skip


def _version(file: File, wanted: Chosen | None) -> FileVersion:
    versions = file_versions_of([file])[file.id]
    if wanted is not None:
        return chosen(versions, wanted, [[version.capture] for version in versions], _name(file))
    if not versions:
        raise NoSuchVersion("nothing of it is held", where=_name(file))
    return versions[-1]


def _files(record: Record) -> Sequence[File]:
    return list(File.objects.filter(record=record.id).order_by("first_seen_at", "id"))


def _has_text(version: FileVersion) -> bool:
    return version.mime.lower().startswith(_TEXTS) or version.url.lower().partition("?")[0].endswith((".pdf", ".txt"))


def _name(file: File) -> str:
    return file.name or file.identity
