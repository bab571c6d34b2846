"""Addresses of this part."""

from __future__ import annotations

from django.urls import path, re_path

from web.operate import views_crawls, views_deliveries, views_portals, views_today

urlpatterns = [
    path("operate", views_today.today, name="operate"),
    path("operate/portals", views_portals.portals, name="operate_portals"),
    path("operate/portals/<slug:slug>", views_portals.portal, name="operate_portal"),
    path("operate/portals/<slug:slug>/do", views_portals.act, name="operate_portal_do"),
    path("operate/portals/<slug:slug>/file", views_portals.edit, name="operate_portal_file"),
    path("operate/checks/<int:number>", views_portals.job, name="operate_check"),
    path("operate/crawls", views_crawls.crawls, name="operate_crawls"),
    path("operate/underway", views_crawls.underway, name="operate_underway"),
    path("operate/crawls/<str:ident>", views_crawls.crawl, name="operate_crawl"),
    path("operate/deliveries", views_deliveries.deliveries, name="operate_deliveries"),
    path("operate/deliveries/retry", views_deliveries.retry, name="operate_retry"),
    path("operate/store", views_today.store, name="operate_store"),
    path("operate/doctor", views_today.doctor, name="operate_doctor"),
    re_path(r"^operate/audit(?:\.(?P<form>csv))?$", views_today.audit, name="audit"),
]
