"""The API of the stand-in with its MariaDB and its Redis in one container, for tests that need nothing else of Mailcow."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from docker.models.containers import Container

from provision.docker.engine import client
from provision.docker.labels import ENV
from tests.simulators.mailcow.build import files_image

KEYS = {"rw": "11111-aaaaa-22222-bbbbb-33333", "ro": "44444-ccccc-55555-ddddd-66666"}
PASSWORD = "example-Passw0rd"
SCRIPT = Path(__file__).with_name("container.sh").read_text()
#: A second and a third service look for a database and a Redis that are not there.
PORT_OF_LOGINS = 9001
PORT, PORT_WITHOUT_DATABASE, PORT_WITHOUT_REDIS = 9002, 9003, 9004
_UNTOUCHED = "/%?=&,@'+:!"
_PATIENCE = 60.0
_ENVIRONMENT = {
    "DBHOST": "/run/mysqld/mysqld.sock",
    "DBNAME": "mailcow",
    "DBUSER": "mailcow",
    "DBPASS": "of-the-database",
    "REDISHOST": "127.0.0.1",
    "REDISPASS": "of-redis",
    "API_KEY": KEYS["rw"],
    "API_KEY_READ_ONLY": KEYS["ro"],
    "API_ALLOW_FROM": "127.0.0.1,172.16.0.0/12,10.0.0.0/8,192.168.0.0/16",
    "MAILCOW_HOSTNAME": "mail.mc.example",
    "TZ": "UTC",
    "PYTHONPATH": "/opt/standin",
}


@dataclass(frozen=True)
class Response:
    """What came back, uncompressed or not, as the service sent it."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    def json(self) -> Any:
        """The body as a value."""
        return json.loads(self.body)


class Standin:
    """The running container."""

    def __init__(self, container: Container) -> None:
        self.container = container
        container.reload()
        self.address = next(iter(container.attrs["NetworkSettings"]["Networks"].values()))["IPAddress"]

    def request(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = {}, port: int = PORT) -> Response:
        """One HTTP request on a connection of its own; the path goes out as it is but for characters no path may hold."""
        connection = http.client.HTTPConnection(self.address, port, timeout=60)
        try:
            connection.request(method, quote(path, safe=_UNTOUCHED), body=body, headers=dict(headers))
            answer = connection.getresponse()
            return Response(answer.status, dict(answer.headers), answer.read())
        finally:
            connection.close()

    def get(self, route: str) -> Any:
        """Value of a `get` with the key that may do everything."""
        return self.request("GET", f"/api/v1/get/{route}", headers={"X-API-Key": KEYS["rw"]}).json()

    def post(self, route: str, body: Any) -> Response:
        """Answer to an `add`, `edit` or `delete` with the key that may do everything."""
        headers = {"X-API-Key": KEYS["rw"], "Content-Type": "application/json"}
        return self.request("POST", f"/api/v1/{route}", json.dumps(body).encode(), headers)

    def run(self, *command: str) -> str:
        """Output of a program inside the container."""
        code, output = self._execute(list(command))
        assert code == 0, f"{command[0]} ended with {code}: {output}"
        return output

    def _execute(self, command: list[str], environment: Mapping[str, str] = {}) -> tuple[int, str]:
        done = self.container.exec_run(command, environment=dict(environment))
        return done.exit_code or 0, bytes(done.output).decode()  # type: ignore[arg-type]

    def sql(self, statement: str) -> str:
        """Run a statement as the database's root; rows come as text."""
        return self.run("mariadb", "--skip-column-names", "--batch", "mailcow", "-e", statement)

    def redis(self, *words: str) -> str:
        """Run a command of Redis."""
        return self.run("redis-cli", "--no-auth-warning", "-a", _ENVIRONMENT["REDISPASS"], *words).strip()

    def fresh(self, environment: Mapping[str, str] = {}) -> None:
        """Empty database and Redis and start the service anew, as on a new server."""
        self._script("fresh", environment)

    def restart(self, environment: Mapping[str, str] = {}) -> None:
        """Start the service anew with everything that is stored, and other settings where given."""
        self._script("restart", environment)

    def _script(self, verb: str, environment: Mapping[str, str]) -> None:
        code, output = self._execute(["bash", "-c", SCRIPT, "container.sh", verb], environment)
        assert code == 0, output
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + _PATIENCE
        for port in (PORT, PORT_WITHOUT_DATABASE, PORT_WITHOUT_REDIS):
            while not self._answers(port):
                assert time.monotonic() < end, self.run("tail", "-30", "/tmp/service.log")
                time.sleep(0.1)

    def _answers(self, port: int) -> bool:
        try:
            return self.request("GET", "/", port=port).status > 0
        except OSError:
            return False


@contextmanager
def running() -> Iterator[Standin]:
    """A stand-in with a fresh server, removed at the end."""
    container = client().containers.run(
        files_image("services", "bookworm"),
        entrypoint=["sleep", "infinity"],
        environment=_ENVIRONMENT,
        tmpfs={"/srv": "size=1g"},
        labels={ENV: "contract"},
        detach=True,
        init=True,
    )
    try:
        standin = Standin(container)
        standin.run("bash", "-c", SCRIPT, "container.sh", "servers")
        standin.fresh()
        yield standin
    finally:
        container.remove(force=True, v=True)
