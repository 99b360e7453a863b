"""Where Mailcow itself shows its secrets, and may: each entry with the line of release 2026-07a that does it.

docs/security.md says the same. Everything here is a secret between Mailcow's own containers; neither the administrator's password nor a
mailbox's is among them.
"""

from __future__ import annotations

import re

#: Environment of containers (`docker inspect`, root alone): service -> secret -> line of docker-compose.yml.
ENVIRONMENT = {
    "mysql-mailcow": {"DBROOT": 31, "DBPASS": 34},
    "redis-mailcow": {"REDISPASS": 57},
    "rspamd-mailcow": {"REDISPASS": 98},
    "php-fpm-mailcow": {"REDISPASS": 155, "DBPASS": 160, "API_KEY": 173, "API_KEY_READ_ONLY": 174},
    "sogo-mailcow": {"DBPASS": 207, "SOGO_URL_ENCRYPTION_KEY": 216, "REDISPASS": 221},
    "dovecot-mailcow": {"DBPASS": 285, "REDISPASS": 300},
    "postfix-mailcow": {"DBPASS": 363, "REDISPASS": 366},
    "postfix-tlspol-mailcow": {"REDISPASS": 396},
    "acme-mailcow": {"DBPASS": 478, "REDISPASS": 490},
    "netfilter-mailcow": {"REDISPASS": 521},
    "watchdog-mailcow": {"DBPASS": 552, "DBROOT": 553, "REDISPASS": 576},
    "dockerapi-mailcow": {"DBROOT": 611, "REDISPASS": 615},
}
#: Arguments of programs inside containers: program -> secrets -> a line of data/Dockerfiles that passes them so.
ARGUMENTS = {
    "mariadb": {"DBPASS": "dovecot/docker-entrypoint.sh:301"},
    "mariadb-admin": {"DBPASS": "dovecot/docker-entrypoint.sh:5"},
    "redis-cli": {"REDISPASS": "dovecot/docker-entrypoint.sh:19"},
    "check_mysql": {"DBPASS": "watchdog/watchdog.sh:362"},
    "check_mysql_query": {"DBPASS": "watchdog/watchdog.sh:363"},
    "check_tcp": {"REDISPASS": "watchdog/watchdog.sh:338"},
}
#: Files below its directory that its containers write: pattern -> secrets -> the line of data/Dockerfiles that writes them.
FILES = {
    r"data/conf/postfix/sql/mysql_\w+\.cf": {"DBPASS": "postfix/postfix.sh:48"},
    r"data/conf/dovecot/sql/dovecot-dict-sql-\w+\.conf": {"DBPASS": "dovecot/docker-entrypoint.sh:49"},
    r"data/conf/rspamd/local\.d/redis\.conf": {"REDISPASS": "rspamd/docker-entrypoint.sh:74"},
    r"data/conf/sogo/sogo\.conf": {"DBPASS": "sogo/bootstrap-sogo.sh:42"},
}


def own_name(secret: str) -> str:
    """Mailcow's name for a secret of Vault, such as DBPASS; empty for what is none of its own."""
    document, _, key = secret.rpartition(" ")
    return key if document.endswith("/mailcow") else ""


def in_environment(secret: str) -> bool:
    """Whether the environment of some container holds a secret, and with it that of every program in it."""
    return any(secret in secrets for secrets in ENVIRONMENT.values())


def in_arguments(program: str, secret: str) -> bool:
    """Whether a program inside a container is given a secret in its arguments."""
    return secret in ARGUMENTS.get(program, {})


def in_file(path: str, secret: str) -> bool:
    """Whether a file of Mailcow, by its path below Mailcow's directory, holds a secret."""
    return any(secret in secrets for pattern, secrets in FILES.items() if re.fullmatch(pattern, path))
