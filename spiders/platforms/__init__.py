"""One file, one platform that many sources use."""
