"""What Ray Tune is told to search. Without Ray."""

from pathlib import Path
from typing import Any

import pytest
from ray.tune.search.search_generator import SearchGenerator

from agents.sweep_plan import sweep_of
from agents.sweep_search import NumberedSearch, search_of, space_of_tune

TUNED = [
    "env=toy", "sweep.tuned.agent.learning_rate={low:0.001,high:0.01,log:true}",
    "sweep.tuned.agent.batch_size=[2,4]", "run_dir=new",
]  # fmt: skip


def searcher() -> NumberedSearch:
    sweep = sweep_of(TUNED)
    made: Any = search_of(sweep)
    SearchGenerator(made).set_search_properties(None, None, space_of_tune(sweep))
    return made  # type: ignore[no-any-return]


def test_searches_that_optuna_chooses_have_numbers_and_names() -> None:
    sweep, made = sweep_of(TUNED), searcher()
    chosen = [made.suggest(name) for name in ("31ed63b5", "0badcafe")]  # as Tune names them
    trials = [sweep.trial(one) for one in chosen if one]
    assert [one.name[:4] for one in trials] == ["000_", "001_"]
    for one in trials:
        rate, size = (told.partition("=") for told in one.chosen)
        assert (rate[0], size[0]) == ("agent.learning_rate", "agent.batch_size")
        assert 0.001 <= float(rate[2]) <= 0.01
        assert size[2] in ("2", "4")


def test_numbers_go_on_after_a_resume(tmp_path: Path) -> None:
    made, later = searcher(), searcher()
    made.suggest("31ed63b5")
    made.save(str(tmp_path / "kept"))
    later.restore(str(tmp_path / "kept"))
    suggested = later.suggest("0badcafe")
    assert suggested is not None
    assert suggested["number"] == 1


def test_searches_of_a_grid_are_those_of_its_numbers() -> None:
    sweep = sweep_of(["env=toy", "sweep.grid.seed=[4,7]", "run_dir=new"])
    assert search_of(sweep) is None
    numbers = space_of_tune(sweep)["number"]["grid_search"]
    told = [sweep.trial({"number": one}).told for one in numbers]
    assert told == ["seed=4", "seed=7"]


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ("{low:1,high:3,whole:true}", {1, 2, 3}),
        ("{low:1,high:3,whole:true,log:true}", {1, 2, 3}),
        ("[5,6]", {5, 6}),
    ],
)
def test_both_ends_can_be_chosen(values: str, drawn: set[int]) -> None:
    sweep = sweep_of(["env=toy", f"sweep.tuned.agent.batch_size={values}", "run_dir=new"])
    domain = space_of_tune(sweep)["agent.batch_size"]
    assert {*domain.sample(size=200)} == drawn
