"""What a flow says when its stages have left nothing to go on with."""

import json
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from agents.candidates import Candidate, Pricing
from agents.finished import best_design
from agents.flow import run_flow
from agents.flow_judging import picked, to_fine_tune
from agents.rundir import RunDirectory
from agents.usage import UsageError, settings_from

SMOKE = ["experiment=nacim", "search=smoke"]


def pricing() -> Pricing:
    """One objective is enough to pick by."""
    problem = SimpleNamespace(objectives=[SimpleNamespace(metric="accuracy", reference=1.0)])
    return Pricing(cast("Any", problem), {})


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ([], "no design whose weights are kept has a circuit within the bounds"),
        (["1-search"], "no design that was trained on has learnt"),
    ],
)
def test_nothing_to_pick_from_is_told(stages: list[str], message: str) -> None:
    kept = [Candidate(stage, {}, {"accuracy": 0.9}, "weights.pt") for stage in stages]
    with pytest.raises(UsageError, match=message):
        picked(settings_from(SMOKE), kept, pricing())


def test_weights_that_are_gone_are_named(tmp_path: Path) -> None:
    settings = settings_from([*SMOKE, f"run_dir={tmp_path / 'run'}"])
    with closing(RunDirectory.create(settings)) as directory:
        search = tmp_path / "run" / "1-search"
        search.mkdir()
        (search / "summary.json").write_text('{"budget": 3}')
        with pytest.raises(UsageError, match=r"a stage was damaged: .*1-search kept no weights"):
            run_flow(settings, directory)


def test_a_flow_has_no_best_design_but_its_stages_have(tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text('{"flow": "nacim", "picks": {}}')
    with pytest.raises(UsageError, match=r"is a flow; name one of its stages: .*1-search"):
        best_design(tmp_path)


class Priced:
    """Every design costs what its accuracy tells, and one cannot be built."""

    def with_best_circuit(self, one: Candidate) -> Candidate | None:
        return None if one.choices["width"] == 3 else one

    def spread(self, candidates: list[Candidate], n: int, margin: float) -> list[Candidate]:
        assert margin == pytest.approx(2 * 0.0333)
        return candidates[-min(n, 2) :]


@pytest.mark.parametrize(
    ("by", "n", "widths"),
    [("accuracy", 2, [1, 2]), ("front", 2, [2, 4]), ("front", 3, [2, 4, 1]), ("front", 1, [4])],
)
def test_what_is_trained_on_goes_by_accuracy_or_by_the_front(
    by: str, n: int, widths: list[int], tmp_path: Path
) -> None:
    entries = [
        {"file": f"{width}.pt", "choices": {"width": width}, "metrics": {"accuracy": 1 - width / 9}}
        for width in (1, 2, 3, 4)
    ]
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "index.json").write_text(json.dumps({"build": {}, "designs": entries}))
    flow = settings_from([*SMOKE, f"flow.fine_tuned_by={by}", f"flow.fine_tuned={n}"]).flow
    found = to_fine_tune(flow, tmp_path, cast("Any", Priced()))
    assert [one["width"] for one in found] == widths


def test_a_search_that_has_learnt_nothing_leaves_nothing_to_train_on(tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "index.json").write_text('{"build": {}, "designs": []}')
    for by in ("accuracy", "front"):
        flow = settings_from([*SMOKE, f"flow.fine_tuned_by={by}"]).flow
        with pytest.raises(UsageError, match="no design has learnt anything"):
            to_fine_tune(flow, tmp_path, cast("Any", Priced()))
