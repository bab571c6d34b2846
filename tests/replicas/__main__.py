"""`python -m tests.replicas NAME [HAZARD …]`: serves a replica until Ctrl-C, with a home that knows where it is."""

from __future__ import annotations

import sys
import tempfile
import threading
from pathlib import Path
from shlex import quote

from tests.portals.home import replica_home
from tests.replicas.names import REPLICAS, replica_class

ROOT = Path(__file__).resolve().parents[2]


def main(name: str, *hazards: str) -> None:
    with tempfile.TemporaryDirectory() as folder, replica_class(name)(*hazards) as replica:
        home = replica_home(Path(folder) / "home", [replica])
        print(f"{name} answers for {', '.join(replica.hosts)}. In another terminal:")
        print(f"  export RECORDWATCH_HOME={home}")
        print(f"  recordwatch portals add {quote(replica.start)} --allow-private-network")
        for file in sorted((ROOT / "tests" / "portals").glob("*/replica")):
            if file.read_text("utf-8").split()[0] == name:
                print(f"  recordwatch portals add {quote(str(file.with_name('portal.toml')))}  # the file of its tests")
        threading.Event().wait()


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in REPLICAS:
        sys.exit(f"usage: python -m tests.replicas {'|'.join(sorted(REPLICAS))} [HAZARD ...]")
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        print()
