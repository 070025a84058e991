"""Weights that a network takes over from a larger one of the same form."""

import torch

from snn.build import CrossbarLayer, CrossbarNetwork


@torch.no_grad()
def inherit(heir: CrossbarNetwork, ancestor: CrossbarNetwork) -> None:
    """Take over the first channels and the middle taps of every layer, in place.

    Weights and activations keep their share of what their format can hold: a BatchNorm behind
    every layer leaves their scale free. An heir of the same shapes so computes what its ancestor
    does, but for rounding.

    Raises:
        ValueError: If the ancestor has other layers, or is smaller somewhere.
    """
    heirs, ancestors = heir.crossbar_layers, ancestor.crossbar_layers
    if [one.layer.name for one in heirs] != [one.layer.name for one in ancestors]:
        raise ValueError("the ancestor has other layers")
    inputs_ratio = 1.0  # images are the same
    for i, (mine, theirs) in enumerate(zip(heirs, ancestors, strict=True)):
        weights_ratio = mine.weight_format.range_ratio / theirs.weight_format.range_ratio
        mine.weight.copy_(_part(theirs, mine) * weights_ratio)
        outputs_ratio = 1.0  # logits are not quantized
        if not mine.is_last:
            formats = heirs[i + 1].input_format, ancestors[i + 1].input_format
            outputs_ratio = formats[0].range_ratio / formats[1].range_ratio
        _inherit_norm(mine, theirs, inputs_ratio * weights_ratio, outputs_ratio)
        inputs_ratio = outputs_ratio
    heir.clamp_weights()


def _part(ancestor: CrossbarLayer, heir: CrossbarLayer) -> torch.Tensor:
    """The weights of an ancestor, in the shape of the heir's."""
    n_outputs, n_inputs, *kernel = heir.weight.shape
    weights = ancestor.weight[:n_outputs, :n_inputs]
    for axis, taps in enumerate(kernel, start=2):
        weights = weights.narrow(axis, max(0, weights.shape[axis] - taps) // 2, taps)
    if weights.shape != heir.weight.shape:
        raise ValueError(f"{heir.layer.name}: the ancestor is smaller")
    return weights


def _inherit_norm(
    heir: CrossbarLayer, ancestor: CrossbarLayer, products_ratio: float, outputs_ratio: float
) -> None:
    """Take over a BatchNorm whose inputs and outputs are so many times as large."""
    n, mine, theirs = len(heir.weight), heir.norm, ancestor.norm
    mine.weight.copy_(theirs.weight[:n] * outputs_ratio)
    mine.bias.copy_(theirs.bias[:n] * outputs_ratio)
    for kept, found, ratio in (
        (mine.running_mean, theirs.running_mean, products_ratio),
        (mine.running_var, theirs.running_var, products_ratio**2),
    ):
        assert kept is not None  # noqa: S101 (BatchNorm that tracks)
        assert found is not None  # noqa: S101 (likewise)
        kept.copy_(found[:n] * ratio)
