"""Trains a design on a GPU that is not there, and prints the names of what was measured.

A backend that torch has for such ends stands for the GPU. Under `FakeTensorMode` tensors have a
shape and a place but no values, and no operation takes those of two places. Run in a process of
its own, since torch keeps a backend for good:

    python tests/fake_gpu.py CHANGES_AS_JSON
"""

import json
import sys
from dataclasses import replace
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils import backend_registration
from torch.utils._python_dispatch import TorchDispatchMode

from envs import data
from envs.accuracy import trained_accuracy
from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.evaluators import Pipeline
from envs.trained_accuracy import TrainedAccuracy
from snn.build import CrossbarNetwork
from snn.datasets import Dataset

NAME = "gpu"


class ReadBack(TorchDispatchMode):
    """Every value that is read back is a one."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        del types
        if func is torch.ops.aten._local_scalar_dense.default:
            return 1
        return func(*args, **(kwargs or {}))


def moved(network: CrossbarNetwork, device: str) -> CrossbarNetwork:
    """What `torch.nn.Module.to` does, which cannot swap fake parameters."""
    for module in network.modules():
        for name, one in module._parameters.items():
            assert one is not None
            module._parameters[name] = torch.nn.Parameter(one.detach().to(device))
        for name, one in module._buffers.items():
            module._buffers[name] = torch.empty(one.shape, dtype=one.dtype, device=device)
    return network


def few_images() -> Dataset:
    """Of so many classes that one image classified rightly is more than chance."""
    images, labels = torch.empty(40, 1, 8, 8), torch.zeros(40, dtype=torch.long)
    return Dataset(images, labels, images[:1], labels[:1], 1000)


def main(changes: dict[str, Any]) -> None:
    """Train the design that is given."""
    backend_registration._setup_privateuseone_for_python_backend(NAME)  # type: ignore[no-untyped-call]
    CrossbarNetwork.to = moved  # type: ignore[assignment, method-assign]
    data.BUILT_IN["digits"] = few_images
    problem = make_problem(settings_of("nacim", changes))
    assert isinstance(problem.evaluator, Pipeline)
    stage = problem.evaluator.stages[-1]
    assert isinstance(stage, TrainedAccuracy)
    design = problem.evaluator.build({one.name: one.given for one in problem.space.decisions})
    with FakeTensorMode(), ReadBack():
        found = trained_accuracy(replace(stage, torch_device=NAME), design, 0)
    sys.stdout.write(" ".join(found) + "\n")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
