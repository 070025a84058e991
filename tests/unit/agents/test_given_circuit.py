"""A circuit that cannot be is told with its place among the settings."""

import pytest

from agents.problems import problem_of
from agents.usage import UsageError, settings_from


@pytest.mark.parametrize("env", ["nacim", "neuronas"])
def test_a_circuit_that_cannot_be_is_told_with_its_place(env: str) -> None:
    with pytest.raises(UsageError) as caught:
        problem_of(settings_from([f"env={env}", "hardware.circuit.crossbar_size=3"]))
    told = "hardware.circuit.columns_per_converter must divide crossbar_size: 8 does not divide 3"
    assert str(caught.value) == told
