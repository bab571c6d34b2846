"""WARC 1.1, exactly: writer, reader, members, journal."""
