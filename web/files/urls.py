"""Addresses of this part."""

from __future__ import annotations

from django.urls import path, re_path

from web.files import byte_views, page_views, views

urlpatterns = [
    re_path(r"^files/(?P<ident>[^/.]{1,64})(?:\.(?P<form>json))?$", views.file, name="file"),
    path("files/<str:ident>/poster", byte_views.poster, name="file-poster"),
    path("files/<str:ident>/v/<int:number>/bytes", byte_views.file_bytes, name="file-bytes"),
    path("files/<str:ident>/v/<int:number>/playable", byte_views.playable, name="file-playable"),
    path("files/<str:ident>/v/<int:number>/pages/<int:page>", page_views.page_picture, name="file-page"),
    path("files/<str:ident>/v/<int:number>/text", page_views.text, name="file-text"),
    path("files/<str:ident>/v/<int:number>/text.txt", page_views.text),
    path("files/<str:ident>/v/<int:number>/captions/<str:name>.vtt", byte_views.track, name="file-captions"),
    path("captures/<str:ident>/bytes", byte_views.capture_bytes, name="capture-bytes"),
]
