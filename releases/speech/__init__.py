"""Words of recordings: heard by an engine on this machine, kept with their times."""
