"""No installed distribution may own one of our top-level names: `config`, `crawler`, `archive` are plain words."""

from __future__ import annotations

import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    ours = project["tool"]["mypy"]["packages"]
    owners = packages_distributions()
    bad = 0
    for name in ours:
        foreign = {owner for owner in owners.get(name, []) if owner != "recordwatch"}
        if foreign:
            bad += 1
            sys.stderr.write(f"the top-level name {name!r} is also owned by {', '.join(sorted(foreign))}\n")
        if not (ROOT / name / "__init__.py").is_file():
            bad += 1
            sys.stderr.write(f"pyproject.toml names the package {name!r}, which is not here\n")
    sys.stdout.write(f"top-level names: {len(ours)} packages, {bad} problems\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
