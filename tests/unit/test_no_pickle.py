"""Files from outside are read without executing anything in them."""

import io
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from agents.observers import load_checkpoint
from async_sim.application import Application
from async_sim.event_file import read_events
from async_sim.goldens import read_golden
from async_sim.workloads import read_workload
from snn.block_files import load_network, load_supernet
from snn.cell_checkpoint import best_weights, load
from snn.prepared import PARTS, prepared
from snn.weight_files import read_weights

ROOT = Path(__file__).parents[2]
PACKAGES = ("agents", "async_sim", "configs", "envs", "hwmodels", "snn")


class Malicious:
    """Makes a file as soon as it is unpickled."""

    def __init__(self, made: Path) -> None:
        self.made = made

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.touch, (self.made,)


def of_torch(bad: Malicious) -> bytes:
    file = io.BytesIO()
    torch.save({"version": 2, "weights": bad}, file)
    return file.getvalue()


def of_numpy(bad: Malicious) -> bytes:
    file = io.BytesIO()
    np.savez(file, meta=np.array([bad], dtype=object), allow_pickle=True)
    return file.getvalue()


def one_of_numpy(bad: Malicious) -> bytes:
    file = io.BytesIO()
    np.save(file, np.array([bad], dtype=object), allow_pickle=True)
    return file.getvalue()


FORMS = (pickle.dumps, of_torch, of_numpy, one_of_numpy)
READERS: dict[str, Callable[[Path], Any]] = {
    "a checkpoint of a search": load_checkpoint,
    "weights": read_weights,
    "a checkpoint of a training": lambda path: load(path, "fingerprint"),
    "the best weights of a training": lambda path: best_weights(path, "network"),
    "a network of blocks": load_network,
    "a supernet": lambda path: load_supernet(path, torch.Generator()),
    "an application": Application.load,
    "a workload": read_workload,
    "fires": read_events,
    "a golden case": read_golden,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("reader", READERS)
def test_a_malicious_file_is_refused_and_executes_nothing(
    reader: str, form: Callable[[Malicious], bytes], tmp_path: Path
) -> None:
    path, made = tmp_path / "bad.npz", tmp_path / "made"
    path.write_bytes(form(Malicious(made)))
    try:
        found = READERS[reader](path)
    except (ValueError, OSError) as error:
        assert "\n" not in str(error)  # noqa: PT017 (others return)
    else:
        assert found is None
    assert not made.exists()


@pytest.mark.parametrize("form", FORMS)
def test_malicious_prepared_data_is_made_anew(
    form: Callable[[Malicious], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COEXPLORE_CACHE", str(tmp_path))
    tensors = dict.fromkeys(PARTS, torch.zeros(2))
    prepared("digits", {}, lambda: tensors)
    (path,) = tmp_path.iterdir()
    made = tmp_path / "made"
    path.write_bytes(form(Malicious(made)))
    assert set(prepared("digits", {}, lambda: tensors)) == set(PARTS)
    assert not made.exists()


@pytest.mark.parametrize("form", FORMS[:1])
def test_the_malicious_file_would_work(form: Callable[[Malicious], bytes], tmp_path: Path) -> None:
    pickle.loads(form(Malicious(tmp_path / "made")))  # noqa: S301 (to see that it does)
    assert (tmp_path / "made").exists()


EXECUTING = re.compile(
    r"torch\.load\((?!.*weights_only=True)|np\.load\((?!.*allow_pickle=False)|allow_pickle=True"
    r"|weights_only=False|yaml\.(unsafe_|full_)?load\(|joblib|dill|pickle\.load\(|Unpickler|marshal"
)


def test_no_reader_executes_what_it_reads() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        for line in path.read_text("utf-8").splitlines()
        if EXECUTING.search(line)
    ]
    assert found == []
    bad = ("torch.load(path)", "np.load(path, allow_pickle=True)", "yaml.load(text)")
    assert all(EXECUTING.search(line) for line in bad)
