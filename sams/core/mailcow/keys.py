"""The keys of mailcow.conf that we know, by who decides them."""

from __future__ import annotations

#: Set once, before the database exists; afterwards the file only repeats what the database and the mail folders already are.
IMMUTABLE = frozenset({"DBNAME", "DBUSER", "DBPASS", "DBROOT", "COMPOSE_PROJECT_NAME", "MAILDIR_SUB"})

#: Secrets of mailcow.conf, with their length in letters and digits.
SECRETS = {
    "DBPASS": 32,
    "DBROOT": 32,
    "REDISPASS": 32,
    "SOGO_URL_ENCRYPTION_KEY": 16,
    "API_KEY": 40,
    "API_KEY_READ_ONLY": 40,
}

#: The administrator's password stands beside them in Vault, but in no file.
ADMIN_PASSWORD = "admin_password"  # noqa: S105 # the name of a key
VAULT_KEYS = {**SECRETS, ADMIN_PASSWORD: 24}
PURPOSE = "mailcow"

MAIL_PORTS = {
    "SMTP_PORT": 25,
    "SMTPS_PORT": 465,
    "SUBMISSION_PORT": 587,
    "IMAP_PORT": 143,
    "IMAPS_PORT": 993,
    "POP_PORT": 110,
    "POPS_PORT": 995,
    "SIEVE_PORT": 4190,
}
LOOPBACK_PORTS = {"DOVEADM_PORT": 19991, "SQL_PORT": 13306, "REDIS_PORT": 7654}
WEB_PORTS = {"HTTP_PORT": 80, "HTTPS_PORT": 443}
ALL_PORTS = tuple(sorted({*MAIL_PORTS.values(), *LOOPBACK_PORTS.values(), *WEB_PORTS.values()}))
OUTSIDE_PORTS = tuple(sorted({*MAIL_PORTS.values(), *WEB_PORTS.values()}))

#: What settings decide elsewhere: `mailcow.configuration` may not name these.
OWNED = frozenset(
    {
        *IMMUTABLE,
        *SECRETS,
        *MAIL_PORTS,
        *LOOPBACK_PORTS,
        *WEB_PORTS,
        "MAILCOW_HOSTNAME",
        "TZ",
        "API_ALLOW_FROM",
        "DOCKER_COMPOSE_VERSION",
        "HTTP_BIND",
        "HTTPS_BIND",
        "SKIP_CLAMD",
        "SKIP_OLEFY",
        "SKIP_SOGO",
        "SKIP_FTS",
        "SKIP_LETS_ENCRYPT",
        "ENABLE_IPV6",
        "IPV4_NETWORK",
        "IPV6_NETWORK",
    }
)
