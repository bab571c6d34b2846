"""What recordwatch says of simulated portals against what is true: precision and recall by kind and hazard.

    python -m bench.verdicts_truth [--seeds N] [--first SEED] [--days N] [--kinds rows,paged,…] [--postgres]

Each seed makes one portal of each kind (docs/reference/simulator.md). Ends with 1 when anything was missed
or made up, and says for each what is needed to see it again.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--seeds", type=int, default=6)
    options.add_argument("--first", type=int, default=100)
    options.add_argument("--days", type=int, default=200)
    options.add_argument("--kinds", default="")
    options.add_argument("--density", type=float, default=0.12)
    options.add_argument("--logs", type=Path)
    options.add_argument("--postgres", action="store_true")
    chosen = options.parse_args()
    from archive.catalog.database import prepare_models

    prepare_models()
    from tests.services.postgres import postgres
    from tests.simulator.history import KINDS, Portal, open_simulation, tell
    from tests.simulator.report import table

    kinds = [kind for kind in KINDS if not chosen.kinds or kind in chosen.kinds.split(",")]
    stories = []
    with tempfile.TemporaryDirectory() as folder, postgres() if chosen.postgres else nullcontext("") as database:
        home, holdings = open_simulation(Path(folder), database)
        for seed in range(chosen.first, chosen.first + chosen.seeds):
            for kind in kinds:
                story = tell(Portal(seed, kind, days=chosen.days, density=chosen.density), home, holdings)
                stories.append(story)
                if chosen.logs:
                    chosen.logs.mkdir(parents=True, exist_ok=True)
                    (chosen.logs / f"{story.portal.name}.log").write_text("\n".join(story.log), "utf-8")
                for line in story.wrong():
                    print(line, flush=True)
        from django.db import connections

        connections.close_all()
    print(table(stories), flush=True)
    return 1 if any(story.wrong() for story in stories) else 0


if __name__ == "__main__":
    sys.exit(main())
