"""The repository of the Mailcow stand-in: its releases, its compose project, and its generate_config.sh as upstream's behaves."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.simulators.mailcow.releases import RELEASES, compose_file, image_references, make_repository

SERVICES = {
    *("acme", "clamd", "dockerapi", "dovecot", "memcached", "mysql", "netfilter", "nginx", "ofelia", "olefy", "php-fpm", "postfix"),
    *("postfix-tlspol", "redis", "rspamd", "sogo", "unbound", "watchdog"),
}
VOLUMES = {
    *("vmail-vol-1", "vmail-index-vol-1", "crypt-vol-1", "mysql-vol-1", "mysql-socket-vol-1", "redis-vol-1", "rspamd-vol-1"),
    *("postfix-vol-1", "postfix-tlspol-vol-1", "sogo-web-vol-1", "sogo-userdata-backup-vol-1", "clamd-db-vol-1"),
}
KEYS = """
MAILCOW_HOSTNAME MAILCOW_PASS_SCHEME DBNAME DBUSER DBPASS DBROOT REDISPASS HTTP_PORT HTTP_BIND HTTPS_PORT HTTPS_BIND HTTP_REDIRECT
SMTP_PORT SMTPS_PORT SUBMISSION_PORT IMAP_PORT IMAPS_PORT POP_PORT POPS_PORT SIEVE_PORT DOVEADM_PORT SQL_PORT REDIS_PORT TZ
COMPOSE_PROJECT_NAME DOCKER_COMPOSE_VERSION ACL_ANYONE MAILDIR_GC_TIME ADDITIONAL_SAN AUTODISCOVER_SAN ADDITIONAL_SERVER_NAMES
SKIP_LETS_ENCRYPT ACME_DNS_CHALLENGE ACME_DNS_PROVIDER ACME_ACCOUNT_EMAIL ENABLE_SSL_SNI SKIP_IP_CHECK SKIP_HTTP_VERIFICATION
SKIP_UNBOUND_HEALTHCHECK SKIP_CLAMD SKIP_OLEFY SKIP_SOGO SKIP_FTS FTS_HEAP FTS_PROCS ALLOW_ADMIN_EMAIL_LOGIN USE_WATCHDOG
WATCHDOG_NOTIFY_BAN WATCHDOG_NOTIFY_START WATCHDOG_EXTERNAL_CHECKS WATCHDOG_VERBOSE LOG_LINES IPV4_NETWORK IPV6_NETWORK MAILDIR_SUB
SOGO_EXPIRE_SESSION SOGO_URL_ENCRYPTION_KEY DOVECOT_MASTER_USER DOVECOT_MASTER_PASS WEBAUTHN_ONLY_TRUSTED_VENDORS SPAMHAUS_DQS_KEY
ENABLE_IPV6 DISABLE_NETFILTER_ISOLATION_RULE
"""
PROGRAMS = """
awk basename bash cat chmod cp curl cut date env git grep head ip jq mkdir mv openssl ping readlink rm sed sh sha1sum sleep tr
"""
ANSWERS = {
    "MAILCOW_HOSTNAME": "mail.example.test",
    "MAILCOW_TZ": "Europe/Vienna",
    "MAILCOW_BRANCH": "2026-07a",
    "MAILCOW_DBPASS": "ofTheDatabase",
    "MAILCOW_DBROOT": "ofItsRoot",
    "MAILCOW_REDISPASS": "ofRedis",
    "SKIP_CLAMD": "y",
    "COMPOSE_VERSION": "native",
}


@dataclass(frozen=True)
class Checkout:
    """A clone of the repository, and the programs that its scripts find."""

    folder: Path
    programs: Path

    def generate(self, *arguments: str, answers: Mapping[str, str] = ANSWERS) -> subprocess.CompletedProcess[str]:
        """Run generate_config.sh without anybody to answer."""
        return subprocess.run(
            ["./generate_config.sh", *arguments], cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
            env={"PATH": str(self.programs), "HOME": str(self.folder.parent), **answers},
        )  # fmt: skip

    def conf(self) -> dict[str, str]:
        """The keys of mailcow.conf that are in force."""
        lines = (self.folder / "mailcow.conf").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))

    def engine(self, version: str) -> None:
        """Let `docker version` say this."""
        program = self.programs / "docker"
        program.unlink(missing_ok=True)
        program.write_text(f"#!/bin/sh\necho {version}\n")
        program.chmod(0o755)


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_repository(tmp_path_factory.mktemp("repository"))


@pytest.fixture
def checkout(repository: Path, tmp_path: Path) -> Checkout:
    """A full clone, the programs that the script needs, and a Docker that says it is version 26."""
    git(tmp_path, "clone", "--quiet", str(repository), "mailcow")
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in PROGRAMS.split():
        # What this machine lacks is only looked for by the script, or not reached here.
        (programs / name).symlink_to(shutil.which(name) or "/bin/true")
    checkout = Checkout(tmp_path / "mailcow", programs)
    checkout.engine("26.1.5")
    return checkout


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def test_it_has_a_tag_for_each_release_and_master_is_the_newest(repository: Path) -> None:
    assert git(repository, "tag").split() == list(RELEASES)
    assert git(repository, "rev-parse", "master") == git(repository, "rev-parse", "2026-07a^{commit}")


def test_the_same_sources_give_the_same_commits(repository: Path, tmp_path: Path) -> None:
    assert git(make_repository(tmp_path), "rev-parse", *RELEASES) == git(repository, "rev-parse", *RELEASES)


def test_releases_differ_in_image_references_alone(repository: Path) -> None:
    assert git(repository, "diff", "--name-only", *RELEASES) == "docker-compose.yml"
    old, new = (dict(one.rsplit(":", 1) for one in image_references(release)) for release in RELEASES)
    assert old.keys() == new.keys()
    assert {name: version for name, version in old.items() if new[name] != version} == RELEASES["2026-05c"]


def test_the_compose_project_has_the_services_volumes_and_addresses_of_upstream() -> None:
    project = yaml.safe_load(compose_file("2026-07a"))
    assert set(project["services"]) == {f"{name}-mailcow" for name in SERVICES}
    assert set(project["volumes"]) == VOLUMES
    networks = {name: service.get("networks", {}).get("mailcow-network", {}) for name, service in project["services"].items()}
    fixed = {name: network["ipv4_address"].rsplit(".", 1)[1] for name, network in networks.items() if "ipv4_address" in network}
    assert fixed == {
        "unbound-mailcow": "254", "postfix-mailcow": "253", "dovecot-mailcow": "250", "redis-mailcow": "249", "sogo-mailcow": "248",
    }  # fmt: skip
    assert all(service["restart"] == "always" for service in project["services"].values())


def test_a_configuration_is_written_from_the_environment_alone(checkout: Checkout) -> None:
    assert checkout.generate().returncode == 0
    conf = checkout.conf()
    assert list(conf) == [*dict.fromkeys(conf)]
    assert set(conf) == set(KEYS.split())
    assert conf["MAILCOW_HOSTNAME"] == "mail.example.test"
    assert (conf["DBPASS"], conf["DBROOT"], conf["REDISPASS"]) == ("ofTheDatabase", "ofItsRoot", "ofRedis")
    assert (conf["TZ"], conf["SKIP_CLAMD"], conf["DOCKER_COMPOSE_VERSION"]) == ("Europe/Vienna", "y", "native")
    assert stat.S_IMODE((checkout.folder / "mailcow.conf").stat().st_mode) == 0o600


def test_what_is_not_given_is_invented_or_left_empty(checkout: Checkout) -> None:
    assert checkout.generate(answers={"MAILCOW_HOSTNAME": "mail.example.test", "MAILCOW_TZ": "UTC", "SKIP_CLAMD": "n"}).returncode == 0
    conf = checkout.conf()
    assert all(re.fullmatch(r"[A-Za-z0-9]{28}", conf[key]) for key in ("DBPASS", "DBROOT", "REDISPASS"))
    assert re.fullmatch(r"[A-Za-z0-9]{16}", conf["SOGO_URL_ENCRYPTION_KEY"])
    assert conf["DOCKER_COMPOSE_VERSION"] == ""


def test_a_configuration_that_is_there_is_never_overwritten(checkout: Checkout) -> None:
    checkout.generate()
    before = (checkout.folder / "mailcow.conf").read_text()
    assert checkout.generate().returncode == 1
    assert (checkout.folder / "mailcow.conf").read_text() == before


def test_without_a_host_name_it_ends(checkout: Checkout) -> None:
    assert checkout.generate(answers={name: value for name, value in ANSWERS.items() if name != "MAILCOW_HOSTNAME"}).returncode == 1
    assert not (checkout.folder / "mailcow.conf").exists()


@pytest.mark.parametrize("tool", ["jq", "curl", "openssl"])
def test_a_missing_program_is_named(checkout: Checkout, tool: str) -> None:
    (checkout.programs / tool).unlink()
    ended = checkout.generate()
    assert ended.returncode == 1
    assert f"Cannot find command '{tool}'" in ended.stdout


def test_an_engine_below_24_is_refused(checkout: Checkout) -> None:
    checkout.engine("20.10.24+dfsg1")
    ended = checkout.generate()
    assert ended.returncode == 1
    assert "Cannot find Docker with a Version higher or equals 24.0.0" in ended.stdout


def test_without_the_link_to_the_configuration_it_ends(checkout: Checkout) -> None:
    (checkout.folder / ".env").unlink()
    assert checkout.generate().returncode == 1


def test_edits_of_tracked_files_are_lost_unless_the_branch_is_kept(checkout: Checkout) -> None:
    readme = checkout.folder / "README.md"
    readme.write_text("mine\n")
    assert checkout.generate("--dev").returncode == 0
    assert readme.read_text() == "mine\n"
    (checkout.folder / "mailcow.conf").unlink()
    assert checkout.generate().returncode == 0
    assert readme.read_text() != "mine\n"


def test_certificates_are_copied_but_never_over_others(checkout: Checkout) -> None:
    own = checkout.folder / "data" / "assets" / "ssl" / "key.pem"
    own.parent.mkdir()
    own.write_text("mine\n")
    assert checkout.generate().returncode == 0
    assert own.read_text() == "mine\n"
    assert "BEGIN CERTIFICATE" in (own.parent / "cert.pem").read_text()
    assert (own.parent / "dhparams.pem").exists()


@pytest.mark.parametrize(("branch", "version"), [("2026-07a", None), ("2026-05c", None), ("master", "2026-07a")])
def test_the_version_shown_is_a_tag_on_master_and_a_hash_elsewhere(checkout: Checkout, branch: str, version: str | None) -> None:
    assert checkout.generate(answers={**ANSWERS, "MAILCOW_BRANCH": branch}).returncode == 0
    shown = re.search(r'MAILCOW_GIT_VERSION="(.*)"', (checkout.folder / "data/web/inc/app_info.inc.php").read_text())
    assert shown is not None
    assert shown[1] == (version or git(checkout.folder, "rev-parse", "--short", f"{branch}^{{commit}}"))


def test_the_repository_is_dirty_at_once_as_upstreams(checkout: Checkout) -> None:
    checkout.generate()
    changed = {line.split()[-1] for line in git(checkout.folder, "status", "--porcelain").splitlines()}
    assert changed == {"data/assets/ssl-example/cert.pem", "data/assets/ssl-example/key.pem"}
