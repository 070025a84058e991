"""Fixed-point rounding with a straight-through gradient.

Values are rounded to the nearest step (half to even) and saturate; NaN stays NaN. The gradient
passes unchanged inside the range and is zero beyond it.
"""

import torch

from snn.quantization import FixedPoint


def quantize_weights(weights: torch.Tensor, fixed_point: FixedPoint) -> torch.Tensor:
    """Round to signed two's complement: [-R, R - step], any shape."""
    n = fixed_point.n_levels
    return round_to_steps(weights, fixed_point.step_ratio, -n, n - 1)


def quantize_activations(values: torch.Tensor, fixed_point: FixedPoint) -> torch.Tensor:
    """Round to unsigned values: [0, R - step], any shape."""
    n = fixed_point.n_levels
    return round_to_steps(values, fixed_point.step_ratio, 0, n - 1)


def round_to_steps(values: torch.Tensor, step: float, lowest: int, highest: int) -> torch.Tensor:
    """Round to the nearest of the multiples of ``step`` from ``lowest`` to ``highest`` times it."""
    rounded = torch.fake_quantize_per_tensor_affine(values, step, 0, lowest, highest)
    is_nan = values.isnan()  # torch rounds it to the lowest level, which hides divergence
    return torch.where(is_nan, values, rounded) if is_nan.any() else rounded


def clamp_weights_(weights: torch.Tensor, fixed_point: FixedPoint) -> None:
    """Bring master weights back into the representable range, in place."""
    limit = fixed_point.range_ratio
    weights.clamp_(-limit, limit - fixed_point.step_ratio)
