"""How it is fetched: capture, politeness, verdicts, one crawl, what is due."""
