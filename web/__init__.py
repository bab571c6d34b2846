"""The newsroom: how what is held is read, searched, replayed and shared. Server-rendered pages over catalog and ledger."""
