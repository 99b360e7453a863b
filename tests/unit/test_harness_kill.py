"""The points at which runs die: counted as they are asked for, drawn the same by the same seed, the delicate ones never left out."""

from __future__ import annotations

import pytest

from tests.harness.killing import DELICATE, Commands, chained, delicate_points, dice, drawn_points, seed
from tests.harness.witness import VAULT, Kill, Witness

OPERATIONS = (
    *("Base | Packages", "Base | Packages", "Base | The host firewall stands", "Base | The host firewall stands", "Docker | Engine"),
    *("Vault | Keys are saved in custody, then given to the server", "Vault | The server is initialised and open", "Vault | Policies"),
    *("Mailcow | Write mailcow.conf", "Mailcow | Run its containers", "Mailcow | Replace the administrator's password"),
    *("Mailcow | Open the gate", "Fail2Ban | Run it", "Fail2Ban | Run it"),
)
COMMANDS = Commands(OPERATIONS)


def told(witness: Witness, *asked: tuple[str, str]) -> list[bool]:
    return [witness.note(host, operation) for host, operation in asked]


def test_a_run_dies_at_the_command_with_its_number() -> None:
    assert told(Witness(Kill(2)), ("mail1", "a"), ("aux1", "a"), ("mail1", "b")) == [False, True, False]


def test_requests_to_vault_have_no_number_of_their_own() -> None:
    assert told(Witness(Kill(2)), ("mail1", "a"), (VAULT, "a"), ("mail1", "b")) == [False, False, True]


def test_inside_an_operation_its_own_commands_and_requests_are_counted() -> None:
    asked = ("mail1", "a"), ("mail1", "b"), (VAULT, "b"), ("aux1", "b")
    assert told(Witness(Kill(2, "b")), *asked) == [False, False, True, False]


def test_without_a_kill_nothing_dies() -> None:
    assert told(Witness(), ("mail1", "a"), ("mail1", "a")) == [False, False]


def test_commands_and_seconds_are_told_by_host_and_operation() -> None:
    witness = Witness()
    told(witness, ("mail1", "a"), ("mail1", "a"), ("aux1", "a"))
    witness.took("mail1", "a", 0.5)
    witness.took("mail1", "b", 0.25)
    assert [tuple(row.values()) for row in witness.rows()] == [("mail1", "a", 2, 0.5), ("aux1", "a", 1, 0.0), ("mail1", "b", 0, 0.25)]


@pytest.mark.parametrize(
    ("kill", "arguments"),
    [
        (Kill(3), ("--kill-before", "3", "--kill-after", "0")),
        (Kill(2, "a | b", after=0.5), ("--kill-in", "a | b", "--nth", "2", "--kill-after", "0.5")),
    ],
)
def test_a_kill_is_written_as_arguments(kill: Kill, arguments: tuple[str, ...]) -> None:
    assert kill.arguments() == arguments


def test_every_command_is_a_point() -> None:
    points = COMMANDS.every_point()
    assert len(points) == len(OPERATIONS)
    assert {Kill(1, "Fail2Ban | Run it"), Kill(2, "Fail2Ban | Run it")} <= set(points)


def test_the_delicate_operations_die_in_their_middle_and_right_after() -> None:
    points = delicate_points(COMMANDS, dice(1))
    assert [kill.inside for kill in points if kill.after] == list(DELICATE)
    assert Kill(1, "Mailcow | Open the gate") in points
    assert next(kill for kill in points if kill.inside == "Base | The host firewall stands").before == 2


def test_points_are_drawn_from_every_service_and_the_same_by_the_same_seed() -> None:
    drawn = drawn_points(COMMANDS, dice(7), 5)
    assert {kill.inside.split(" | ")[0] for kill in drawn} == {"Base", "Docker", "Vault", "Mailcow", "Fail2Ban"}
    assert drawn == drawn_points(COMMANDS, dice(7), 5)
    assert any(drawn != drawn_points(COMMANDS, dice(other), 5) for other in range(5))


def test_a_chain_goes_through_a_deployment_once() -> None:
    chain = chained(
        COMMANDS, [Kill(1, "Fail2Ban | Run it"), Kill(2, "Base | Packages"), Kill(1, "Base | Packages"), Kill(1, "Docker | Engine")]
    )
    assert chain == [Kill(2, "Base | Packages"), Kill(1, "Docker | Engine"), Kill(1, "Fail2Ban | Run it")]


def test_the_seed_of_the_environment_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMS_SEED", "4711")
    assert seed() == 4711
