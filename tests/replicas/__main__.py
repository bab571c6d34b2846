"""`python -m tests.replicas NAME [HAZARD …]`: serves a replica until Ctrl-C, with a home that knows where it is."""

from __future__ import annotations

import sys
import tempfile
import threading
from pathlib import Path

from tests.portals.home import replica_home
from tests.replicas.names import REPLICAS, replica_class


def main(name: str, *hazards: str) -> None:
    with tempfile.TemporaryDirectory() as folder, replica_class(name)(*hazards) as replica:
        home = replica_home(Path(folder) / "home", [replica])
        print(f"{name} answers for {', '.join(replica.hosts)}. In another terminal:")
        print(f"  export RECORDWATCH_HOME={home}")
        print(f"  recordwatch portals add {replica.start} --allow-private-network")
        threading.Event().wait()


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in REPLICAS:
        sys.exit(f"usage: python -m tests.replicas {'|'.join(sorted(REPLICAS))} [HAZARD ...]")
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        print()
