"""Addresses of this part."""

from __future__ import annotations

from django.urls import path

from web.accounts import views_enter, views_me, views_people

urlpatterns = [
    path("accounts/enter", views_enter.enter, name="enter"),
    path("accounts/leave", views_enter.leave, name="leave"),
    path("accounts/forgotten", views_enter.forgotten, name="forgotten"),
    path("accounts/link/<str:words>", views_enter.link, name="account_link"),
    path("accounts/address/<str:words>", views_enter.address, name="account_address"),
    path("accounts/me", views_me.me, name="me"),
    path("accounts/me/sessions/end", views_me.end_session, name="end_sessions"),
    path("accounts/me/sessions/<int:number>/end", views_me.end_session, name="end_session"),
    path("accounts/people", views_people.everybody, name="people"),
    path("accounts/people/invite", views_people.invite, name="invite"),
    path("accounts/people/invitations/<int:number>/revoke", views_people.revoke, name="revoke_invitation"),
    path("accounts/people/<int:number>", views_people.change, name="change_account"),
]
