"""Which spider a portal file's `spider` means. A new spider is one line here."""

from __future__ import annotations

from importlib import import_module

from config.errors import ConfigError
from spiders.portal_spider import PortalSpider

SPIDERS = {
    "copa": "spiders.sites.copa:CopaSpider",
    "listing": "spiders.sites.listing:ListingSpider",
    "pages": "spiders.sites.pages:PagesSpider",
    "sample": "spiders.sites.sample:SampleSpider",
    "table": "spiders.sites.table:TableSpider",
}


def spider_class(name: str) -> type[PortalSpider]:
    """The class for `spider = name`; only its own module is imported.

    Raises:
        ConfigError: no spider has this name.
    """
    target = SPIDERS.get(name)
    if target is None:
        raise ConfigError(f"spider = {name!r}: use one of {', '.join(sorted(SPIDERS))}", where="portal file")
    module, _, attribute = target.partition(":")
    found = getattr(import_module(module), attribute)
    assert isinstance(found, type)
    assert issubclass(found, PortalSpider)
    return found
