"""Which values mailcow.conf must have, and when it may not be touched."""

from __future__ import annotations

from typing import Any

from sams.core.mailcow.configuration import decide, digest, wanted_values, writable
from sams.core.mailcow.keys import IMMUTABLE, OWNED
from sams.core.secret import Secret
from sams.core.settings import Settings

PUBLIC = {"TZ": "Etc/UTC", "COMPOSE_PROJECT_NAME": "mailcowdockerized"}
SECRETS = {"DBPASS": Secret("database"), "API_KEY": Secret("key")}


def settings(**sections: Any) -> Settings:
    machines = {"provider": "given", "hosts": {"mail1": {"groups": ["mailservers"], "fqdn": "mail.example.org", "address": "192.0.2.1"}}}
    return Settings.model_validate({"version": 1, "machines": machines, **sections})


def seen(**changes: Any) -> dict[str, Any]:
    """A host whose mailcow.conf is as wanted, but for these changes."""
    state = {
        "exists": True,
        "private": True,
        "version": True,
        "volumes": True,
        "values": dict(PUBLIC),
        "digests": {key: digest(value) for key, value in SECRETS.items()},
    }
    return {**state, **changes}


def test_a_file_that_is_as_wanted_is_left_alone() -> None:
    decision = decide(seen(), PUBLIC, SECRETS)
    assert (decision.changes, decision.refusals) == ((), ())


def test_a_host_without_mailcow_gets_every_key() -> None:
    assert decide(seen(exists=False, volumes=False), PUBLIC, SECRETS).changes == ("all keys",)


def test_a_database_without_its_file_is_refused() -> None:
    decision = decide(seen(exists=False), PUBLIC, SECRETS)
    assert decision.changes == ()
    assert "put back mailcow.conf from a backup" in decision.refusals[0]


def test_a_database_password_that_differs_from_vault_is_refused_once_the_database_exists() -> None:
    other = {"DBPASS": digest(Secret("another")), "API_KEY": digest(SECRETS["API_KEY"])}
    decision = decide(seen(digests=other), PUBLIC, SECRETS)
    assert decision.changes == ()
    assert "DBPASS differs" in decision.refusals[0]
    assert "another" not in decision.refusals[0]


def test_a_database_password_is_written_before_the_database_exists() -> None:
    decision = decide(seen(volumes=False, digests={}), PUBLIC, SECRETS)
    assert decision.changes == ("API_KEY", "DBPASS")
    assert decision.refusals == ()


def test_an_api_key_follows_vault_at_any_time() -> None:
    digests = {"DBPASS": digest(SECRETS["DBPASS"]), "API_KEY": digest(Secret("old"))}
    assert decide(seen(digests=digests), PUBLIC, SECRETS).changes == ("API_KEY",)


def test_a_readable_file_and_a_wrong_version_are_put_right() -> None:
    assert decide(seen(private=False, version=False), PUBLIC, SECRETS).changes == ("file mode", "version file")


def test_immutable_keys_are_not_even_sent_once_the_database_exists() -> None:
    values = {"DBPASS": 1, "TZ": 2, **dict.fromkeys(IMMUTABLE, 3)}
    assert writable(values, volumes=True) == {"TZ": 2}
    assert writable(values, volumes=False) == values


def test_without_ipv6_no_port_is_bound_to_an_ipv6_address() -> None:
    values = wanted_values(settings(), "mail.example.org")
    ports = {key: value for key, value in values.items() if key.endswith("_PORT") and not key.startswith("HTTP")}
    assert all(value.startswith(("0.0.0.0:", "127.0.0.1:")) for value in ports.values()), ports
    assert (values["HTTP_BIND"], values["HTTPS_BIND"], values["ENABLE_IPV6"]) == ("0.0.0.0", "0.0.0.0", "false")
    assert values["API_ALLOW_FROM"] == "172.22.1.1,127.0.0.1"


def test_with_ipv6_ports_and_api_are_open_to_both_families() -> None:
    values = wanted_values(settings(docker={"ipv6": True}), "mail.example.org")
    assert (values["SMTP_PORT"], values["HTTPS_BIND"], values["ENABLE_IPV6"]) == ("25", "", "true")
    assert values["API_ALLOW_FROM"] == "172.22.1.1,127.0.0.1,fd4d:6169:6c63:6f77::1,::1"


def test_what_is_left_out_to_save_memory_is_said_in_mailcows_way() -> None:
    mailcow = {"antivirus": False, "office_scan": False, "webmail": False, "search": False}
    values = wanted_values(settings(mailcow=mailcow), "mail.example.org")
    assert {values[key] for key in ("SKIP_CLAMD", "SKIP_OLEFY", "SKIP_SOGO", "SKIP_FTS")} == {"y"}


def test_every_wanted_key_is_one_that_an_operator_may_not_set_beside() -> None:
    assert wanted_values(settings(), "mail.example.org").keys() <= OWNED
