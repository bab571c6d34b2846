"""Opens the one door for a crawl: network policy, wire client, session, what is held already."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

import msgspec

from archive.holdings import Holdings
from archive.model import Recorder
from config.home import Home
from config.portal import Portal
from crawler.capture.client import WireClient
from crawler.capture.door import Door
from crawler.capture.held import CatalogHeld
from crawler.capture.masked import masked
from crawler.capture.policy import NetworkPolicy
from crawler.database import DatabaseThread

if TYPE_CHECKING:
    from crawler.capture.browser.direct.courier import Courier


_EXACT = "byte-exact capture"
_TOLD = "byte-exact capture over http, as Chromium tells it over https"


@dataclass(slots=True)
class OpenDoor:
    """A door and the client behind it."""

    door: Door
    client: WireClient | Courier

    async def close(self) -> None:
        """Give back the hosts' slots and close every connection."""
        await self.door.close()
        await self.client.close()


def open_door(home: Home, portal: Portal, recorder: Recorder, holdings: Holdings, database: DatabaseThread) -> OpenDoor:
    """The door for one crawl of `portal`, recording into `recorder`."""
    client = open_client(home, portal)
    held = CatalogHeld(database.run, holdings.open_record, holdings.read_stretch)
    recorder, known = masked(portal.secret_parameters, recorder, held)
    return OpenDoor(Door(portal, home.settings, client, recorder, known, locks=home.locks), client)


def open_client(home: Home, portal: Portal) -> WireClient | Courier:
    """Who sends this portal's requests: our own client, or Chromium where the portal file says `"direct"`.

    Raises:
        ConfigError: recordwatch.toml says what neither can do.
    """
    settings = home.settings
    policy = NetworkPolicy(portal.allows_private, settings.resolve)
    client = WireClient(
        policy, ca_file=settings.ca_file, proxy=settings.proxy, connections_per_host=portal.politeness.connections
    )
    if portal.browser != "direct":
        return client
    from crawler.capture.browser.direct.courier import Courier  # who needs no browser need not load its parts

    return Courier(client, policy, settings.browser, settings.ca_file, settings.proxy)


def warcinfo(home: Home, portal: Portal) -> Mapping[str, str]:
    """What each WARC says of how it was made (WARC 1.1 section 6.2)."""
    operator = home.settings.operator
    politeness = portal.politeness
    fields = {
        "software": f"recordwatch/{version('recordwatch')} ({_EXACT if portal.browser != 'direct' else _TOLD})",
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "operator": f"{operator.name}{f' <{operator.contact}>' if operator.contact else ''}",
        "robots": "classic" if politeness.robots else f"ignored: {politeness.robots_why}",
        "configuration": "sha256:" + hashlib.sha256(msgspec.json.encode(portal, order="sorted")).hexdigest(),
    }
    if politeness.user_agent:
        fields["http-header-user-agent"] = f"{politeness.user_agent} ({politeness.user_agent_why})"
    return fields
