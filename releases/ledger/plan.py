"""The ledger's face: what a crawl saw goes in, what to commit comes out. Nothing here writes.

Call in the thread that owns the database connection. `absent` names the records to ask again before
`plan_listing`; `plan_files` follows for each batch of files.
"""

from __future__ import annotations

from releases.ledger.files import newest_captures, plan_files
from releases.ledger.listing import plan_listing
from releases.ledger.merge import plan_merge, plan_unmerge
from releases.ledger.missing import absent
from releases.ledger.observation import Absent, Confirmation, FileOutcome, FileWanted, Observation, Plan

__all__ = [
    "Absent",
    "Confirmation",
    "FileOutcome",
    "FileWanted",
    "Observation",
    "Plan",
    "absent",
    "newest_captures",
    "plan_files",
    "plan_listing",
    "plan_merge",
    "plan_unmerge",
]
