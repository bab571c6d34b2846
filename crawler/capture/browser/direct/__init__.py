"""For hosts that refuse our TLS: Chromium's own, behind the one door. See docs/decisions/0016-direct.md."""
