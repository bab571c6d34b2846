"""Where sealed WARCs live: a folder or S3, one contract."""
