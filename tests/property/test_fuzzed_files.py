"""Whatever a file holds, its reader takes it or refuses it in one line."""

import gzip
import io
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from mutations import altered, altered_json, damaged, refused_or_fine, some
from noc_applications import dense, design
from noc_runs import write_workload

from agents.observers import load_checkpoint
from agents.sweep_plan import FILE, reopened
from agents.usage import UsageError, saved_config, settings_from
from async_sim.application import Application, ApplicationError
from async_sim.event_file import EventFileError, read_events
from async_sim.hardware_file import HardwareFileError, read_hardware, write_hardware
from async_sim.report.manifest import ManifestError, read_manifest
from async_sim.workloads import WorkloadError, read_workload
from configs import catalog
from envs.evaluation import Evaluation
from envs.kept_weights import KeptWeightsError, kept_weights
from envs.replay import ReplayError, read_evaluations, write_evaluations
from envs.rescue import rescue
from envs.store import EvaluationStore, StoreError, digest
from hwmodels.report.commands import estimate_command
from snn.bench_table import TableError, read_table
from snn.cell_checkpoint import CheckpointError, load
from snn.weight_files import WeightFileError, read_weights

Read = Callable[[Path], Any]
N = 12
EXAMPLE = Path(__file__).parents[2] / "hwmodels" / "report" / "example.json"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzzed")


def of_torch(content: object) -> bytes:
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


def application(path: Path) -> None:
    dense().save(path)


def hardware(path: Path) -> None:
    write_hardware(path, design(dense(), np.random.default_rng(0)), "s256")


def parquet(path: Path) -> None:
    one = Evaluation({"x": 1, "device": "a"}, {"accuracy": 0.5}, None, 0.25)
    write_evaluations(path, [one] * 3, [{"run": "a"}] * 3)


def store(path: Path) -> None:
    with closing(EvaluationStore(path)) as made:
        made.keep_context({"version": 1})
        for i in range(40):
            made.put(digest(i), Evaluation({"x": i}, {"accuracy": 0.5}, None, 0.25))
            made.visit([(i, digest(i), 0.5)])


def read_store(path: Path) -> None:
    with closing(EvaluationStore(path)) as there:
        there.check()


def config(path: Path) -> None:
    content = settings_from(["env=toy"]).model_dump(mode="json", by_alias=True)
    path.write_text(yaml.safe_dump(content), "utf-8")


def sweep(path: Path) -> None:
    content = {"sweep": catalog.read("sweep", "seeds"), "arguments": ["env=toy"]}
    path.write_text(yaml.safe_dump(content), "utf-8")


def index(path: Path) -> None:
    one = {"file": "a.pt", "choices": {"x": 1}, "metrics": {"accuracy": 0.5}}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"build": {}, "designs": [one]}), "utf-8")


TABLE = b"id,test_acc,params\n" + b"".join(b"%d,%d.5,99\n" % (i, 50 + i) for i in range(30))
TRAINING = {"version": 2, "fingerprint": "f", "best": {"a": torch.zeros(2)}}
FILES: dict[str, tuple[Callable[[Path], object], Read, type[Exception]]] = {
    "x.csv": (lambda path: path.write_bytes(TABLE), read_table, TableError),
    "x.csv.gz": (lambda path: path.write_bytes(gzip.compress(TABLE)), read_table, TableError),
    "x.parquet": (parquet, read_evaluations, ReplayError),
    "application.npz": (application, Application.load, ApplicationError),
    "workload.npz": (write_workload, read_workload, WorkloadError),
    "hardware.json": (hardware, read_hardware, HardwareFileError),
    "evaluations.sqlite": (store, read_store, StoreError),
    "config.yaml": (config, lambda path: saved_config(path.parent, "resume"), UsageError),
    FILE: (sweep, lambda path: reopened(path.parent, []), UsageError),
    "weights/index.json": (index, lambda path: kept_weights(path.parents[1]), KeptWeightsError),
    "weights.pt": (
        lambda path: path.write_bytes(of_torch({"a": torch.zeros(2)})),
        read_weights,
        WeightFileError,
    ),
    "training.pt": (
        lambda path: path.write_bytes(of_torch(TRAINING)),
        lambda path: load(path, "f"),
        CheckpointError,
    ),
    "checkpoint.pt": (
        lambda path: path.write_bytes(of_torch({"agent": {}, "n_visits": 1})),
        load_checkpoint,
        UsageError,
    ),
}
NOTHING_READ = {
    "events.npz": (read_events, EventFileError),
    "x.json": (read_manifest, ManifestError),
}


def taken_or_refused(read: Read, path: Path, refusal: type[Exception]) -> None:
    with suppress(refusal), one_line_only():
        read(path)


@contextmanager
def one_line_only() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if "\n" in str(error) or not str(error):
            raise AssertionError(repr(error)) from error
        raise


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_taken_or_refused_in_one_line(name: str, folder: Path) -> None:
    make, read, refusal = FILES[name]
    path = folder / name
    make(path)
    read(path)  # as it is
    content = path.read_bytes()

    @some(N)
    @given(damaged(content))
    def holds(changed: bytes) -> None:
        path.write_bytes(changed)
        taken_or_refused(read, path, refusal)

    holds()


TOLD = [name for name in FILES if name.endswith((".json", ".yaml"))]


@pytest.mark.parametrize("name", TOLD)
def test_what_a_file_tells_is_taken_or_refused_in_one_line(name: str, folder: Path) -> None:
    make, read, refusal = FILES[name]
    path = folder / name
    make(path)
    content = yaml.safe_load(path.read_text("utf-8"))
    dump = json.dumps if name.endswith(".json") else yaml.safe_dump

    @some(2 * N)
    @given(altered(content))
    def holds(changed: Any) -> None:
        path.write_text(dump(changed), "utf-8")
        taken_or_refused(read, path, refusal)

    holds()


@pytest.mark.parametrize("name", [*FILES, *NOTHING_READ])
def test_a_folder_and_an_empty_file_are_refused_in_one_line(name: str, tmp_path: Path) -> None:
    read, refusal = NOTHING_READ[name] if name in NOTHING_READ else FILES[name][1:]
    path = tmp_path / "there" / name
    path.mkdir(parents=True)
    taken_or_refused(read, path, refusal)
    path.rmdir()
    path.write_bytes(b"")
    taken_or_refused(read, path, refusal)


@some(N)
@given(content=damaged(EXAMPLE.read_bytes()) | altered_json(json.loads(EXAMPLE.read_text("utf-8"))))
def test_a_design_is_priced_or_refused_in_one_line(folder: Path, content: bytes) -> None:
    path = folder / "design.json"
    path.write_bytes(content)
    refused_or_fine(estimate_command, [str(path), "--out", str(folder)])


def test_a_damaged_store_is_refused_or_tells_what_was_put_there(folder: Path) -> None:
    path = folder / "told.sqlite"
    store(path)
    content = path.read_bytes()
    before = all_of(path, is_read_only=True)
    written = st.sampled_from([i for i, byte in enumerate(content) if byte])
    flipped = st.builds(
        lambda i, bits: content[:i] + bytes([content[i] ^ bits]) + content[i + 1 :],
        written, st.integers(1, 255),
    )  # fmt: skip

    @some(20 * N)
    @given(changed=flipped | damaged(content).filter(bool), is_read_only=st.booleans())
    @example(changed=content[:1], is_read_only=False)
    def holds(*, changed: bytes, is_read_only: bool) -> None:
        path.write_bytes(changed)
        with suppress(StoreError):
            assert all_of(path, is_read_only=is_read_only) == before

    holds()


def all_of(path: Path, *, is_read_only: bool) -> object:
    """Whatever a store tells."""
    with closing(EvaluationStore(path, is_read_only=is_read_only)) as there:
        there.check()
        keys = [digest(i) for i in range(40)]
        return there.context(), there.visits(), len(there), [there.get(key) for key in keys]


CELLS = [("evaluations", one) for one in ("key", "choices", "metrics", "wall_s", "stage_s")]
CELLS += [("visits", "reward"), ("visits", "key"), ("context", "content")]
VALUES = st.sampled_from([-1, 9e999, "nan", "", "{}", "[]", "null", b"\xff\xfe", '{"a": NaN}'])


@some(2 * N)
@given(cell=st.sampled_from(CELLS), value=VALUES)
def test_a_changed_row_is_taken_or_refused_and_the_others_are_saved(
    tmp_path_factory: pytest.TempPathFactory, cell: tuple[str, str], value: object
) -> None:
    path = tmp_path_factory.mktemp("store") / "evaluations.sqlite"
    store(path)
    with closing(sqlite3.connect(path)) as file, file:
        file.execute(f"UPDATE {cell[0]} SET {cell[1]} = ? WHERE rowid = 0 OR rowid = 7", (value,))  # noqa: S608
    taken_or_refused(read_store, path, StoreError)
    assert rescue(path).n_evaluations >= 39
    read_store(path)
