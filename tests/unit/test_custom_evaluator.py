"""Evaluators of a user's own, from outside the package."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.flow_settings import check_flow
from agents.train import main
from agents.usage import UsageError, settings_from
from configs.mistakes import SettingsError
from envs.assembly import make_problem
from envs.custom_evaluator import OwnEvaluatorError
from envs.default_settings import settings_of
from envs.evaluation import Evaluation
from envs.judgement import judge
from envs.problem import Problem
from envs.service import EvaluationService
from envs.store import EvaluationStore

HEAD = "from envs.evaluation import InfeasibleError\n"
OWN = """
class Own:
    yields = ('wear_ratio', 'life_s')
    maximized = ('life_s',)
    def __init__(self, factor=1.0):
        self.factor = factor
    def __call__(self, design, metrics):
        return {'wear_ratio': self.factor * metrics['accuracy'], 'life_s': 4.0}
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a module that can be imported; its stem is new for each test."""
    monkeypatch.syspath_prepend(str(tmp_path))
    path = tmp_path / f"{tmp_path.name}_evaluators.py"
    path.write_text(HEAD + OWN)
    return path


def problem(module: Path, name: str = "Own", **changes: Any) -> Problem:
    arguments = changes.pop("arguments", {})
    own = {"own": {"_target_": f"{module.stem}.{name}", **arguments}}
    return make_problem(
        settings_of("nacim", {"evaluator": "constant", "evaluators": own, **changes})
    )


def judged(made: Problem, **choices: Any) -> Evaluation:
    given = {one.name: one.given for one in made.space.decisions}
    return judge(made.evaluator, given | choices, 0)


def test_it_sees_the_metrics_so_far_and_its_own_join_them(module: Path) -> None:
    found = judged(problem(module, arguments={"factor": 3.0}))
    assert found.metrics["accuracy"] == 0.5
    assert found.metrics["wear_ratio"] == 1.5
    assert found.metrics["life_s"] == 4.0


def test_a_bound_on_a_maximized_metric_is_a_floor_and_on_another_a_ceiling(module: Path) -> None:
    assert (
        judged(problem(module, constraints={"life_s": 4.0, "wear_ratio": 0.5})).infeasible is None
    )
    assert judged(problem(module, constraints={"life_s": 5.0})).infeasible == "life_s 4 < 5"
    broken = judged(problem(module, constraints={"wear_ratio": 0.25}))
    assert broken.infeasible == "wear_ratio 0.5 > 0.25"


def test_an_objective_of_ones_own_joins_the_front_with_its_reference(module: Path) -> None:
    made = problem(module, objectives={"life_s": 16.0, "wear_ratio": 2.0})
    found = judged(made)
    assert [one.metric for one in made.objectives[-2:]] == ["life_s", "wear_ratio"]
    assert made.losses(found)[-2:].tolist() == [0.75, 0.25]
    longer = replace(found, metrics={**found.metrics, "life_s": 99.0})
    assert made.losses(longer)[-2] == 0  # beyond the reference nothing more is gained
    assert len(made.score_vector(found)) == 6


def test_a_reward_of_ones_own_may_use_it(module: Path) -> None:
    text = "class Long:\n    def __call__(self, metrics): return metrics['life_s'] / 8\n"
    module.write_text(module.read_text() + text)
    made = problem(module, reward={"_target_": f"{module.stem}.Long"})
    assert made.score(judged(made)) == 0.5


def test_a_cheap_one_comes_before_the_training_and_sees_the_costs_alone(module: Path) -> None:
    module.write_text(
        "class Cheap:\n"
        "    yields = ('n_known',)\n"
        "    is_cheap = True\n"
        "    def __call__(self, design, metrics, seed):\n"
        "        return {'n_known': len(metrics) + seed / 2}\n"
    )
    made = problem(module, "Cheap", evaluator="real", constraints={"n_known": 1.0})
    choices = {one.name: one.given for one in made.space.decisions}
    stopped = judge(made.evaluator, choices, 0)
    assert "accuracy" not in stopped.metrics
    assert stopped.metrics["n_known"] > 3  # area, energy and latency, and the seed of the design
    assert stopped.infeasible is not None


def test_it_may_refuse_a_design(module: Path) -> None:
    refusal = "raise InfeasibleError('worn out')"
    module.write_text(module.read_text().replace("return {'wear", refusal + " #"))
    assert judged(problem(module)).infeasible == "worn out"


def test_its_identity_is_part_of_the_context(module: Path) -> None:
    one, other = problem(module), problem(module, arguments={"factor": 2.0})
    assert one.context == problem(module).context
    assert one.context != other.context
    without = make_problem(settings_of("nacim", {})).evaluator.context
    assert "own" not in without  # what was stored before there were any is found again


def test_without_a_version_the_content_of_its_file_counts(module: Path) -> None:
    made = problem(module)
    stage: Any = made.evaluator.own[0]  # type: ignore[attr-defined]
    assert len(stage.context["source"]) == 64
    versioned = module.with_name(f"{module.stem}_2.py")
    versioned.write_text(module.read_text() + "    version = 7\n")
    stage = problem(versioned).evaluator.own[0]  # type: ignore[attr-defined]
    assert stage.context["version"] == 7
    assert "source" not in stage.context


def test_it_works_in_worker_processes(module: Path) -> None:
    made = problem(module)
    dear = replace(made.evaluator, is_cheap=False)  # type: ignore[type-var]
    given = {one.name: one.given for one in made.space.decisions}
    designs = [given, given | {"chip.crossbar_size": 32}]
    service = EvaluationService(dear, EvaluationStore(), workers=1)
    try:
        found = service.evaluate_many(designs)
    finally:
        service.close()
    assert [one.metrics["life_s"] for one in found] == [4.0, 4.0]


def returning(metric: str, what: str) -> str:
    """The text of a class that yields one metric."""
    call = f"    def __call__(self, design, metrics): return {what}\n"
    return f"class A:\n    yields = ('{metric}',)\n{call}"


MISTAKES = {
    "no module": ("", "Absent.Own", "cannot import"),
    "no class": ("", "Owm", "cannot import .*AttributeError"),
    "no yields": ("class A:\n    def __call__(self, design, metrics): ...\n", "A", "needs yields"),
    "a name for yields": ("class A(Own):\n    yields = 'life_s'\n", "A", "needs yields"),
    "empty yields": ("class A(Own):\n    yields = ()\n    maximized = ()\n", "A", "yields nothing"),
    "maximizes another": (
        "class A(Own):\n    maximized = ('beauty',)\n",
        "A",
        "maximized names 'beauty', which it does not yield",
    ),
    "cannot be called": ("class A:\n    yields = ('x',)\n", "A", "has none"),
    "another signature": (
        "class A(Own):\n    def __call__(self, design): return {}\n",
        "A",
        r"must take \(design, metrics\) or \(design, metrics, seed\)",
    ),
    "a missing metric": (
        "class A(Own):\n    def __call__(self, design, metrics): return {'life_s': 1}\n",
        "A",
        "does not return 'wear_ratio', which it yields",
    ),
    "a further metric": (
        "class A(Own):\n    yields = ('life_s',)\n",
        "A",
        "returns 'wear_ratio', which is not among what it yields",
    ),
    "not a mapping": (
        "class A(Own):\n    def __call__(self, design, metrics): return 3\n",
        "A",
        "must return metrics by name, got 3",
    ),
    "not a number": (
        returning("life_s", "{'life_s': 'long'}"),
        "A",
        "returns 'long' as life_s, not a number",
    ),
    "not finite": (
        returning("life_s", "{'life_s': float('nan')}"),
        "A",
        "returns nan as life_s, not a finite number",
    ),
    "fails": (
        "class A(Own):\n    def __call__(self, design, metrics): return 1 / 0\n",
        "A",
        "fails: ZeroDivisionError",
    ),
    "clashes": (
        returning("accuracy", "{'accuracy': 1}"),
        "A",
        "yields 'accuracy', which the environment yields already",
    ),
    "cannot be pickled": (
        "class A(Own):\n    def __init__(self): self.f = lambda: 0\n",
        "A",
        "cannot be sent to worker processes",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_it_is_told_in_one_line(mistake: str, module: Path) -> None:
    text, name, message = MISTAKES[mistake]
    module.write_text(module.read_text() + text)
    with pytest.raises(OwnEvaluatorError, match=message) as caught:
        problem(module, name)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("env.evaluators.own")


def test_two_evaluators_may_not_yield_the_same(module: Path) -> None:
    target = f"{module.stem}.Own"
    two = {"one": {"_target_": target}, "two": {"_target_": target}}
    with pytest.raises(OwnEvaluatorError, match=r"two: yields 'wear_ratio', which env\.eval"):
        make_problem(settings_of("nacim", {"evaluators": two, "evaluator": "constant"}))


def test_an_argument_it_does_not_know_is_told_with_the_nearest(module: Path) -> None:
    with pytest.raises(OwnEvaluatorError, match=r"own\.facto: .*did you mean 'factor'"):
        problem(module, arguments={"facto": 1})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"constraints": {"life": 1.0}}, "constraints.life: .* does not measure it"),
        ({"objectives": {"life": 1.0}}, "objectives.life: .*did you mean 'life_s'"),
        ({"objectives": {"accuracy": 1.0}}, "objectives.accuracy: is an objective already"),
        ({"objectives": {"life_s": 0.0}}, "objectives.life_s: needs more than 0"),
        ({"constraints": {"life_s": -1.0}}, "constraints.life_s: needs more than 0"),
    ],
)
def test_bounds_and_objectives_are_on_what_is_measured(
    module: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        problem(module, **changes)


def test_without_an_evaluator_of_ones_own_a_bound_has_one_of_the_known_names() -> None:
    with pytest.raises(SettingsError, match="area_m: no such key; did you mean 'area_m2'"):
        settings_of("nacim", {"constraints": {"area_m": 1.0}})


def test_a_metric_that_is_missing_later_ends_the_search(module: Path) -> None:
    changed = "if design.circuit.crossbar_size == 32: return {}\n        return {'wear"
    module.write_text(module.read_text().replace("return {'wear", changed))
    made = problem(module)
    with pytest.raises(OwnEvaluatorError, match="does not return 'wear_ratio'"):
        judged(made, **{"chip.crossbar_size": 32})


def test_a_number_that_is_not_finite_later_makes_a_design_infeasible(module: Path) -> None:
    changed = "'life_s': float('nan') if design.circuit.crossbar_size == 32 else 4.0"
    module.write_text(module.read_text().replace("'life_s': 4.0", changed))
    found = judged(problem(module), **{"chip.crossbar_size": 32})
    assert found.infeasible == "life_s is nan, not a finite number"


@pytest.mark.parametrize("typed", ["env.evaluators.a._target_=my.A", "objectives.worst_accuracy=1"])
def test_a_flow_takes_none(typed: str) -> None:
    with pytest.raises(UsageError, match=r"takes no (env\.evaluators|objectives)"):
        check_flow(settings_from(["experiment=nacim", typed]))


def test_a_search_tells_its_metrics_and_ends_in_one_line_where_it_fails(
    module: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(module.parent)
    target = f"env.evaluators.own._target_={module.stem}.Own"
    typed = ["env=nacim", "env.evaluator=constant", "agent=random", "search.budget=8"]
    assert main([*typed, target, "objectives.life_s=8", "run_dir=one"]) == 0
    assert "life_s" in (module.parent / "one" / "pareto.csv").read_text().splitlines()[0]
    capsys.readouterr()
    fails = "class Worn(Own):\n    def __call__(self, design, metrics):\n"
    fails += "        if design.circuit.crossbar_size == 256: return 1 / 0\n"
    fails += "        return super().__call__(design, metrics)\n"
    broken = module.with_name(f"{module.stem}_broken.py")
    broken.write_text(module.read_text() + fails)
    target = f"env.evaluators.own._target_={broken.stem}.Worn"
    assert main([*typed, "seed=1", "search.budget=64", target, "run_dir=two"]) == 2
    told = capsys.readouterr().err
    assert "fails: ZeroDivisionError" in told
    assert "every finished evaluation is saved" in told
    assert told.count("\n") == 1
