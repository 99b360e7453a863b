"""A mail server of somebody else: takes every message, writes it down, delivers none.

A recipient `refused@` gets a final refusal, `later@` a temporary one.
"""

from __future__ import annotations

import json
import ssl
import threading
import time
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

CAUGHT = Path("/caught")
ANSWERS = {"refused": "550 5.1.1 No such person here", "later": "451 4.3.0 Try again later"}


class Catcher:
    """Hooks of the SMTP conversation, named as aiosmtpd wants them."""

    count = 0

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        refusal = ANSWERS.get(address.split("@")[0])
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 2.1.5 OK"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:
        self.count += 1
        message = {
            "peer": session.peer[0], "helo": session.host_name, "encrypted": session.ssl is not None,
            "sender": envelope.mail_from, "recipients": envelope.rcpt_tos, "text": envelope.content.decode(errors="replace"),
        }  # fmt: skip
        file = CAUGHT / f"{time.time_ns()}-{self.count}.json"
        file.with_suffix(".new").write_text(json.dumps(message))
        file.with_suffix(".new").rename(file)
        return f"250 2.0.0 Caught as {file.stem}"


def main() -> None:
    CAUGHT.mkdir(exist_ok=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("/lab/certificate.pem", "/lab/key.pem")
    controller = Controller(Catcher(), hostname="", port=25, server_hostname="mx.outside.test", tls_context=context, ready_timeout=10)
    controller.start()
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
