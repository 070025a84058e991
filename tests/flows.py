"""A flow of NACIM that takes a second: one small network, few images, nobody but this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from envs.data import load_on

N_IMAGES = 64
PARTS = ("train_images", "train_labels", "test_images", "test_labels")
STAGES = ("1-search", "2-fine-tuning", "3-rnas-1", "4-fresh-chips")
TYPED = (
    "experiment=nacim", "search=smoke", "search.budget=2", "flow.fine_tuned=1",
    "flow.rnas_budget=1", "env.switches.SA=false", "env.accuracy.epochs=1", "env.n_chips=1",
    *(f"env.given.conv{n}.channels=24" for n in range(1, 7)),
    *(f"env.given.conv{n}.kernel=1" for n in range(1, 7)),
    "env.given.fc1.neurons=64", "env.given.fc2.neurons=64",
)  # fmt: skip


@contextmanager
def small() -> Iterator[None]:
    """Train on few images, here, and take whatever comes of it for learnt; draw nothing."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("envs.accuracy.load_on", _few)
        patched.setattr("envs.accuracy.check_learnt", lambda *_: None)
        patched.setattr("envs.references.N_DESIGNS", 4)
        patched.setattr("matplotlib.figure.Figure.savefig", lambda *_, **__: None)
        for place in ("agents.session", "agents.flow"):
            patched.setattr(f"{place}.workers_of", lambda _: 0)
        yield


def _few(device: str, name: str, **arguments: Any) -> Any:
    whole = load_on(device, name, **arguments)
    return replace(whole, **{part: getattr(whole, part)[:N_IMAGES] for part in PARTS})


def typed(folder: Path) -> list[str]:
    """The arguments of the flow."""
    return [*TYPED, f"run_dir={folder}"]
