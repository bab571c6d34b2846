"""What looking for hidden words costs beside reading text alone: pages a second of processor time, one process.

    python -m bench hidden_words

Prose of 45 lines a page, and dense tables (twenty tinted rows of five cells). Fictional documents, drawn here.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
PAGES, ROUNDS = 200, 5
PROSE = "The reporting party said that nothing of the kind had happened on that day,"
CELLS = ("Officer", "Failed to report", "Rule 14", "Sustained", "30 days")


def main() -> None:
    from tests.unit.releases.text.drawing import Sheet, box, document, words

    prose = "".join(words(f"{PROSE} {line}", 72, 720 - 14 * line) for line in range(45))
    table = "".join(
        box(60, 700 - 18 * row, 480, 18, "0.93 g" if row % 2 else "0.85 0.9 1 rg")
        + "".join(words(f"{cell} {row}", 70 + 100 * column, 705 - 18 * row, 9) for column, cell in enumerate(CELLS))
        for row in range(20)
    )
    for name, content in (("prose", prose), ("tables", table)):
        data = document(*[Sheet(content)] * PAGES)
        bare, whole = (min(seconds(data, whole=whole) for _ in range(ROUNDS)) for whole in (False, True))
        said = {"pages": name, "text_alone": round(PAGES / bare), "looked_through": round(PAGES / whole)}
        print(json.dumps({**said, "share": round(bare / whole, 2)}), flush=True)


def seconds(data: bytes, *, whole: bool) -> float:
    """Processor time for all pages: their text, or (`whole`) their hidden words and facts too."""
    import pypdfium2

    from releases.text import pdf_page

    pdf = pypdfium2.PdfDocument(data)
    began = time.process_time()
    for number in range(len(pdf)):
        if whole:
            pdf_page.read(pdf[number], number, draw=True)
            continue
        page = pdf[number]
        text = page.get_textpage()
        pdf_page.clean(text.get_text_range())
        text.close()
        page.close()
    taken = time.process_time() - began
    pdf.close()
    return taken


if __name__ == "__main__":
    main()
