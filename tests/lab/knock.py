"""One try at a service, run inside a stranger's container: a job as JSON in, what the client saw as JSON out."""

import imaplib
import json
import os
import smtplib
import socket
import ssl
import subprocess
import sys
import time

#: A server may delay an address that failed before by this long; one that drops packets never answers.
PATIENCE = 40
KNOCK_PATIENCE = 6
USER = "alice@example.org"


def trusting() -> ssl.SSLContext:
    """An attacker does not check certificates."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def tcp(address: str, port: int) -> str:
    """Open a connection."""
    socket.create_connection((address, port), KNOCK_PATIENCE).close()
    return "accepted"


def submission(address: str, port: int) -> str:
    """AUTH over STARTTLS with a wrong password."""
    with smtplib.SMTP(address, port, timeout=PATIENCE) as server:
        server.starttls(context=trusting())
        try:
            server.login(USER, f"wrong-{time.time_ns()}")
        except smtplib.SMTPAuthenticationError:
            return "refused"
    return "accepted"


def imaps(address: str, port: int) -> str:
    """LOGIN over TLS with a wrong password."""
    with imaplib.IMAP4_SSL(address, port, ssl_context=trusting(), timeout=PATIENCE) as server:
        try:
            server.login(USER, f"wrong-{time.time_ns()}")
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:
            return "refused"
    return "accepted"


def ssh(address: str, port: int) -> str:
    """A login as somebody whom the host does not know."""
    options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "NumberOfPasswordPrompts=1", f"ConnectTimeout={PATIENCE}"]
    command = ["ssh", "-p", str(port), *(f"-o{option}" for option in options), f"admin@{address}", "true"]
    environment = {**os.environ, "SSH_ASKPASS": "/bin/hostname", "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE + 5, check=False)
    if "timed out" in done.stderr:
        raise TimeoutError(done.stderr)
    return "accepted" if done.returncode == 0 else "refused"


def main() -> None:
    """Try once and say what was seen."""
    job = json.loads(sys.argv[1])
    started = time.monotonic()
    try:
        outcome = {"tcp": tcp, "submission": submission, "imaps": imaps, "ssh": ssh}[job["service"]](job["address"], job["port"])
    except (TimeoutError, subprocess.TimeoutExpired):
        outcome = "blocked"
    except (OSError, smtplib.SMTPException, imaplib.IMAP4.abort) as error:
        outcome = f"dropped: {error}"
    print(json.dumps({"outcome": outcome, "seconds": round(time.monotonic() - started, 2)}))


if __name__ == "__main__":
    main()
