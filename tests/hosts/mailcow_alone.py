"""Mailcow without the other services, on hosts that have them."""

from deploys.mailcow import install as mailcow

mailcow()
