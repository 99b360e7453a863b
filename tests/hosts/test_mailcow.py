"""Mailcow on its host: as wanted after the first run, and brought back after whatever happens to it."""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml

from operations.vault import path_of
from sams.adapters import custody, hosts_file
from sams.adapters.hosts_file import INVENTORIES, HostRecord
from sams.adapters.settings import settings
from sams.adapters.vault import vault
from sams.core.secret import Secret, invent
from tests.harness import mail
from tests.harness.environment import Deployed, Environment
from tests.harness.hosts import container, inside
from tests.harness.known_secrets import custody_file
from tests.harness.own_environment import configure, folder_of
from tests.harness.processes import ROOT
from tests.harness.site import Site, addresses
from tests.lab.attack import Stranger, stranger
from tests.lab.authority import issue

PLACE = "/opt/mailcow-dockerized"
CONF = f"{PLACE}/mailcow.conf"
NETWORK = "mailcowdockerized_mailcow-network"
DEFAULT_PASSWORD = "moohoo"
ALONE = "../tests/hosts/mailcow_alone.py"
OUTSIDE = (25, 80, 110, 143, 443, 465, 587, 993, 995, 4190)


@pytest.fixture
def host(site: Site) -> HostRecord:
    return site.host("mailservers")


@pytest.fixture(scope="module")
def outsider(site: Site) -> Iterator[Stranger]:
    with stranger(site.environment.name, f"sams-{site.environment.name}") as somebody:
        yield somebody


def shell(host: HostRecord, script: str, *, check: bool = True) -> str:
    return inside(host, "sh", "-c", script, check=check)


def service(name: str) -> str:
    """Name of a service's container."""
    return f"mailcowdockerized-{name}-mailcow-1"


def conf(host: HostRecord) -> dict[str, str]:
    lines = (line.partition("=") for line in inside(host, "cat", CONF).splitlines() if not line.startswith("#"))
    return {key: value for key, equals, value in lines if equals}


def deploy(site: Site) -> Deployed:
    """A run on the mail host that must work."""
    deployed = site.environment.deploy("site.py", "--limit", "mailservers")
    deployed.finished.expect()
    return deployed


def repaired(site: Site) -> list[str]:
    """What a run changed; the next one finds nothing to do."""
    changed = deploy(site).changed()
    again = deploy(site)
    assert again.totals["success"] == 0, again.changed()
    return changed


def refused(site: Site) -> str:
    """What a run that must fail says."""
    finished = site.environment.deploy("site.py", "--limit", "mailservers").finished.expect(1)
    assert "Traceback" not in finished.errors
    return finished.errors


@contextlib.contextmanager
def variant(site: Site, changes: dict[str, Any]) -> Iterator[Environment]:
    """An environment with the same hosts and other settings of Mailcow, for as long as the block runs."""
    name = "dev-mailcow-variant"
    path = INVENTORIES / f"{name}.yml"
    known = yaml.safe_load((INVENTORIES / f"{site.environment.name}.yml").read_text())
    known["mailcow"] |= changes
    known["vault"] = known.get("vault", {}) | {"custody_file": str(custody_for(name, site.environment.name))}
    other = configure(name, yaml.safe_dump(known))
    hosts_file.write(name, hosts_file.read(site.environment.name))
    try:
        yield other
    finally:
        hosts_file.forget(name)
        for file in (path, path.with_suffix(".py")):
            file.unlink()
        shutil.rmtree(folder_of(name))


def custody_for(name: str, original: str) -> Path:
    """A custody file with what opens another environment's Vault."""
    kept, path = custody.read(custody_file(original), original), folder_of(name) / "custody.json"
    assert kept
    custody.save(path, replace(kept, env=name))
    return path


def administrators_login(site: Site, password: str) -> bool:
    """Whether the web interface takes this password, tried from outside."""
    server = site.mail_server
    connection = http.client.HTTPSConnection(server.name, context=server.context(), timeout=30)
    with contextlib.closing(connection):
        connection.sock = server.context().wrap_socket(server.connect(443), server_hostname=server.name)
        form = urlencode({"login_user": "admin", "pass_user": password})
        connection.request("POST", "/admin", form, {"Host": server.name, "Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        return answer.status == 302 and answer.headers["Location"] == "/admin/dashboard"


def served_certificate(site: Site, port: int) -> bytes:
    server = site.mail_server
    with server.context().wrap_socket(server.connect(port), server_hostname=server.name) as channel:
        return channel.getpeercert(binary_form=True) or b""


def test_its_secrets_are_those_of_vault_and_for_root_alone(site: Site, host: HostRecord) -> None:
    assert inside(host, "stat", "-c", "%a %U %G", CONF).split() == ["600", "root", "root"]
    kept = vault(site.environment.name).read(path_of(host.name, "mailcow")) or {}
    there = conf(host)
    for key in ("DBPASS", "DBROOT", "REDISPASS", "SOGO_URL_ENCRYPTION_KEY", "API_KEY", "API_KEY_READ_ONLY"):
        assert Secret(there[key]) == kept[key], key


def test_its_files_are_the_pinned_release_on_a_local_branch(host: HostRecord) -> None:
    git = ("git", "-C", PLACE)
    assert inside(host, *git, "symbolic-ref", "--short", "HEAD").strip() == "sams"
    assert inside(host, *git, "describe", "--tags", "--exact-match").strip() == "2026-07a"
    assert '$MAILCOW_GIT_VERSION="2026-07a"' in inside(host, "cat", f"{PLACE}/data/web/inc/app_info.inc.php")
    assert inside(host, "readlink", f"{PLACE}/.env").strip() == "mailcow.conf"


def test_only_the_ports_of_a_mail_server_are_open_to_the_world(site: Site, host: HostRecord, outsider: Stranger) -> None:
    for port in OUTSIDE:
        assert outsider.knock(host.public_address, port).outcome == "accepted", port
    for port in (13306, 7654, 19991):
        assert outsider.knock(host.public_address, port).outcome != "accepted", port


def test_without_ipv6_nothing_is_published_to_ipv6(host: HostRecord) -> None:
    bindings = shell(host, "docker ps --format '{{.Ports}}'")
    assert "0.0.0.0:25->" in bindings
    assert "[::]" not in bindings
    assert ":::" not in bindings


def test_the_default_password_opens_nothing_and_vaults_does(site: Site, host: HostRecord) -> None:
    kept = vault(site.environment.name).read(path_of(host.name, "mailcow")) or {}
    assert not administrators_login(site, DEFAULT_PASSWORD)
    assert administrators_login(site, kept["admin_password"].reveal())


def test_facts_are_usable_by_hand(site: Site) -> None:
    def told(name: str) -> dict[str, Any]:
        found: dict[str, Any] = site.environment.fact(f"facts.mailcow.{name}")[f"facts.mailcow.{name}"][site.host("mailservers").name]
        return found

    assert told("Containers")["postfix-mailcow"]["state"] == "running"
    assert told("Version")["tag"] == "2026-07a"
    assert told("ApiReady") == {"ready": True, "version": "2026-07a", "why": ""}
    assert set(addresses()) <= set(told("Mailboxes")["rows"])
    assert "password" not in json.dumps(told("Mailboxes")["rows"]).replace("passwd_update", "")


def test_a_key_changed_by_hand_is_put_back_and_an_unknown_one_stays(site: Site, host: HostRecord) -> None:
    shell(host, f"sed -i 's/^SKIP_FTS=.*/SKIP_FTS=y/' {CONF} && echo MINE=1 >> {CONF} && chmod 644 {CONF}")
    changed = repaired(site)
    assert any("Write mailcow.conf" in name for name in changed)
    assert (conf(host)["SKIP_FTS"], conf(host)["MINE"]) == ("n", "1")
    assert inside(host, "stat", "-c", "%a", CONF).strip() == "600"


def test_a_database_password_that_is_not_vaults_is_refused_and_nothing_is_touched(site: Site, host: HostRecord) -> None:
    before, started = inside(host, "cat", CONF), shell(host, f"docker inspect -f '{{{{.State.StartedAt}}}}' {service('mysql')}")
    shell(host, f"cp -p {CONF} /root/kept.conf && sed -i 's/^DBPASS=.*/DBPASS=somethingelse/' {CONF}")
    try:
        said = refused(site)
    finally:
        shell(host, f"mv /root/kept.conf {CONF}")
    assert "DBPASS differs from what is wanted" in said
    assert "put the value of mailcow.conf into Vault" in said
    assert "somethingelse" not in said
    assert inside(host, "cat", CONF) == before
    assert shell(host, f"docker inspect -f '{{{{.State.StartedAt}}}}' {service('mysql')}") == started
    assert deploy(site).totals["success"] == 0


def test_secrets_of_a_mailcow_that_is_older_than_vault_are_taken_over(site: Site, host: HostRecord) -> None:
    store, path = vault(site.environment.name), path_of(host.name, "mailcow")
    kept, before = store.read(path) or {}, inside(host, "cat", CONF)
    store.delete(path)
    changed = repaired(site)
    taken = store.read(path) or {}
    assert {key: taken[key] for key in kept if key != "admin_password"} == {key: kept[key] for key in kept if key != "admin_password"}
    assert inside(host, "cat", CONF) == before
    assert any("Take over" in name for name in changed)
    assert administrators_login(site, taken["admin_password"].reveal())
    assert not administrators_login(site, kept["admin_password"].reveal())


def test_a_new_api_key_in_vault_is_in_force_after_the_next_run(site: Site, host: HostRecord) -> None:
    store, path = vault(site.environment.name), path_of(host.name, "mailcow")
    document = store.document(path)
    assert document is not None
    assert store.write(path, {**document.values, "API_KEY": invent(40)}, document.version)
    changed = repaired(site)
    assert any("Write mailcow.conf" in name for name in changed)
    assert Secret(conf(host)["API_KEY"]) == (store.read(path) or {})["API_KEY"] != document.values["API_KEY"]


def test_containers_that_were_removed_or_stopped_come_back(site: Site, host: HostRecord) -> None:
    shell(host, f"docker rm -f {service('nginx')} && docker stop -t 5 {service('dovecot')}")
    assert any("Run its containers" in name for name in repaired(site))
    site.wait_until_mail_answers()


def test_a_setting_of_postfix_is_in_force_after_a_restart_that_nobody_asked_for(site: Site, host: HostRecord) -> None:
    shell(host, f"echo 'message_size_limit = 1' >> {PLACE}/data/conf/postfix/extra.cf && docker restart -t 5 {service('postfix')}")
    limit = f"docker exec {service('postfix')} postconf -hc /opt/postfix/conf message_size_limit"
    shell(host, f"timeout 60 sh -c 'until [ \"$({limit})\" = 1 ]; do sleep 1; done'")
    repaired(site)
    assert shell(host, limit).strip() != "1"


def test_a_renewed_certificate_is_served_on_every_port(site: Site, host: HostRecord) -> None:
    tls = settings(site.environment.name).mailcow.tls
    certificate, key = (ROOT / str(path) for path in (tls.certificate, tls.key))
    kept = certificate.read_text(), key.read_text()
    before = served_certificate(site, 993)
    renewed = issue([host.fqdn])
    try:
        certificate.write_text(renewed[0])
        key.write_text(renewed[1])
        repaired(site)
        served = {port: served_certificate(site, port) for port in (443, 465, 993)}
    finally:
        certificate.write_text(kept[0])
        key.write_text(kept[1])
    assert before not in served.values()
    assert len(set(served.values())) == 1
    assert inside(host, "stat", "-c", "%a %U", f"{PLACE}/data/assets/ssl/key.pem").split() == ["600", "root"]
    repaired(site)
    assert served_certificate(site, 993) == before


def test_mail_without_its_keys_is_not_started(site: Site, host: HostRecord) -> None:
    keys = "/var/lib/docker/volumes/mailcowdockerized_crypt-vol-1/_data"
    sender, recipient, *_ = addresses()
    site.round_trip(sender, recipient, mail.Submission)
    shell(
        host, f"mkdir -p /root/keys && cp -p {keys}/*.pem /root/keys/ && rm {keys}/ecprivkey.pem && docker stop -t 5 {service('dovecot')}"
    )
    try:
        said = refused(site)
        assert "mail encryption keys: expected ecprivkey.pem" in said
        assert "restore crypt-vol-1" in said
        assert "running" not in shell(host, f"docker inspect -f '{{{{.State.Status}}}}' {service('dovecot')}")
    finally:
        shell(host, f"cp -p /root/keys/*.pem {keys}/ && rm -r /root/keys")
    repaired(site)
    site.wait_until_mail_answers()


def test_a_port_that_somebody_else_took_is_named_before_anything_changes(site: Site, host: HostRecord) -> None:
    shell(host, f"docker stop -t 5 {service('postfix')}")
    shell(host, "systemd-run --unit=squatter python3 -m http.server 25 && until ss -ltn | grep -q ':25 '; do sleep 0.2; done")
    try:
        said = refused(site)
    finally:
        shell(host, "systemctl stop squatter")
    assert "TCP port 25: expected free, or Mailcow's own, seen taken by python3" in said
    assert "ss -ltnp" in said
    repaired(site)


DISCONNECT_API = f"docker network disconnect -f {NETWORK} {service('php-fpm')}"
CONNECT_API = f"docker network connect --alias phpfpm --alias php-fpm-mailcow {NETWORK} {service('php-fpm')}"


def test_an_api_that_answers_502_for_a_while_is_waited_for(site: Site, host: HostRecord) -> None:
    shell(host, DISCONNECT_API)
    later = threading.Timer(20, shell, (host, CONNECT_API))
    later.start()
    try:
        deploy(site)
    finally:
        later.join()
    site.wait_until_mail_answers()


def test_an_api_that_answers_502_for_ever_is_told_with_the_next_step_and_the_next_run_repairs(site: Site, host: HostRecord) -> None:
    shell(host, DISCONNECT_API)
    try:
        with variant(site, {"patience_seconds": 30}) as other:
            said = other.deploy(ALONE).finished.expect(1).errors
    finally:
        shell(host, CONNECT_API)
    assert "Mailcow: expected every port and the API to answer within 30 s, seen:" in said
    assert "API (php-fpm-mailcow): Mailcow's API: expected status 200, seen 502" in said
    assert "next: on the host, 'docker compose ps'" in said
    assert "Traceback" not in said
    deploy(site)
    assert deploy(site).totals["success"] == 0
    site.wait_until_mail_answers()


def test_too_little_memory_is_told_with_what_helps_before_anything_changes(site: Site, host: HostRecord) -> None:
    container(host).update(mem_limit="5g", memswap_limit="5g")
    try:
        with variant(site, {"minimum_memory": "6GiB"}) as other:
            said = other.deploy(ALONE).finished.expect(1).errors
    finally:
        container(host).update(mem_limit="16g", memswap_limit="16g")
    assert "memory: expected at least 6.0 GiB, seen 5.0 GiB" in said
    assert "mailcow.antivirus: false" in said
    assert "nothing of Mailcow was changed" in said
    assert deploy(site).totals["success"] == 0


def test_a_wrong_release_and_unreachable_servers_are_told_and_nothing_changes(site: Site, host: HostRecord) -> None:
    before = shell(host, f"git -C {PLACE} rev-parse HEAD && ls -A {PLACE}")
    with variant(site, {"tag": "2026-07b"}) as other:
        said = other.deploy(ALONE).finished.expect(1).errors
    assert "mailcow.tag: expected a release" in said
    assert "nearest: 2026-07a" in said
    with variant(site, {"checks": {"smtp": "mx.nowhere.test:25", "dns": f"{host.private_address}:53"}}) as other:
        said = other.deploy(ALONE).finished.expect(1).errors
    assert "outgoing SMTP: expected a connection to mx.nowhere.test:25" in said
    assert "outgoing DNS: expected an answer from" in said
    assert shell(host, f"git -C {PLACE} rev-parse HEAD && ls -A {PLACE}") == before


def test_strangers_stay_outside_until_the_administrator_is_ours(site: Site, host: HostRecord, outsider: Stranger) -> None:
    """A first start that is killed before the administrator's password is set, seen from outside, then repaired."""
    counts = site.environment.deploy("site.py", "--limit", "mailservers").counts
    before = 0
    for row in counts:
        if "administrator" in row["operation"]:
            break
        before += row["commands"]
    shell(host, f"cd {PLACE} && docker compose down && rm /var/lib/sams/mailcow/admin.json")
    killed = site.environment.deploy("site.py", "--limit", "mailservers", kill_before=before + 2)
    assert killed.finished.status == -9
    for port in (25, 443, 993):
        assert outsider.knock(host.public_address, port).outcome == "blocked", port
    assert shell(host, "curl -sk -o /dev/null -w '%{http_code}' https://127.0.0.1/").strip() == "200"
    assert any("Open the gate" in name for name in repaired(site))
    for port in (25, 443, 993):
        assert outsider.knock(host.public_address, port).outcome == "accepted", port
