"""Labels are the state: everything that the Docker provider makes says what it is for."""

from __future__ import annotations

ENV = "sams.env"
#: Images serve all environments.
SHARED = {ENV: "shared"}
