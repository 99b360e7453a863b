"""Mailcow: its files, configuration, containers, administrator and people. Each looks first and acts once."""
