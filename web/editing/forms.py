"""What editors fill in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from archive.access import Order
from archive.catalog.models import Portal
from releases.restricting.plan import end_of


class Day(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"


def portals() -> list[tuple[str, str]]:
    """Those of which anything is held: short names. Where there are several, one has to be chosen."""
    known = [(slug, slug) for slug in Portal.objects.order_by("slug").values_list("slug", flat=True)]
    return known if len(known) == 1 else [("", ""), *known]


class Reasoned(forms.Form):
    """A reason; nothing is decided without one. What it is about stands first."""

    field_order = ("portal", "key", "capture", "file", "name", "event", "why", "until", "review_by")

    def __init__(self, data: Any = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, label_suffix="")

    why = forms.CharField(
        label=_("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It is kept with the decision, and other editors read it. Do not write down what is to be hidden."),
    )  # fmt: skip


class Restricting(Reasoned):
    """How long it holds."""

    until = forms.DateField(
        label=_("Ends by itself on"), required=False, widget=Day(format="%Y-%m-%d"),
        help_text=_("For an embargo: it is shown again as that day begins (UTC). Leave it empty to lift it yourself."),
    )  # fmt: skip
    review_by = forms.DateField(
        label=_("Look at it again by"), required=False, widget=Day(format="%Y-%m-%d"),
        help_text=_("It stays restricted; it comes first in this list when the day has come."),
    )  # fmt: skip

    def order(self, by: str) -> Order:
        """What was filled in, decided now. Raises RestrictionRefused."""
        given: dict[str, Any] = self.cleaned_data
        until, look = given["until"], given["review_by"]
        ends = end_of(until.isoformat() if until else "")
        return Order(by, given["why"], datetime.now(UTC), ends, look.isoformat() if look else "").checked()


class OfRecord(Restricting):
    """A record."""

    portal = forms.ChoiceField(label=_("Portal"), choices=portals)
    key = forms.CharField(label=_("Key of the record"), max_length=512)


class OfCapture(Restricting):
    """The bytes of a capture."""

    capture = forms.CharField(label=_("Capture"), max_length=36, min_length=8, help_text=_("Its id, or the end of it."))


class OfFile(Restricting):
    """Every version of a file."""

    file = forms.CharField(label=_("File"), max_length=36, min_length=8, help_text=_("The id in its address here."))


class OfName(Restricting):
    """A name."""

    name = forms.CharField(
        label=_("Name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_(
            "The whole name. Case and accents do not matter, and “Doe, Jane” is found for “Jane Doe”. "
            "Other spellings, nicknames and initials are names of their own."
        ),
    )  # fmt: skip


class Looked(Reasoned):
    """A restriction holds on."""

    review_by = forms.DateField(label=_("Look at it again by"), widget=Day(format="%Y-%m-%d"))


class Merging(forms.Form):
    """Two records that are one."""

    def __init__(self, data: Any = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, label_suffix="")

    portal = forms.ChoiceField(label=_("Portal"), choices=portals)
    key = forms.CharField(label=_("This record"), max_length=512, help_text=_("Its key."))
    into = forms.CharField(
        label=_("is another name of"), max_length=512, help_text=_("The key of the record that stays.")
    )


class Retracting(Reasoned):
    """An event that told something wrong."""

    event = forms.CharField(label=_("Event"), max_length=36, min_length=6, help_text=_("Its id, or the end of it."))
