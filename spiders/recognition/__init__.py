"""Which platform a site runs on, what it calls itself and how much it holds: pure, one module a platform."""
