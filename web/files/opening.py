"""Which file, which version, and whether it is shown: asked first by every address of this part."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext as _

from archive.access import restricted
from archive.catalog.models import Capture, Restriction
from archive.unreadable import Errors
from releases.access import Why, captures_of_shut, shut_records, withheld, without_names
from releases.models import File, FileVersion, Quarantine, Record
from releases.quarantine.gate import HIDING
from web.shell import place
from web.shell.errors import Shown
from web.shell.viewer import Viewer

_SLICE = 500
_MOST_VERSIONS = 500
"""Of one file, on one page."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file somebody may know of, and one of its versions."""

    file: File
    record: Record | None
    versions: tuple[FileVersion, ...]
    """Those that may be known of, the oldest first."""
    version: FileVersion | None
    """None while no bytes are held."""
    why: Why | None
    """Why its bytes are not given to readers."""

    @property
    def name(self) -> str:
        """As people know it, restricted names masked."""
        return without_names(self.file.name) or _("A file without a name")

    @property
    def file_name(self) -> str:
        """For a disk: its name, with the ending of its address."""
        ending = PurePosixPath(unquote(urlsplit(self.version.url if self.version else self.file.url).path)).suffix
        name = self.name
        return name if not ending or len(ending) > 8 or name.lower().endswith(ending.lower()) else name + ending

    @property
    def digest(self) -> str:
        return self.version.digest if self.version else ""

    def gives_bytes(self, viewer: Viewer) -> bool:
        """Whether this viewer gets the bytes themselves: editors also those that hold words under a black box."""
        return self.why is None or (self.why == "quarantined" and viewer.edits)


def opened(ident: str, viewer: Viewer, number: int | None = None) -> Opened:
    """The file `ident` and its version `number`; without one the newest.

    Raises:
        Shown: there is none that may be shown; what is restricted looks like what is not there.
    """
    file = File.objects.filter(pk=ident).first() if ident.isprintable() else None
    if file is None or file.record in shut_records():
        raise _none()
    found = list(FileVersion.objects.filter(file=file.id).order_by("-number")[:_MOST_VERSIONS])[::-1]
    why = withheld({one.digest for one in found})
    known = [one for one in found if viewer.edits or why.get(one.digest) != "restricted"]
    if found and not known:
        raise _none()
    version = known[-1] if known else None
    if number is not None:
        version = next((one for one in known if one.number == number), None)
        if version is None:
            raise _none()
    record = Record.objects.filter(pk=file.record).first()
    return Opened(file, record, tuple(known), version, why.get(version.digest) if version else None)


def bytes_of_version(ident: str, number: int, viewer: Viewer) -> tuple[Opened, FileVersion]:
    """As `opened`, for who wants something of its bytes. Raises Shown: nothing of them is shown to anybody."""
    found = opened(ident, viewer, number)
    if found.version is None or found.why == "restricted":
        raise _none()
    return found, found.version


def refuse_held_back(why: Why | None, viewer: Viewer) -> None:
    """Raises Shown where these bytes are not given to this viewer."""
    if why == "restricted":
        raise _none()
    if why == "quarantined" and not viewer.edits:
        raise Shown(
            403,
            _("These bytes hold words that the agency meant to black out. They are kept, and given to editors alone."),
            _("The file's page shows its text, with these passages masked."),
        )
    if why == "named":
        raise Shown(
            403,
            _("These bytes hold a name or a passage that this newsroom does not show."),
            _("The file's page shows its text without it."),
        )


def capture_and_why(ident: str) -> tuple[Capture, Why | None]:
    """A capture with bytes, and why they are not given to readers. Raises Shown."""
    capture = Capture.objects.filter(pk=ident).first() if ident.isprintable() else None
    if capture is None or not capture.payload_length or capture.kind == "failed":
        raise _none()
    if captures_of_shut([capture]):
        raise _none()
    why = withheld([capture.payload_digest]).get(capture.payload_digest) or why_of_the_whole(capture)
    return capture, why


def why_of_the_whole(capture: Capture) -> Why | None:
    """Why the file is withheld that this capture brought a piece of: whoever may not have it may not have its pieces."""
    shut = set(Restriction.objects.filter(kind="bytes", lifted_at=None).values_list("digest", flat=True))
    shut |= set(Quarantine.objects.filter(state__in=HIDING).values_list("digest", flat=True))
    digests = sorted(shut - {""})
    wholes = [
        whole
        for start in range(0, len(digests), _SLICE)
        for whole in Capture.objects.filter(payload_digest__in=digests[start : start + _SLICE], kind="assembled")
    ]
    why = withheld({one.payload_digest for one in wholes})
    holdings = place.holdings()
    for whole in wholes:
        if whole.payload_digest in why:
            try:
                pieces = {part.capture for part in holdings.manifest(holdings.place(whole.id)).parts}
            except Errors:  # which these are cannot be told now: whatever may be one of them is not given
                if capture.portal == whole.portal and (capture.url == whole.url or capture.status == 206):
                    return why[whole.payload_digest]
                continue
            same = Capture.objects.filter(pk__in=pieces, payload_digest=capture.payload_digest)
            if capture.id in pieces or same.exists():
                return why[whole.payload_digest]
    return None


def is_restricted(digest: str) -> bool:
    """Whether a restriction of these very bytes holds."""
    return digest in restricted([digest])


def _none() -> Shown:
    return Shown(404, _("There is nothing at this address, or it is not shown."), _("Search for it instead."))
