"""Commands on a damaged run, or on a damaged flow, do it right or refuse it in one line."""

import io
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any

import pytest
import yaml
from flows import small, typed
from hypothesis import given
from hypothesis import strategies as st
from mutations import altered, damaged, refused_or_fine, some

from agents import export, robustness
from agents.train import main as train

Command = Callable[[str], int]
CELLS = [
    "env=neuronas", "agent=random", "search.budget=1", "env.training.epochs=1",
    "env.training.n_chips=0",
]  # fmt: skip


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a finished search for cells, and a finished flow of NACIM."""
    folder = tmp_path_factory.mktemp("whole")
    with small(), pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        assert train([*CELLS, "run_dir=cells"]) == 0
        assert train(typed(Path("flow"))) == 0
        for one in ("cells", "flow/1-search", "flow/3-rnas-1"):
            assert measured(one) == 0
        yield folder


def exported(run: str) -> int:
    return export.main([run])


def measured(run: str) -> int:
    return robustness.main([run, "--chips", "1"])


def resumed(run: str) -> int:
    return train([f"resume={run}"])


def begun(run: str) -> int:
    """RNAS on weights that the stage has left."""
    shutil.rmtree("rnas", ignore_errors=True)
    sizes = ["search=smoke", "search.budget=1", "env.n_chips=1", "run_dir=rnas"]
    return train(["experiment=rnas", f"rnas.start={run}", *sizes])


BINARY = (".pt", ".sqlite")  # whose damage shows: what is read of them is what was written
AFTER_1 = ("2-fine-tuning", "3-rnas-1", "4-fresh-chips", "summary.json")  # not done yet
AFTER_2, AFTER_3 = AFTER_1[1:], AFTER_1[2:]
IN_1, IN_3 = ("1-search/summary.json", *AFTER_1), ("3-rnas-1/summary.json", *AFTER_3)
QUICK: list[tuple[Command, str, str]] = [
    *((command, "cells", file) for command in (exported, measured)
      for file in ("config.yaml", "summary.json", "final.pt")),
    (measured, "flow/1-search", "config.yaml"),
    (measured, "flow/1-search", "summary.json"),
    (measured, "flow/3-rnas-1", "config.yaml"),
    (measured, "flow/3-rnas-1", "../2-fine-tuning/weights/index.json"),
    (measured, "flow/3-rnas-1", "../2-fine-tuning/weights/*.pt"),
    (begun, "flow/2-fine-tuning", "weights/index.json"),
    (begun, "flow/2-fine-tuning", "weights/*.pt"),
    (resumed, "flow", "config.yaml"),
]  # fmt: skip
STAGES: list[tuple[str, tuple[str, ...]]] = [
    ("1-search/config.yaml", IN_1),
    ("1-search/checkpoint.pt", IN_1),
    ("1-search/evaluations.sqlite", IN_1),
    ("1-search/summary.json", AFTER_1),
    ("1-search/weights/index.json", AFTER_1),
    ("1-search/weights/*.pt", AFTER_1),
    ("1-search/evaluations.sqlite", AFTER_3),
    ("2-fine-tuning/evaluations.sqlite", ("2-fine-tuning/weights/index.json", *AFTER_2)),
    ("2-fine-tuning/weights/index.json", AFTER_2),
    ("2-fine-tuning/weights/*.pt", AFTER_2),
    ("2-fine-tuning/weights/*.pt", AFTER_3),
    ("3-rnas-1/config.yaml", IN_3),
    ("3-rnas-1/checkpoint.pt", IN_3),
    ("3-rnas-1/evaluations.sqlite", AFTER_3),
    ("4-fresh-chips/evaluations.sqlite", ("summary.json",)),
]
CASES = [(*one, (), 5) for one in QUICK] + [(resumed, "flow", *one, 2) for one in STAGES]


@pytest.mark.parametrize(("command", "run", "name", "lost", "n"), CASES)
def test_a_damaged_run_is_taken_as_it_was_or_refused_in_one_line(
    command: Command, run: str, name: str, lost: tuple[str, ...], n: int, runs: Path
) -> None:
    file = min(Path(run).glob(name))
    whole = found(Path(run))

    @some(n, is_shrunk=False)
    @given(changes(file))
    def holds(changed: bytes) -> None:
        with copied(runs / Path(run).parts[0], lost):
            file.write_bytes(changed)
            refused_or_fine(lambda typed: command(*typed), [run])
            if file.suffix in BINARY:
                assert found(Path(run)) in ({}, whole)

    holds()


ALTERED: list[tuple[tuple[str, str, Any], str]] = [
    (("choices", "conv1.kernel", None), "choices are damaged"),
    (("choices", "conv1.kernel", 2), "conv1.kernel: no choice 2"),
    (("metrics", "accuracy", "0.5"), "metrics are damaged"),
    (("metrics", "area_m2", float("nan")), "metrics are damaged"),
]


@pytest.mark.parametrize(("change", "said"), ALTERED)
@pytest.mark.parametrize(("stage", "lost"), [("1-search", AFTER_1), ("2-fine-tuning", AFTER_2)])
def test_a_kept_design_that_cannot_be_is_told(
    change: tuple[str, str, Any], said: str, stage: str, lost: tuple[str, ...], runs: Path
) -> None:
    part, name, value = change
    told = io.StringIO()
    with copied(runs / "flow", lost), redirect_stderr(told):
        index = Path("flow") / stage / "weights" / "index.json"
        content = json.loads(index.read_bytes())
        content["designs"][0][part][name] = value
        index.write_text(json.dumps(content))
        assert resumed("flow") == 2
    assert said in told.getvalue()
    assert stage in told.getvalue()
    assert told.getvalue().count("\n") == 1


def found(run: Path) -> dict[str, Any]:
    """What a command has found, but for the time it took; nothing if it was refused before."""
    for name in ("robustness.json", "summary.json"):
        if (run / name).is_file():
            content: dict[str, Any] = json.loads((run / name).read_bytes())
            return {key: value for key, value in content.items() if key != "wall_s"}
    return {}


def changes(file: Path) -> st.SearchStrategy[bytes]:
    """What may have become of a file: of its bytes, or of what it tells."""
    whole = file.read_bytes()
    if file.suffix == ".json":
        return damaged(whole) | altered(json.loads(whole)).map(json.dumps).map(str.encode)
    if file.suffix == ".yaml":
        return damaged(whole) | altered(yaml.safe_load(whole)).map(yaml.safe_dump).map(str.encode)
    return damaged(whole)


@contextmanager
def copied(whole: Path, lost: tuple[str, ...]) -> Iterator[None]:
    """Put back afterwards what a folder holds; leave out what is lost."""
    kept = shutil.copytree(whole, whole.with_name("kept"))
    for one in lost:
        path = whole / one
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    try:
        yield
    finally:
        shutil.rmtree(whole)
        kept.rename(whole)
