"""What people fill in about accounts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.utils.translation import gettext_lazy as _

from config.errors import ConfigError
from releases.models import Account
from releases.people import ROLES
from web.accounts import people

LONGEST_PASSWORD = 1024
ROLE_WORDS = {
    "reader": _("reader: looks at everything that is shown"),
    "reporter": _("reporter: also subscribes, notes, collects"),
    "editor": _("editor: also restricts, releases from quarantine, merges"),
    "operator": _("operator: also runs portals, crawls and accounts"),
}


def _password(label: Any, *, new: bool = False, **options: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password" if new else "current-password"})
    return forms.CharField(label=label, max_length=LONGEST_PASSWORD, strip=False, widget=widget, **options)


class _Form(forms.Form):
    """Labels without a colon."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **(named | {"label_suffix": ""}))


class Enter(_Form):
    """Logging in."""

    name = forms.CharField(
        label=_("Name or mail address"), max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )  # fmt: skip
    password = _password(_("Password"))


class Forgotten(_Form):
    """Asking for a new password."""

    email = forms.EmailField(
        label=_("Mail address of your account"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )  # fmt: skip


class NewPassword(_Form):
    """Choosing one, with nothing asked but the link."""

    password = _password(_("New password"), new=True)
    again = _password(_("The same again"), new=True)

    def __init__(self, *given: Any, account: Account | None = None, **named: Any) -> None:
        super().__init__(*given, **named)
        self.account = account
        self.fields["password"].help_text = " ".join(str(text) for text in password_validators_help_texts())

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        password, again = said.get("password"), said.get("again")
        if password and again and password != again:
            self.add_error("again", _("The two are not the same."))
        elif password:
            try:
                validate_password(password, self._whose())
            except forms.ValidationError as error:
                self.add_error("password", error)
        return said

    def _whose(self) -> Account:
        return self.account or Account()


class Accept(NewPassword):
    """An invitation: a name, and a password."""

    name = forms.CharField(
        label=_("Name to log in with"), max_length=150, help_text=_("Letters, digits and @ . + - _"),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )  # fmt: skip
    field_order = ("name", "password", "again")

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        try:
            people.check_name(name)
        except ConfigError as error:
            raise forms.ValidationError(f"{error.what[:1].upper()}{error.what[1:]}.") from error
        return name

    def _whose(self) -> Account:
        return Account(username=self.cleaned_data.get("name", ""), email=self.account.email if self.account else "")


class ChangedPassword(NewPassword):
    """Another password, by somebody who knows the old one."""

    old = _password(_("Your password now"))
    field_order = ("old", "password", "again")


class Person(_Form):
    """What others see, and the language of pages."""

    name = forms.CharField(
        label=_("Your name"), max_length=150, required=False, help_text=_("What colleagues see; empty: the name you log in with."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )  # fmt: skip
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("as my browser asks")), *settings.LANGUAGES]
    )


class Address(_Form):
    """Another mail address."""

    email = forms.EmailField(
        label=_("New mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )  # fmt: skip
    old = _password(_("Your password"))


class Invitation(_Form):
    """Whom an operator asks in."""

    email = forms.EmailField(label=_("Mail address"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), choices=[(role, ROLE_WORDS[role]) for role in ROLES], initial="reporter")
    show = forms.BooleanField(
        label=_("Show me the link instead of sending it"), required=False,
        help_text=_("To pass it on another way; it is shown once."),
    )  # fmt: skip
