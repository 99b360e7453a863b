"""Entry points and one folder a service."""
