"""Cell networks in NIR, read back by SpikingJelly's own reader: the same numbers."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from snn import nir_export
from snn.cell_modules import CellModules, build_cells
from snn.cell_network import CellNetwork
from snn.cells import Cell
from snn.macro import Macro, Neuron

nir_exchange = pytest.importorskip("spikingjelly.activation_based.nir_exchange")
MACRO = Macro.preset("digits", channels=4, hidden_features=16, voting=3, timesteps=4)
CHAIN = Cell.of((1, 0, 0, 1, 0, 1), "neuronas")
POOLED = Cell.of((2, 1, 1, 0, 2, 2), "neuronas")
DEAD_END = Cell(("conv3x3", "skip", "zeroize", "zeroize", "zeroize", "conv5x5@0.5"))
NETWORKS = {
    "chain": CellNetwork((CHAIN, CHAIN), MACRO),
    "skips": CellNetwork((Cell(("skip",) * 6), POOLED), MACRO),
    "dead end": CellNetwork((DEAD_END,), MACRO),
    "nothing": CellNetwork((CHAIN, Cell(("zeroize",) * 6)), MACRO),
    "three cells": CellNetwork((POOLED, CHAIN, POOLED), replace(MACRO, head_pool=1)),
    "stride": CellNetwork((CHAIN,), replace(MACRO, stem_stride=2, head_pool=1)),
    "other neurons": CellNetwork((CHAIN,), replace(MACRO, neuron=Neuron(decays_input=False))),
    "no leak": CellNetwork((CHAIN,), replace(MACRO, neuron=Neuron("if"))),
}


def lively(network: CellNetwork) -> CellModules:
    """A network whose BatchNorm has done something, and whose neurons fire."""
    module = build_cells(network, torch.Generator().manual_seed(0))
    generator = torch.Generator().manual_seed(1)
    for one in module.modules():
        if isinstance(one, torch.nn.BatchNorm2d):
            assert one.running_mean is not None
            assert one.running_var is not None
            one.running_mean.normal_(0.0, 0.2, generator=generator)
            one.running_var.uniform_(0.05, 0.2, generator=generator)
            torch.nn.init.uniform_(one.weight, 0.5, 1.5, generator=generator)
            torch.nn.init.uniform_(one.bias, 0.0, 0.5, generator=generator)
    torch.nn.init.normal_(module.head.hidden.weight, 0.1, 0.2, generator=generator)
    return module.eval()


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_written_reads_back_as_the_same_network(name: str, tmp_path: Path) -> None:
    module = lively(NETWORKS[name])
    images = torch.rand(6, 1, 8, 8, generator=torch.Generator().manual_seed(2))
    nir_export.write_nir(module, tmp_path / "network.nir")
    read = nir_exchange.import_from_nir(tmp_path / "network.nir", dt=nir_export.TIME_STEP_S).eval()
    with torch.no_grad():
        expected = module(images)
        steps, state = [], None
        for _ in range(MACRO.timesteps):
            step, state = read(images, state)
            steps.append(step)
    assert expected.std() > 1e-3
    torch.testing.assert_close(torch.stack(steps).mean(0), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("network", "told"),
    [
        (replace(NETWORKS["chain"], macro=replace(MACRO, neuron=Neuron(reset="soft"))), "reset"),
        (CellNetwork((Cell(("skip",) * 5 + ("zeroize",), ("zeroize",) * 5 + ("skip",)),), MACRO),
         "feedback"),
    ],
)  # fmt: skip
def test_what_nir_cannot_say_is_refused(network: CellNetwork, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        nir_export.to_nir(build_cells(network, torch.Generator()))
