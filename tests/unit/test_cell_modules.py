from dataclasses import replace

import pytest
import torch

from snn.blocks import Dropout
from snn.cell_modules import CellModule, build_cells
from snn.cell_network import CellNetwork
from snn.cells import BACKWARD_EDGES, EDGES, Cell
from snn.macro import Macro, Neuron
from snn.neurons import is_neuron, spiking_neuron

DIGITS = Macro.preset("digits", channels=4, hidden_features=16)
CHAIN = Cell.of((1, 0, 0, 1, 0, 1), "neuronas")
FEEDBACK = Cell(
    ("conv3x3", "skip", "zeroize", "skip", "conv3x3", "skip"),
    ("zeroize", "zeroize", "conv1x1", "zeroize", "zeroize", "zeroize"),
)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def images(n: int = 3) -> torch.Tensor:
    return torch.rand(n, 1, 8, 8, generator=seeded())


def cell_module(cell: Cell, channels: int = 1) -> CellModule:
    module = CellModule(cell, channels, lambda threshold: spiking_neuron(Neuron(), threshold))
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, 0.5, 0.5, generator=seeded())
    return module


def cell(**operations: str) -> Cell:
    names = [operations.get(f"c{i}{j}", "zeroize") for i, j in (*EDGES, *BACKWARD_EDGES)]
    return Cell(tuple(names[:6]), tuple(names[6:]))


def test_the_same_seed_gives_the_same_weights_whatever_torch_has_drawn() -> None:
    network = CellNetwork((CHAIN, FEEDBACK), DIGITS)
    one = build_cells(network, seeded()).state_dict()
    torch.rand(7)
    other = build_cells(network, seeded()).state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_building_leaves_the_global_random_state_alone() -> None:
    before = torch.get_rng_state()
    build_cells(CellNetwork((CHAIN,), DIGITS), seeded())(images())
    assert torch.equal(before, torch.get_rng_state())


def test_another_seed_gives_other_weights() -> None:
    network = CellNetwork((CHAIN,), DIGITS)
    one, other = (build_cells(network, seeded(seed)).head.hidden.weight for seed in (0, 1))
    assert not torch.equal(one, other)


@pytest.mark.parametrize("method", ["paper", "standard"])
def test_weights_are_drawn_as_the_papers_do(method: str) -> None:
    macro = Macro.preset("cifar10", channels=32, initialization=method)
    module = build_cells(CellNetwork((CHAIN, CHAIN), macro), seeded())
    edge = module.cells[0].get_submodule("01").convolution.weight
    assert edge.abs().max().item() == pytest.approx((6 / (5 * 9 * 32)) ** 0.5, rel=1e-3)
    hidden = module.head.hidden.weight
    expected = 0.01 if method == "paper" else 1 / (3 * hidden.shape[1]) ** 0.5
    assert hidden.std().item() == pytest.approx(expected, rel=0.01)
    norms = [m for m in module.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert all((norm.weight == 1).all() and (norm.bias == 0).all() for norm in norms)


def test_modules_are_made_by_target_node_as_the_public_codes_do() -> None:
    names = list(cell_module(Cell(("conv1x1",) * 6))._modules)
    assert names == ["01", "02", "12", "03", "13", "23"]


def test_a_node_is_the_sum_over_its_edges() -> None:
    values = torch.rand(2, 1, 1, 4, 4, generator=seeded())
    assert torch.equal(cell_module(Cell(("skip",) * 6))(values), 4 * values)  # four paths


def test_a_cell_without_a_path_yields_zeros() -> None:
    values = torch.ones(2, 1, 1, 4, 4)
    assert torch.equal(cell_module(cell(c01="skip"))(values), torch.zeros_like(values))


def test_feedback_is_added_one_time_step_later() -> None:
    module = cell_module(cell(c01="skip", c13="skip", c30="skip"))
    outputs = module(torch.ones(4, 1, 1, 1, 1)).flatten().tolist()
    assert outputs == [1, 2, 3, 4]  # the input, and the output before


def test_feedback_goes_through_every_backward_edge() -> None:
    # h1 = x + b1 is the input plus what node 2 fed back; x2 = h0; b1' = h2 = x2 + b2; b2' = x3
    module = cell_module(cell(c02="skip", c13="skip", c01="skip", c21="skip", c32="skip"))
    outputs = module(torch.ones(4, 1, 1, 1, 1)).flatten().tolist()
    # t0: h1=1 h2=1 x3=1; t1: b1=1 b2=1: h1=2 h2=2 x3=2; t2: b1=2 b2=2: 3; ...
    assert outputs == [1, 2, 3, 4]


def test_potentials_last_over_the_steps_of_a_feedback_cell() -> None:
    """Steps one by one give what all at once give, if nothing comes back."""
    values = torch.rand(6, 2, 1, 4, 4, generator=seeded())
    plain = cell_module(cell(c01="conv3x3", c13="conv3x3")).eval()
    stepped = cell_module(cell(c01="conv3x3", c13="conv3x3", c20="skip")).eval()
    stepped.load_state_dict(plain.state_dict())
    torch.testing.assert_close(stepped(values), plain(values))


def test_an_image_does_not_depend_on_the_one_before() -> None:
    module = build_cells(CellNetwork((CHAIN, FEEDBACK), DIGITS), seeded()).eval()
    spikes: list[torch.Tensor] = []
    layer = module.neuron_layers["cells.0.01.neuron"]
    layer.register_forward_hook(lambda _m, _i, fired: spikes.append(fired))
    for _ in range(2):
        module(10 * images())
    assert spikes[0].any()
    assert torch.equal(*spikes)
    assert module(images(2)).shape == (2, 10)


def test_the_stem_is_shown_in_every_time_step() -> None:
    module = build_cells(CellNetwork((CHAIN,), replace(DIGITS, timesteps=3)), seeded())
    shown = module.stem(images())
    assert shown.shape == (3, 3, 4, 8, 8)
    assert torch.equal(shown[0], shown[2])


def test_gradients_reach_every_weight() -> None:
    module = build_cells(CellNetwork((CHAIN, FEEDBACK, CHAIN), DIGITS), seeded())
    module(4 * images()).square().sum().backward()
    missing = [name for name, one in module.named_parameters() if one.grad is None]
    assert missing == []


def test_every_kind_of_neuron_is_built_as_told() -> None:
    macro = replace(DIGITS, neuron=Neuron("lif", 2.0, "soft", decays_input=False))
    neurons = build_cells(CellNetwork((CHAIN,), macro), seeded()).neuron_layers.values()
    assert {(n.tau, n.v_reset, n.decay_input, n.detach_reset) for n in neurons} == {
        (2.0, None, False, True)
    }
    assert all(map(is_neuron, neurons))


@pytest.mark.parametrize("cells", [(CHAIN, CHAIN), (FEEDBACK,)])
def test_no_tensor_stays_behind_on_another_device(cells: tuple[Cell, ...]) -> None:
    """The `meta` device refuses to meet tensors of any other, as a GPU does."""
    network = CellNetwork(cells, replace(DIGITS, dropout_ratio=0.5))
    module = build_cells(network, seeded()).to("meta")
    assert module(images().to("meta")).device.type == "meta"


def test_dropout_drops_the_same_features_in_all_time_steps() -> None:
    dropout = Dropout(0.5, seeded())
    kept = dropout(torch.ones(3, 2, 200))
    assert torch.equal(kept[0], kept[2])
    assert set(kept.unique().tolist()) == {0.0, 2.0}
    assert not torch.equal(kept[0, 0], kept[0, 1])
    assert torch.equal(dropout.eval()(torch.ones(3, 2, 200)), torch.ones(3, 2, 200))
