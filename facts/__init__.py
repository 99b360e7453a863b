"""Facts: one command, one parser each."""
