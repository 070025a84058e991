"""PyTorch's optimizers without its compiler, which nothing here uses.

The methods of an optimizer import it (``torch._dynamo``) only to mark what it must not compile.
That costs every process of a search, each worker too, most of a second.
"""

import inspect
from typing import Any, TypeVar, cast

import torch
from torch.optim import Optimizer

Kind = TypeVar("Kind", bound=Optimizer)
MARKED = ("add_param_group", "load_state_dict", "state_dict", "zero_grad")


def _unmarked(kind: type[Kind]) -> type[Kind]:
    methods: dict[str, Any] = {name: inspect.unwrap(getattr(kind, name)) for name in MARKED}
    methods["step"] = torch.no_grad()(inspect.unwrap(kind.step))
    return cast("type[Kind]", type(kind.__name__, (kind,), methods))


SGD = _unmarked(torch.optim.SGD)
Adam = _unmarked(torch.optim.Adam)
AdamW = _unmarked(torch.optim.AdamW)
