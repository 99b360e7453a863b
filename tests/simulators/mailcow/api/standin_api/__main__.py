"""``python3 -m standin_api init`` at every start, then ``python3 -m standin_api serve``."""

from __future__ import annotations

import argparse
import threading

from .server import Server
from .service import Service
from .settings import from_environment
from .start import prepare


def main() -> None:
    """Read the arguments and do as told."""
    parser = argparse.ArgumentParser(prog="standin_api", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("init", help="make tables, default rows and API keys")
    serve = verbs.add_parser("serve", help="answer calls until stopped")
    serve.add_argument("--address", default="0.0.0.0", help="address to listen at")
    serve.add_argument("--port", type=int, default=9002, help="port to listen at")
    serve.add_argument("--auth-port", type=int, default=0, help="port where Dovecot asks for logins, 0 for none")
    arguments = parser.parse_args()
    if arguments.verb == "init":
        prepare(from_environment())
    else:
        _serve(arguments.address, arguments.port, arguments.auth_port)


def _serve(address: str, port: int, auth_port: int) -> None:
    service = Service(from_environment())
    if auth_port:
        logins = Server(address, auth_port, service, only_logins=True)
        threading.Thread(target=logins.serve_forever, daemon=True).start()
    Server(address, port, service).serve_forever()


main()
