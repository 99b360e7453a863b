"""The HTTP server: threads and kept connections."""

from __future__ import annotations

import gzip
import sys
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .answers import HTML, Answer
from .requests import take_apart
from .service import Service


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = take_apart(self.command, self.path, headers, body)
        try:
            result = self.server.service.answer(request, self.client_address[0], self.server.only_logins)
        except Exception:
            # A fault of the stand-in itself must be loud: nobody may take it for one of Mailcow's empty answers.
            traceback.print_exc()
            result = Answer(500, f"fault of the stand-in: {traceback.format_exc()}", HTML)
        self._send(result, gzipped="gzip" in headers.get("accept-encoding", ""))

    def _send(self, result: Answer, gzipped: bool) -> None:
        body = result.body.encode()
        self.send_response(result.status)
        self.send_header("Content-Type", result.content_type)
        for name, value in result.headers:
            self.send_header(name, value)
        self.send_header("Cache-Control", "no-store, no-cache, must-revalidate")
        if gzipped and body:
            body = gzip.compress(body, 1)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = do_PATCH = _serve  # noqa: N815 the base class looks for these names

    def version_string(self) -> str:
        """Name of the web server in front, as upstream shows it."""
        return "nginx"

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 the base class names it so
        """One line a call on standard output, as php-fpm's access log."""
        print(f"{self.client_address[0]} - {format % arguments}", file=sys.stdout, flush=True)


class Server(ThreadingHTTPServer):
    """The listening socket."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: str, port: int, service: Service, only_logins: bool = False) -> None:
        self.service = service
        self.only_logins = only_logins
        super().__init__((address, port), Handler)
