"""What may be sent to DocumentCloud, what goes with it, and asking for it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from archive.ids import uuid7
from config.errors import ConfigError, RecordwatchError
from config.home import Home
from releases.access import shut_records, withheld, without_names
from releases.alerts.wording import clean, web_link
from releases.documentcloud.client import UPLOAD, Refused
from releases.models import Account, File, FileVersion, Record, Sending

ACCESS = ("private", "organization", "public")
"""Who sees it there: who may edit it; everybody of the organisation; everybody."""
_ENDINGS = (
    "bmp csv doc docx eps gif htm html jpeg jpg odg odp ods odt pdf png ppt pptx ps pub rtf svg tif tiff txt vsd webp wpd "
    "xls xlsx xml"
)
KINDS = frozenset(_ENDINGS.split())
"""Endings that it says it takes and that portals publish."""
_MIMES = {
    "application/pdf": "pdf",
    "text/plain": "txt",
    "text/html": "html",
    "text/csv": "csv",
    "image/jpeg": "jpg",
    "image/png": "png",
}
_LONGEST = 300
"""Characters of a title, a source and one value of its data."""


def refuse(file: File, version: FileVersion) -> None:
    """Raises Refused: this may not, or cannot, be sent. Asked again right before the bytes go."""
    why = withheld([version.digest]).get(version.digest)
    if file.record in shut_records() or why == "restricted":
        raise Refused(_("This file is under a restriction here: it is sent nowhere."))
    if why == "quarantined":
        raise Refused(
            _("This file holds words that its agency meant to black out: it is sent nowhere while they are held back.")
        )
    if why is not None:
        raise Refused(_("This file holds a name or a passage that this newsroom does not show: it is sent nowhere."))
    if file.state == "deposited":
        raise Refused(_("This file was handed in, and not captured from a portal: it is sent nowhere from here."))
    if not ending(version):
        raise Refused(_("DocumentCloud takes documents, tables and pictures, and this is none that it names."))


def check(home: Home, file: File, version: FileVersion) -> None:
    """As `refuse`. Raises ConfigError, too: DocumentCloud is not set up."""
    if not home.settings.documentcloud.there:
        raise ConfigError(
            _("DocumentCloud is not set up here"), todo=_("An operator sets [documentcloud] in recordwatch.toml.")
        )
    refuse(file, version)


def ending(version: FileVersion) -> str:
    """`pdf`, `docx`, …: of the address, else what it was served as; empty where DocumentCloud takes no such file."""
    found = PurePosixPath(unquote(urlsplit(version.url).path)).suffix.lower().removeprefix(".")
    if found not in KINDS:
        found = _MIMES.get(version.mime.partition(";")[0].strip().lower(), "")
    return found


def ask(home: Home, file: File, version: FileVersion, access: str, by: Account | None) -> Sending:
    """Have `version` sent; where the same version was sent, or waits, that.

    Raises:
        Refused: it may not be sent. ConfigError: DocumentCloud is not set up.
    """
    check(home, file, version)
    if access not in ACCESS:
        raise Refused(_("Nobody knows who should see it there: private, organization or public."))
    now = datetime.now(UTC)
    with transaction.atomic():
        File.objects.select_for_update().get(pk=file.pk)  # two who ask at once ask once
        before = Sending.objects.filter(file=file.id, version=version.number, digest=version.digest)
        if (found := before.exclude(state="failed").first()) is not None:
            return found
        failed = before.filter(Q(document=None) | Q(access=access)).order_by("-asked_at").first()
        if failed is not None:  # gone on with, so that no half-made document is left behind
            state = "waiting" if failed.document is None else "sending"
            again = {
                "state": state,
                "access": access,
                "by": by,
                "asked_at": now,
                "next_at": now,
                "attempts": 0,
                "problem": "",
            }
            Sending.objects.filter(id=failed.id).update(**again)
            return Sending.objects.get(id=failed.id)
        return Sending.objects.create(
            id=uuid7(), file=file.id, version=version.number, digest=version.digest, access=access, by=by, asked_at=now,
            next_at=now, size=version.size,
        )  # fmt: skip


def sent_of(file: str, version: int) -> Sending | None:
    """What became of sending this version, the last time it was asked for."""
    return Sending.objects.filter(file=file, version=version).order_by("-asked_at").first()


def fields(home: Home, sending: Sending, file: File, version: FileVersion) -> dict[str, Any]:
    """The new document. Names that this newsroom does not show stand in none of it."""
    record = Record.objects.filter(pk=file.record).first()
    key = without_names((record and (record.printed_key or record.key)) or "")
    name = clean(without_names(file.name), _LONGEST) or _("A file without a name")
    made: dict[str, Any] = {
        "title": clean(f"{name} ({key})" if key and key.casefold() not in name.casefold() else name, _LONGEST),
        "source": clean(_agency(home, file.portal), _LONGEST),
        "access": sending.access,
        "original_extension": ending(version),
        "data": {
            UPLOAD: [sending.id],
            "recordwatch_digest": [version.digest],
            "recordwatch_captured_at": [version.at.astimezone(UTC).isoformat(timespec="seconds")],
            "recordwatch_portal": [file.portal],
            "recordwatch_record": [clean(key, _LONGEST)],
        },
    }
    if len(address := web_link(without_names(version.url))) <= _LONGEST and address:
        made["data"]["recordwatch_source"] = [address]
    if page := web_link(without_names((record and record.url) or "")):
        made["related_article"] = page
    if home.settings.documentcloud.project:
        made["projects"] = [home.settings.documentcloud.project]
    return made


def _agency(home: Home, portal: str) -> str:
    try:
        return home.portal(portal).agency
    except RecordwatchError:  # no longer watched
        return portal
