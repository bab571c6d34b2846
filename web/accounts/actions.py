"""What the audit log knows, in words. An action that is not here is shown as it was written."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "login": _("logged in"),
    "login.failed": _("wrong password"),
    "logout": _("logged out"),
    "session.ended": _("ended sessions"),
    "account.made": _("made an account"),
    "account.role": _("gave a role"),
    "account.disabled": _("disabled an account"),
    "account.enabled": _("enabled an account"),
    "account.password": _("set a password"),
    "account.address": _("confirmed a mail address"),
    "account.link": _("made a link for a new password"),
    "account.import": _("took accounts over"),
    "invitation.made": _("invited somebody"),
    "invitation.revoked": _("took an invitation back"),
    "token.made": _("made a token for a program"),
    "token.revoked": _("revoked a token"),
    "portal.run": _("asked for a crawl"),
    "portal.paused": _("paused a portal"),
    "portal.resumed": _("resumed a portal"),
    "portal.saved": _("changed a portal file"),
    "portal.checked": _("checked a portal file"),
    "delivery.retry": _("owed deliveries again"),
    "export": _("exported"),
}
