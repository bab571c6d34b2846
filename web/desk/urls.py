"""Addresses of this part."""

from __future__ import annotations

from django.urls import path, re_path

from web.desk import (
    address_views,
    answering,
    cite_views,
    desk_page,
    documentcloud_views,
    feeds,
    folders,
    lists,
    notes,
    own_alerts,
    own_data,
    shared,
    subscribing,
    teams,
)

_ID = r"(?P<ident>[0-9a-f-]{36})"
urlpatterns = [
    path("subscriptions", own_alerts.subscriptions, name="subscriptions"),
    path("subscriptions/new", subscribing.new, name="subscribe"),
    path("subscriptions/asked", subscribing.asked, name="subscription-asked"),
    path("subscriptions/confirm/<str:token>", answering.yes, name="subscription-confirm"),
    path("subscriptions/by/<str:token>", answering.by_link, name="subscription-by-link"),
    path("subscriptions/<str:ident>", own_alerts.subscription, name="subscription"),
    path("subscriptions/<str:ident>/edit", own_alerts.edit, name="subscription-edit"),
    path("subscriptions/<str:ident>/act", own_alerts.act, name="subscription-act"),
    path("subscriptions/<str:ident>/deliveries/<str:sent>", own_alerts.delivery, name="delivery"),
    path("alerts/mute/<str:token>", answering.muting, name="mute"),
    re_path(r"^feeds/(?P<secret>[A-Za-z0-9_-]+)\.(?P<form>atom|rss|json|csv|ics)$", feeds.feed, name="feed"),
    path("desk", desk_page.desk, name="desk"),
    path("desk/lists", lists.new, name="watch-list-new"),
    path("desk/watch", lists.watch, name="watch"),
    re_path(rf"^desk/lists/{_ID}(?:\.(?P<form>json|csv))?$", lists.watch_list, name="watch-list"),
    path("desk/lists/<str:ident>/change", lists.change, name="watch-list-change"),
    path("desk/folders", folders.new, name="folder-new"),
    path("desk/collect", folders.add, name="folder-add"),
    re_path(rf"^desk/folders/{_ID}(?:\.(?P<form>json|csv|md))?$", folders.folder, name="folder"),
    path("desk/folders/<str:ident>/change", folders.change, name="folder-change"),
    path("desk/notes", notes.new, name="note-new"),
    path("desk/notes/<str:ident>", notes.note, name="note"),
    path("desk/teams", teams.new, name="team-new"),
    path("desk/teams/<str:ident>", teams.team, name="team"),
    path("desk/teams/<str:ident>/change", teams.change, name="team-change"),
    path("desk/documentcloud/new", documentcloud_views.new, name="documentcloud-new"),
    path("desk/documentcloud/<str:ident>", documentcloud_views.one, name="documentcloud"),
    path("desk/addresses", address_views.new, name="address-new"),
    path("desk/addresses/<str:ident>/revoke", address_views.revoke, name="address-revoke"),
    path("desk/links", shared.new, name="link-new"),
    path("desk/links/<str:ident>/revoke", shared.revoke, name="link-revoke"),
    path("shared/<str:secret>", shared.shared, name="shared"),
    path("shared/<str:secret>/files/<str:ident>/v/<int:version>", shared.shared_bytes, name="shared-bytes"),
    re_path(r"^cite/(?P<kind>record|file|capture)/(?P<ident>[^/.]+)(?:\.(?P<form>json|txt|md|bib))?$", cite_views.page, name="cite"),
    re_path(r"^accounts/me/data(?:\.(?P<form>json))?$", own_data.data, name="own-data"),
]  # fmt: skip
