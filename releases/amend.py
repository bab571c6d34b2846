"""What a person changes in the ledger: planned on what is held now, committed like a crawl's findings.

A merge, a retraction, a decision about a quarantined passage: each is a commit record first, so that a
rebuilt database has it too.
"""

from __future__ import annotations

from collections.abc import Callable

from archive.holdings import Holdings
from archive.portal_lock import portal_lock
from config.home import Home
from releases.alerts.outbox import enqueue
from releases.ledger.plan import Plan


def amend(home: Home, portal: str, reason: str, make: Callable[[], Plan], *, opened: bool = False) -> Plan:
    """Commit what `make` plans for `portal`, if anything; `reason` stands in the commit record.

    `make` is called under the portal's lock, after every commit that the store has is applied. Who must
    be told is owed their messages in the same transaction; `recordwatch run` sends them. `opened`: this process has
    the catalog open already.

    Raises:
        PortalLocked: a crawl of this portal is running. What `make` raises, and what
        `archive.catalog.commits.Committer.commit` does.
    """
    holdings = Holdings(home, on_apply=enqueue, opened=opened)
    with portal_lock(home.locks, portal):
        holdings.committer.replay(portal)
        plan = make()
        if plan.operations:
            holdings.committer.commit(portal, reason, plan.operations)
    return plan
