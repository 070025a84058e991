import math

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from snn.macro import Neuron
from snn.neurons import is_neuron, reset, spiking_neuron

SETTINGS = [
    Neuron(kind, tau, reset, decays)  # type: ignore[arg-type]
    for kind in ("lif", "if")
    for tau in (4 / 3, 2.0)
    for reset in ("hard", "soft")
    for decays in (True, False)
]


def equations(settings: Neuron, threshold: float, inputs: torch.Tensor) -> torch.Tensor:
    """One step after the other, as the reference writes them."""
    potential, spikes = torch.zeros_like(inputs[0]), []
    for current in inputs:
        if settings.kind == "if":
            charged = potential + current
        elif settings.decays_input:
            charged = potential + (current - potential) / settings.tau
        else:
            charged = potential - potential / settings.tau + current
        fired = (charged >= threshold).to(inputs)
        is_hard = settings.reset == "hard"
        potential = charged * (1 - fired) if is_hard else charged - fired * threshold
        spikes.append(fired)
    return torch.stack(spikes)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("threshold", [0.5, 1.0])
def test_neurons_follow_their_equations(settings: Neuron, threshold: float) -> None:
    inputs = 2 * torch.randn(20, 3, 50, generator=torch.Generator().manual_seed(0))
    spikes = spiking_neuron(settings, threshold)(inputs)
    assert torch.equal(spikes, equations(settings, threshold, inputs))


@given(st.floats(1.0001, 5.0))
def test_a_constant_input_fires_first_when_the_closed_form_says(current: float) -> None:
    charged = [current * (1 - 0.25**step) for step in range(1, 13)]
    assume(all(abs(value - 1) > 1e-5 for value in charged))
    first = next((i for i, value in enumerate(charged) if value >= 1), None)
    spikes = spiking_neuron(Neuron(), 1.0)(torch.full((12, 1), current)).flatten().tolist()
    assert spikes == [float(first is not None and i % (first + 1) == first) for i in range(12)]


@given(st.floats(-5.0, 0.999))
def test_a_constant_input_below_the_threshold_never_fires(current: float) -> None:
    assert not spiking_neuron(Neuron(), 1.0)(torch.full((30, 1), current)).any()


def test_a_potential_at_the_threshold_fires() -> None:
    assert spiking_neuron(Neuron("if"), 1.0)(torch.ones(1, 1)).item() == 1


def test_the_surrogate_gradient_is_the_arc_tangents() -> None:
    inputs = torch.tensor([[0.3, 1.1, 2.0]], requires_grad=True)
    spiking_neuron(Neuron("if"), 1.0)(inputs).sum().backward()
    expected = [1 / (1 + (math.pi * (x - 1)) ** 2) for x in (0.3, 1.1, 2.0)]
    assert inputs.grad is not None
    assert inputs.grad.flatten().tolist() == pytest.approx(expected, rel=1e-5)


def test_no_gradient_flows_through_the_reset() -> None:
    inputs = torch.tensor([[1.5], [0.2]], requires_grad=True)
    spiking_neuron(Neuron("if"), 1.0)(inputs)[1].sum().backward()
    assert inputs.grad is not None
    assert inputs.grad[0].item() == 0  # V = H (1 - S): S is cut off, and 1 - S is 0


def test_potentials_last_until_they_are_reset() -> None:
    node = spiking_neuron(Neuron("if"), 1.0)
    assert [node(torch.full((1, 1), 0.6)).item() for _ in range(2)] == [0, 1]
    node(torch.full((1, 1), 0.6))
    reset(node)
    assert node(torch.full((1, 1), 0.6)).item() == 0


def test_neurons_are_recognised() -> None:
    assert is_neuron(spiking_neuron(Neuron("if"), 1.0))
    assert not is_neuron(torch.nn.Identity())
