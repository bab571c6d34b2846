"""The application for a WSGI server; the home is RECORDWATCH_HOME's. `recordwatch serve` runs it."""

from __future__ import annotations

from config.home import open_home
from web.start import configure

configure(open_home())

from django.core.wsgi import get_wsgi_application  # noqa: E402  Django has to know the home first

application = get_wsgi_application()
