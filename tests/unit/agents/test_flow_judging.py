"""What a flow says when its stages have left nothing to go on with."""

from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from agents.candidates import Candidate, Pricing
from agents.finished import best_design
from agents.flow import run_flow
from agents.flow_judging import picked
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
