"""The picture of a page in quarantine, for the editor who decides: with the boxes over it, never without."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from config.errors import RecordwatchError
from releases.models import FileVersion, Quarantine
from web.editing.told import Sheet
from web.files.looking import Looked
from web.files.opening import bytes_of_version
from web.shell.errors import Shown
from web.shell.viewer import Viewer

_SAME = 0.02
"""How far the shapes of outline and picture may differ: by what is lost when pixels are counted."""


@dataclass(frozen=True, slots=True)
class Pictured:
    """Addresses."""

    address: str
    """Of the picture."""
    page: str
    """Of the file's page, where it is shown large."""
    sheet: Sheet
    """The outline, turned as the picture is."""


def pictured(row: Quarantine, sheet: Sheet, viewer: Viewer) -> Pictured | None:
    """The published page that `sheet` outlines: of the bytes that have the box, so that it shows what the agency meant
    to be seen. None where this viewer is not shown it, it cannot be drawn now, or boxes would lie in wrong places.
    """
    version = FileVersion.objects.filter(file=row.file, digest=sheet.digest).order_by("-number").first()
    if version is None or not any(covers for *_place, covers in sheet.boxes):
        return None
    try:
        found, version = bytes_of_version(row.file, version.number, viewer)
        looked = Looked(found, version, viewer)
        if looked.kind != "pdf" or row.page > looked.count or looked.withheld(looked.words.page(row.page)):
            return None
        drawn = looked.drawn(row.page)
    except (Shown, RecordwatchError):  # the outline is shown, and the decision can be made
        return None
    sheet = sheet.shown(drawn.turned)
    if not drawn.picture or abs(drawn.width * sheet.height / (drawn.height * sheet.width) - 1) > _SAME:
        return None
    here = f"/files/{row.file}"
    asked = urlencode({"v": version.number, "page": row.page})
    return Pictured(f"{here}/v/{version.number}/pages/{row.page}", f"{here}?{asked}", sheet)
