"""SAMS: a self-hosted automated mail server, deployed with pyinfra."""
