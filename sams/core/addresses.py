"""Every public address that the product itself needs, in one place."""

from __future__ import annotations

MAILCOW_REPOSITORY = "https://github.com/mailcow/mailcow-dockerized"
DOCKER_APT = "https://download.docker.com/linux"
#: The key that signs Docker's apt repository, as its installation pages name it (docs.docker.com/engine/install/debian).
DOCKER_APT_FINGERPRINT = "9DC858229FC7DD38854AE2D88D81803C0EBFCD88"
#: Where a fresh mail host tries whether mail and name queries can leave: a large receiver of mail, a root name server.
EGRESS_SMTP = "gmail-smtp-in.l.google.com:25"
EGRESS_DNS = "198.41.0.4:53"
