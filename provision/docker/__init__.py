"""Machines as Docker containers that boot systemd: for the demo, for tests, for trying things out."""
