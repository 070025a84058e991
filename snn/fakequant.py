"""Fixed-point rounding with a straight-through gradient.

Values are rounded to the nearest step (half to even) and saturate; NaN stays NaN. The gradient
passes unchanged inside the range and is zero beyond it.
"""

from typing import Any

import torch

from snn.quantization import FixedPoint


def quantize_weights(weights: torch.Tensor, fixed_point: FixedPoint) -> torch.Tensor:
    """Round to signed two's complement: [-R, R - step], any shape."""
    n = fixed_point.n_levels
    return round_to_steps(weights, fixed_point.step_ratio, -n, n - 1)


def quantize_activations(values: torch.Tensor, fixed_point: FixedPoint) -> torch.Tensor:
    """Round to unsigned values: [0, R - step], any shape.

    What is negative becomes zero, and has no gradient: a ReLU before it changes nothing.
    """
    n, step = fixed_point.n_levels, fixed_point.step_ratio
    return _rounded(values, step, (0, n - 1), (0.0, (n - 0.5) * step))


def round_to_steps(values: torch.Tensor, step: float, lowest: int, highest: int) -> torch.Tensor:
    """Round to the nearest of the multiples of ``step`` from ``lowest`` to ``highest`` times it."""
    within = ((lowest - 0.5) * step, (highest + 0.5) * step)
    return _rounded(values, step, (lowest, highest), within)


def _rounded(
    values: torch.Tensor, step: float, levels: tuple[int, int], within: tuple[float, float]
) -> torch.Tensor:
    found: torch.Tensor = _Rounding.apply(values, step, levels, within)  # type: ignore[no-untyped-call]
    return found


class _Rounding(torch.autograd.Function):
    """Four passes over the values, and one back: torch's own takes up to thirty times as long.

    The gradient passes strictly within the interval ``within``.
    """

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401 (torch has no type for it)
        values: torch.Tensor,
        step: float,
        levels: tuple[int, int],
        within: tuple[float, float],
    ) -> torch.Tensor:
        ctx.within = within
        ctx.save_for_backward(values)
        return values.mul(1 / step).round_().clamp_(*levels).mul_(step)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> Any:  # noqa: ANN401
        (values,) = ctx.saved_tensors
        passed = torch.ops.aten.hardtanh_backward(gradient, values, *ctx.within)
        return passed, None, None, None


def clamp_weights_(weights: torch.Tensor, fixed_point: FixedPoint) -> None:
    """Bring master weights back into the representable range, in place."""
    limit = fixed_point.range_ratio
    weights.clamp_(-limit, limit - fixed_point.step_ratio)
