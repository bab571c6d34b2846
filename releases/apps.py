"""Django's name for the ledger."""

from collections.abc import Collection

from django.apps import AppConfig


class ReleasesConfig(AppConfig):
    name = "releases"
    label = "releases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Whoever asks the archive for bytes hears of restricted records, names and passages, too."""
        from archive.access import ask_too

        ask_too(nothing_shown=_evidence_of_shut, bytes_kept=_partly_told)


def _evidence_of_shut(digests: Collection[str]) -> set[str]:
    from releases.access import evidence_of_shut

    return evidence_of_shut(digests)


def _partly_told(digests: Collection[str]) -> set[str]:
    from releases.access import partly_told

    return partly_told(digests)
