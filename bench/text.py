"""How fast words are read: Office files and mail per second, scanned pages per second. One process, one core.

    python -m bench text

Fictional documents, made here. A scanned page is a letter page of thirty lines at 150 to the inch, drawn and read
as a crawl does. Needs Tesseract for the scans.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
DOCUMENTS, SCANS = 100, 10
LINE = "The reporting party said that nothing of the kind had happened on day {}."


def main() -> None:
    from config.programs import TESSERACT, ProgramMissing, require
    from releases.text.scans import ScanReader
    from releases.text.tesseract import tesseract
    from releases.text.worker import TextWorker
    from tests.unit.releases.text.drawing import document
    from tests.unit.releases.text.office_files import DOCX, PPTX, XLSX, letter, mail, sheets, slides
    from tests.unit.releases.text.scanned import page, sheet

    lines = [LINE.format(number) for number in range(400)]
    kinds = {
        "letter of 400 paragraphs": (DOCX, letter(*lines)),
        "spreadsheet of three sheets": (XLSX, sheets()),
        "presentation of three slides": (PPTX, slides()),
        "message with a letter attached": ("message/rfc822", mail(attached={"a.docx": (letter(*lines), DOCX)})),
    }
    with TextWorker() as worker:
        for name, (mime, body) in kinds.items():
            worker.extract(mime, body)
            taken = seconds(lambda mime=mime, body=body: worker.extract(mime, body), DOCUMENTS)  # type: ignore[misc]
            print(json.dumps({"documents": name, "per_second": round(DOCUMENTS / taken, 1)}), flush=True)
    try:
        engine = tesseract(require(TESSERACT), ["en"])
    except ProgramMissing as missing:
        print(json.dumps({"documents": "scanned page", "skipped": str(missing)}))
        return
    with tempfile.TemporaryDirectory(prefix="recordwatch-bench-") as folder, ScanReader(engine) as reader:
        path = Path(folder) / "scan.pdf"
        path.write_bytes(document(sheet(page(*lines[:25]))))
        taken = seconds(lambda: reader.page(path, 1, []), SCANS)
    print(json.dumps({"documents": "scanned page", "engine": engine.engine, "per_second": round(SCANS / taken, 2)}))


def seconds(work: Callable[[], object], times: int) -> float:
    """On the clock, for doing it `times` times."""
    began = time.perf_counter()
    for _ in range(times):
        work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
