"""Which spider a portal file's `spider` means. A new spider is one line here."""

from __future__ import annotations

from importlib import import_module

from config.errors import ConfigError
from spiders.portal_spider import PortalSpider

SPIDERS = {
    "civicplus": "spiders.platforms.civicplus:CivicPlusSpider",
    "ckan": "spiders.platforms.ckan:CkanSpider",
    "copa": "spiders.sites.copa:CopaSpider",
    "cpd-directives": "spiders.sites.cpd_directives:CpdDirectivesSpider",
    "cpd-reform": "spiders.sites.cpd_reform:CpdReformSpider",
    "documentcloud": "spiders.platforms.documentcloud:DocumentCloudSpider",
    "elms": "spiders.sites.elms:ElmsSpider",
    "flashlight": "spiders.sites.flashlight:FlashlightSpider",
    "govqa": "spiders.platforms.govqa:GovQaSpider",
    "ipra": "spiders.sites.ipra:IpraSpider",
    "justfoia": "spiders.platforms.justfoia:JustFoiaSpider",
    "laserfiche": "spiders.platforms.laserfiche:LaserficheSpider",
    "legistar": "spiders.platforms.legistar:LegistarSpider",
    "listing": "spiders.sites.listing:ListingSpider",
    "muckrock": "spiders.platforms.muckrock:MuckRockSpider",
    "nextrequest": "spiders.platforms.nextrequest:NextRequestSpider",
    "oig": "spiders.sites.oig:OigSpider",
    "pages": "spiders.sites.pages:PagesSpider",
    "sample": "spiders.sites.sample:SampleSpider",
    "socrata": "spiders.platforms.socrata:SocrataSpider",
    "table": "spiders.sites.table:TableSpider",
    "wordpress": "spiders.platforms.wordpress:WordPressSpider",
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
