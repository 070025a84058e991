import itertools
from typing import Any

import pytest
import torch

from snn.fakequant import clamp_weights_, quantize_activations, quantize_weights
from snn.quantization import FixedPoint

FORMATS = [FixedPoint(p, q) for p, q in itertools.product(range(4), range(7)) if p + q]


@pytest.fixture(params=FORMATS, ids=lambda one: f"{one.integer_bits}.{one.fraction_bits}")
def one(request: pytest.FixtureRequest) -> FixedPoint:
    found: FixedPoint = request.param
    return found


def values(one: FixedPoint) -> torch.Tensor:
    """Well beyond the range on both sides, four to a step."""
    limit = one.range_ratio + 2 * one.step_ratio
    return torch.arange(-limit, limit, one.step_ratio / 4, dtype=torch.float32)


def test_weights_take_every_signed_level(one: FixedPoint) -> None:
    levels = quantize_weights(values(one), one).unique()
    n = one.n_levels
    assert torch.equal(levels, torch.arange(-n, n) * one.step_ratio)


def test_activations_take_every_unsigned_level(one: FixedPoint) -> None:
    levels = quantize_activations(values(one), one).unique()
    assert torch.equal(levels, torch.arange(one.n_levels) * one.step_ratio)


def test_inside_the_range_no_error_exceeds_half_a_step(one: FixedPoint) -> None:
    inside = values(one)
    inside = inside[(inside >= -one.range_ratio) & (inside <= one.range_ratio - one.step_ratio)]
    assert (quantize_weights(inside, one) - inside).abs().max() <= one.step_ratio / 2


def test_what_is_rounded_stays(one: FixedPoint) -> None:
    once = quantize_weights(values(one), one)
    assert torch.equal(quantize_weights(once, one), once)


def test_clamped_weights_can_all_be_represented(one: FixedPoint) -> None:
    weights = values(one)
    clamp_weights_(weights, one)
    assert weights.min().item() == -one.range_ratio
    assert weights.max().item() == one.range_ratio - one.step_ratio
    assert (quantize_weights(weights, one) - weights).abs().max() <= one.step_ratio / 2


def test_clamping_leaves_what_is_inside() -> None:
    weights = torch.tensor([-1.0, -0.3, 0.0, 0.7])
    clamp_weights_(weights, FixedPoint(0, 2))
    assert weights.tolist() == pytest.approx([-1.0, -0.3, 0.0, 0.7])


def test_the_gradient_of_an_activation_stops_at_zero_and_at_the_top() -> None:
    inputs = torch.tensor([-0.6, 0.3, 0.7, 1.4], requires_grad=True)
    quantize_activations(inputs, FixedPoint(0, 2)).sum().backward()
    assert inputs.grad is not None
    assert inputs.grad.tolist() == [0.0, 1.0, 1.0, 0.0]


@pytest.mark.parametrize("quantize", [quantize_weights, quantize_activations])
def test_what_is_not_a_number_stays_so_and_the_rest_is_rounded(quantize: Any) -> None:
    rounded = quantize(torch.tensor([torch.nan, 0.3, torch.inf]), FixedPoint(0, 2))
    assert torch.equal(rounded.isnan(), torch.tensor([True, False, False]))
    assert rounded[1:].tolist() == [0.25, 0.75]


@pytest.mark.parametrize("shape", [(-1,), (4, -1)])
def test_rounding_and_its_gradient_are_those_of_torch(one: FixedPoint, shape: tuple[int]) -> None:
    """But for speed: torch's own goes value by value."""
    generator = torch.Generator().manual_seed(0)
    drawn = 2 * one.range_ratio * torch.randn(4096, generator=generator).view(shape)
    n, gradient = one.n_levels, torch.randn(drawn.shape, generator=generator)
    ours, theirs = drawn.clone().requires_grad_(), drawn.clone().requires_grad_()
    found = quantize_weights(ours, one)
    wanted = torch.fake_quantize_per_tensor_affine(theirs, one.step_ratio, 0, -n, n - 1)
    assert torch.equal(found, wanted)
    found.backward(gradient)
    wanted.backward(gradient)
    assert ours.grad is not None
    assert theirs.grad is not None
    assert torch.equal(ours.grad, theirs.grad)
