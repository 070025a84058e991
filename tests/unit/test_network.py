import subprocess
import sys
from dataclasses import FrozenInstanceError

import pytest

from snn.network import Layer, Network, UnchainedNetwork

CONV = Layer("conv", "convolution", 3, 8, 5, 6, 6)


def test_a_layer_that_keeps_its_side_is_not_pooled() -> None:
    assert not CONV.is_pooled
    assert CONV.n_outputs == 8 * 6 * 6
    assert CONV.n_weights == 3 * 8 * 5 * 5


def test_a_convolution_takes_channels_and_a_linear_layer_takes_values() -> None:
    Network((CONV, Layer("next", "convolution", 8, 4, 3, 6, 3)))
    Network((CONV, Layer("fc", "linear", 288, 4, 1, 1, 1)))
    with pytest.raises(ValueError, match="next takes 288 channels, but conv gives 8"):
        Network((CONV, Layer("next", "convolution", 288, 4, 3, 6, 6)))
    with pytest.raises(ValueError, match="fc takes 8 channels, but conv gives 288"):
        Network((CONV, Layer("fc", "linear", 8, 4, 1, 1, 1)))


def test_every_pair_of_neighbours_is_checked() -> None:
    first, second = Layer("fc1", "linear", 4, 5, 1, 1, 1), Layer("fc2", "linear", 5, 6, 1, 1, 1)
    with pytest.raises(ValueError, match="fc3 takes 5 channels, but fc2 gives 6"):
        Network((first, second, Layer("fc3", "linear", 5, 2, 1, 1, 1)))


@pytest.mark.parametrize("position", range(5))
def test_no_size_of_a_layer_may_be_zero(position: int) -> None:
    sizes = [1] * 5
    sizes[position] = 0
    with pytest.raises(ValueError, match="x: every size must be at least 1"):
        Layer("x", "convolution", *sizes)


def test_networks_of_equal_layers_are_equal_and_hash_alike() -> None:
    one, other = Network((CONV,)), Network((Layer("conv", "convolution", 3, 8, 5, 6, 6),))
    assert one == other
    assert hash(one) == hash(other)


def test_a_layer_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        CONV.kernel = 1  # type: ignore[misc]


def test_shapes_and_costs_are_read_without_torch() -> None:
    code = (
        "import sys, snn.network, snn.quantization, hwmodels.estimate;"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_layers_that_are_no_chain_need_not_follow_each_other() -> None:
    one = Layer("one", "convolution", 3, 8, 3, 8, 8)
    with pytest.raises(ValueError, match="takes 3 channels, but one gives 8"):
        Network((one, one))
    assert UnchainedNetwork((one, one)).layers == (one, one)
    with pytest.raises(ValueError, match="at least one layer"):
        UnchainedNetwork(())
