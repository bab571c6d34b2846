"""Habits no linter knows: short files, telling names, `__init__.py` with a docstring at most."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 300
LONGEST_TEST = 450
"""A table of odd cases is long without hiding anything."""
VAGUE = {"utils.py", "util.py", "helpers.py", "common.py", "manager.py", "misc.py"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")

MACHINE = re.compile(r"""["'`(]/(?:work|root|home|Users|tmp)/[\w.-]""")
"""A path that only one machine has; things are named relative to the repository, and tests have `tmp_path`."""


def problems(path: Path, text: str) -> list[str]:
    found = []
    if path != Path("tests/lint/tree.py") and (machine := MACHINE.search(text)):
        found.append(f"a path of one machine: {machine[0]}")
    if path.suffix == ".py":
        lines = text.count("\n")
        if (
            lines > (LONGEST_TEST if path.parts[0] in {"tests", "bench"} else LONGEST)
            and "migrations" not in path.parts
        ):
            found.append(f"{lines} lines: what is hiding here?")
        if path.name in VAGUE:
            found.append("a name that explains nothing")
        if path.name == "__init__.py" and any(
            not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) for node in ast.parse(text).body
        ):
            found.append("more than a docstring")
        if UNFINISHED.search(text) and path != Path("tests/lint/tree.py"):
            found.append("unfinished work is marked in it")
    return found


def main() -> int:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    bad = 0
    files = [Path(name) for name in listed.stdout.decode().split("\0") if name]
    for path in files:
        if path.suffix not in {".py", ".md", ".toml"} or not (ROOT / path).is_file():
            continue
        for problem in problems(path, (ROOT / path).read_text("utf-8")):
            bad += 1
            sys.stderr.write(f"{path}: {problem}\n")
    sys.stdout.write(f"tree: {len(files)} files, {bad} problems\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
