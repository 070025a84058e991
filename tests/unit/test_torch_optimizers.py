import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.optim import Optimizer
from torch.optim.lr_scheduler import OneCycleLR

from snn import optimizers


def trained(kind: type[Optimizer], **settings: Any) -> list[torch.Tensor]:
    """Weights after ten steps, with the optimizer put away and taken out again midway."""
    generator = torch.Generator().manual_seed(0)
    weights = torch.randn(3, 5, generator=generator).requires_grad_()
    images = torch.randn(7, 5, generator=generator)
    found, state = [], None
    for _ in range(2):
        optimizer = kind([weights], **settings)
        if state is not None:
            optimizer.load_state_dict(state)
        schedule = OneCycleLR(optimizer, 0.1, total_steps=6)
        for _ in range(5):
            optimizer.zero_grad()
            (images @ weights.T).square().mean().backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            found.append(weights.detach().clone())
        state = optimizer.state_dict()
    return found


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("Adam", {}),
        ("Adam", {"fused": True}),
        ("AdamW", {"weight_decay": 0.1}),
        ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ],
)
def test_an_optimizer_takes_the_steps_that_it_takes_in_torch(
    name: str, settings: dict[str, Any]
) -> None:
    ours = trained(getattr(optimizers, name), **settings)
    theirs = trained(getattr(torch.optim, name), **settings)
    assert len({tuple(one.flatten().tolist()) for one in ours}) == 10
    assert all(torch.equal(one, other) for one, other in zip(ours, theirs, strict=True))


def test_neither_agents_nor_training_import_the_compiler(tmp_path: Path) -> None:
    code = """if True:
        import sys, torch
        from agents.train import main
        from snn.build import build
        from snn.cell_recipe import CellRecipe
        from snn.datasets import synthetic
        from snn.network import Layer, Network
        from snn.noise import GaussianVariation
        from snn.quantization import FixedPoint, Quantization
        from snn.training import Recipe, train
        assert main(["env=toy", "search.budget=8", "run_dir=toy"]) == 0
        network = Network((Layer("all", "linear", 3 * 32 * 32, 10, 1, 1, 1),))
        formats = Quantization((FixedPoint(1, 3),), (FixedPoint(1, 4),))
        random = torch.Generator().manual_seed(0)
        module = build(network, formats, random)
        recipe, noises = Recipe(1, 10, 0.01, 0.5), [GaussianVariation(0.2)]
        train(module, synthetic(20, 20, 0), recipe, noises, random)
        CellRecipe.preset("digits_blocks").make_optimizer(module)
        sys.exit("torch._dynamo" in sys.modules)
    """
    ended = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False)
    assert ended.returncode == 0
