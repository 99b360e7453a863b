"""The web interface of the Mailcow stand-in: its HTTP API on a real MariaDB and a real Redis.

It answers as recorded from Mailcow 2026-07a, quirks included. It is for tests only: password hashing is cheap on
purpose, and there is no protection against an attacker.
"""
