"""Every replica by name, for tests that meet all of them and for `python -m tests.replicas`."""

from __future__ import annotations

from importlib import import_module

from tests.replicas.server import PlatformReplica

REPLICAS: dict[str, str] = {
    "civicplus": "tests.replicas.civicplus:CivicPlusReplica",
    "ckan": "tests.replicas.ckan:CkanReplica",
    "copa": "tests.replicas.copa:CopaReplica",
    "cpd-directives": "tests.replicas.cpd_directives:CpdDirectivesReplica",
    "cpd-reform": "tests.replicas.cpd_reform:CpdReformReplica",
    "documentcloud": "tests.replicas.documentcloud:DocumentCloudReplica",
    "elms": "tests.replicas.elms:ElmsReplica",
    "flashlight": "tests.replicas.flashlight:FlashlightReplica",
    "govqa": "tests.replicas.govqa:GovQaReplica",
    "ipra": "tests.replicas.ipra:IpraReplica",
    "justfoia": "tests.replicas.justfoia:JustFoiaReplica",
    "laserfiche": "tests.replicas.laserfiche:LaserficheReplica",
    "legistar": "tests.replicas.legistar:LegistarReplica",
    "muckrock": "tests.replicas.muckrock:MuckRockReplica",
    "nextrequest": "tests.replicas.nextrequest:NextRequestReplica",
    "oig": "tests.replicas.oig:OigReplica",
    "socrata": "tests.replicas.socrata:SocrataReplica",
    "spa": "tests.replicas.spa:SpaReplica",
    "wordpress": "tests.replicas.wordpress:WordPressReplica",
}
"""Name → module:Class. A new replica is one line here."""


def replica_class(name: str) -> type[PlatformReplica]:
    module, _, attribute = REPLICAS[name].partition(":")
    found = getattr(import_module(module), attribute)
    assert isinstance(found, type)
    assert issubclass(found, PlatformReplica)
    return found
