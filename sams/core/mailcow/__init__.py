"""Mailcow without a host: what its configuration, its people and its answers should be, and in what they differ."""
