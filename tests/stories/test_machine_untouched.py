"""The machine that the test hosts run on is as it was: they share its kernel, and a deployment sets only what its host owns."""

from __future__ import annotations

import dataclasses

import pytest

from tests.harness.end_state import differences
from tests.harness.first_deployment import FirstDeployment
from tests.harness.machine import machine_state


def test_kernel_settings_swap_and_packet_filter_are_as_before_the_first_deployment(first_deployment: FirstDeployment) -> None:
    before, after = (dataclasses.asdict(state) for state in (first_deployment.machine_before, machine_state()))
    assert len(before["settings"]) > 100
    assert differences(before, after) == []


@pytest.mark.parametrize("part", ["settings", "swaps", "packet_filter"])
def test_another_state_of_the_machine_would_be_seen(first_deployment: FirstDeployment, part: str) -> None:
    before = dataclasses.asdict(first_deployment.machine_before)
    changes = {"settings": {**before["settings"], "vm/swappiness": "another"}, "swaps": "another", "packet_filter": ["another"]}
    assert differences(before, {**before, part: changes[part]}) != []
