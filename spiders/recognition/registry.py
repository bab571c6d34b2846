"""Every recogniser. A new platform is one line here."""

from __future__ import annotations

from importlib import import_module

from spiders.recognition.model import Recogniser

RECOGNISERS = {
    "ckan": "spiders.recognition.ckan:CkanRecogniser",
    "civicplus": "spiders.recognition.civicplus:CivicPlusRecogniser",
    "documentcloud": "spiders.recognition.documentcloud:DocumentCloudRecogniser",
    "govqa": "spiders.recognition.govqa:GovQaRecogniser",
    "justfoia": "spiders.recognition.justfoia:JustFoiaRecogniser",
    "laserfiche": "spiders.recognition.laserfiche:LaserficheRecogniser",
    "legistar": "spiders.recognition.legistar:LegistarRecogniser",
    "muckrock": "spiders.recognition.muckrock:MuckRockRecogniser",
    "nextrequest": "spiders.recognition.nextrequest:NextRequestRecogniser",
    "socrata": "spiders.recognition.socrata:SocrataRecogniser",
    "wordpress": "spiders.recognition.wordpress:WordPressRecogniser",
}


def recognisers() -> dict[str, Recogniser]:
    """One of each by name, in the order of their names."""
    found: dict[str, Recogniser] = {}
    for name, target in RECOGNISERS.items():
        module, _, attribute = target.partition(":")
        made = getattr(import_module(module), attribute)()
        assert isinstance(made, Recogniser)
        found[name] = made
    return found
