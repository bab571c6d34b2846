"""What reads which documents here, by name and version: kept beside every text."""

from __future__ import annotations

import platform
from importlib.metadata import version

DOCUMENTS = "recordwatch documents"
"""How the engines' names begin whose texts are shown only once the ledger has what came of reading them."""
OCR = "tesseract"
"""The same, of what reads pictures of words."""

READER = f"{DOCUMENTS} 1"
"""Of a document that no reader of its own was found for. Another number: what could not be read is tried again."""
MARKUP = f"{READER} (lxml {version('lxml')})"
SHEETS = f"{READER} (python-calamine {version('python-calamine')})"
RTF = f"{READER} (striprtf {version('striprtf')})"
OUTLOOK = f"{READER} (python-oxmsg {version('python-oxmsg')})"
MAIL = f"{READER} (Python {platform.python_version()} email)"
PACKED = f"{READER} (Python {platform.python_version()} zip)"
PDF_ENGINE = f"pypdfium2 {version('pypdfium2')}"

CURRENT = frozenset({READER, MARKUP, SHEETS, RTF, OUTLOOK, MAIL, PACKED, PDF_ENGINE})
"""What another engine could not read, one of these may."""
