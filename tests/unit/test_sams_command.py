"""The command `sams`: what it says about input files, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sams.cli.main import commands, main

WRONG = "version: 1\nmachines:\n  provider: dokcer\n  hosts:\n    mail1: {groups: [mailservers], fqdn: <name>}\n"


def sams(*arguments: str) -> Result:
    return CliRunner().invoke(commands, arguments)


def test_a_right_environment_is_told_in_one_line() -> None:
    result = sams("settings", "check", "--env", "docker")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "no mistakes; docker: mail1 (mailservers), aux1 (auxiliary)" in result.stdout


def test_every_mistake_is_told_and_the_exit_code_is_1(tmp_path: Path) -> None:
    (tmp_path / "wrong.yml").write_text(WRONG)
    result = sams("settings", "check", str(tmp_path / "wrong.yml"))
    assert result.exit_code == 1
    assert "machines.provider: is not allowed" in result.stderr
    assert "machines.hosts.mail1.fqdn: still has its placeholder" in result.stderr
    assert result.stderr.endswith(f"2 mistakes in {tmp_path / 'wrong.yml'}\n")


def test_mistakes_are_data_for_other_programs(tmp_path: Path) -> None:
    (tmp_path / "wrong.yml").write_text(WRONG)
    result = sams("settings", "check", str(tmp_path / "wrong.yml"), "--json")
    assert result.exit_code == 1
    [provider, fqdn] = json.loads(result.stdout)["problems"]
    assert (provider["key"], provider["line"], provider["nearest"]) == ("machines.provider", 3, "docker")
    assert fqdn["key"] == "machines.hosts.mail1.fqdn"


def test_the_environment_comes_from_the_option_or_from_sams_env() -> None:
    assert "inventories/docker.yml" in CliRunner(env={"SAMS_ENV": "docker"}).invoke(commands, ["settings", "check"]).stdout
    assert "inventories/prod.yml" in CliRunner(env={"SAMS_ENV": ""}).invoke(commands, ["settings", "check"]).stderr


def test_a_mistyped_environment_is_a_sentence_and_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["settings", "check", "--env", "dokcer"])
    assert ended.value.code == 1
    assert 'environment "dokcer" does not exist' in (said := capsys.readouterr().err)
    assert 'Did you mean "docker"?' in said


def test_the_mail_list_is_told_in_one_line() -> None:
    assert sams("users", "check", "mail_list.yml").stdout.startswith("mail_list.yml: no mistakes; 1 domain, ")


@pytest.mark.parametrize("group", ["settings", "users"])
def test_the_schema_is_valid_json_and_its_page_names_every_key(group: str) -> None:
    schema = json.loads(sams(group, "schema", "--json").stdout)
    page = sams(group, "schema").stdout
    assert schema["additionalProperties"] is False
    assert all(f"`{key}" in page for key in schema["properties"])


def test_help_loads_no_schema_and_no_service() -> None:
    code = "import sys; from sams.cli.main import main\ntry: main(['--help'])\nexcept SystemExit: print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "click" in loaded
    assert not {"pydantic", "hvac", "pyinfra", "docker", "oci", "httpx"} & set(loaded)
