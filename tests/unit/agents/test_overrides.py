from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from agents.overrides import composed, own_configs
from agents.usage import UsageError, settings_from, validated
from configs import catalog


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("spikenas_bench.pat=x", "spikenas_bench.pat: no such key; did you mean 'spikenas_bench.p"),
        ("spikenas_benc.path=x", "did you mean 'spikenas_bench.path'?"),
        ("spikenas_bench=x", "did you mean 'spikenas_bench.path'?"),
        ("accurac=x", "accurac: no such key; did you mean 'accuracy'?"),
        ("serch.budget=3", "serch: no such key; did you mean 'search'?"),
        ("run_dr=x", "run_dr: no such key; did you mean 'run_dir'?"),
        ("experiments=x", "experiments: no such key; did you mean 'experiment'?"),
        ("zzz=1", "zzz: no such key; there are: env, agent, reward"),
    ],
)
def test_a_slip_in_a_key_is_told_with_the_nearest(typed: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        settings_from(["env=neuronas", typed])
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "named"),
    [
        ("env.space.conv1.kernl", "env.space is a list, with entries from 0 to 2"),
        ("env.space.9.decisions", "env.space is a list, with entries from 0 to 2"),
        ("env.space.0.for_each.x", "env.space.0.for_each is a list, with entries from 0 to 5"),
    ],
)
def test_an_entry_that_a_list_has_not_is_told(key: str, named: str) -> None:
    with pytest.raises(UsageError) as caught:
        settings_from(["env=nacim", f"{key}=3"])
    assert str(caught.value) == f"{key}: no such key; {named}"


SEARCH = "search=smoke: is for env=nacim (it sets {}); here choose search=default, and search."


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["env=toy", "search=smoke"], SEARCH.format("env.n_chips")),
        (["env=joint", "search=smoke"], SEARCH.format("env.accuracy")),
        (["env=ancoef", "search=smoke"], SEARCH.format("env.accuracy")),  # a number there
        (["env=neuronas", "search=smoke", "seed=1"], SEARCH.format("env.accuracy")),  # a name
        (["env=toy", "env.n_chips=2"], "env.n_chips: no such key; "),
        (["env=toy", "search=smoke", "env.n_chips=2"], "env.n_chips: no such key; "),
        (["env=nacim", "search=smoke", "env.n_chps=2"], "env.n_chps: no such key; did you"),
        (["env=toy", "search=mine"], "env.n_chps: no such key; "),
        (["env=mine", "search=smoke"], "env.evaluatr: no such key; did you mean 'evaluator'?"),
    ],
)
def test_sizes_of_another_environment_are_refused_by_their_own_name(
    typed: list[str], told: str, tmp_path: Path
) -> None:
    files = {
        "search": "# @package _global_\nenv: {n_chps: 2}\n",
        "env": "{name: toy, evaluatr: real}\n",
    }
    for group, text in files.items():
        (tmp_path / group).mkdir()
        (tmp_path / group / "mine.yaml").write_text(text)
    with own_configs(str(tmp_path)), pytest.raises(UsageError) as caught:
        settings_from(typed)
    assert str(caught.value).startswith(told)


def keys(settings: Any, config: object, place: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every key of what pydantic has made of a configuration, where that has several; its place."""
    if isinstance(settings, BaseModel) and isinstance(config, Mapping):
        for name, field in type(settings).model_fields.items():
            key = field.alias or name
            yield (*place, key)
            yield from keys(getattr(settings, name), config.get(key), (*place, key))


@pytest.mark.parametrize("env", catalog.names("env"))
def test_a_slip_in_any_key_of_the_settings_is_told_with_that_key(env: str) -> None:
    table = {"env.spikenas_bench.path": "table.csv"} if env == "neuronas_bench" else {}
    config = composed({"env": env, "ray": "cluster"}, table)
    for *above, key in keys(validated(config), config):
        wrong = deepcopy(config)
        place = reduce(lambda one, part: one[part], above, wrong)
        place[slip := f"{key}{key[-1]}"] = 1
        with pytest.raises(UsageError) as caught:
            validated(wrong)
        told = f"{'.'.join([*above, slip])}: no such key; did you mean '{key}'?"
        assert str(caught.value) == told


@pytest.mark.parametrize(
    ("name", "slip", "there"),
    [
        ("env=toy", "partiall", "name, evaluator, infeasible_reward, space"),  # of coexplore
        ("dataset=digits", "pathh", "name"),  # of images
        ("reward=nacim", "qq", "name, quality, merge, beta, weights, references"),  # of ancoef
    ],
)
def test_a_slip_is_not_told_with_a_key_of_what_has_another_name(
    name: str, slip: str, there: str
) -> None:
    group, _, chosen = name.partition("=")
    wrong = composed({group: chosen}, {})
    wrong[group][slip] = 1
    with pytest.raises(UsageError) as caught:
        validated(wrong)
    assert str(caught.value) == f"{group}.{slip}: no such key; there are: {there}"


@pytest.mark.parametrize("place", ["replay", "store", "run_dir", "resume", "dataset.path"])
@pytest.mark.parametrize("beside", [[], ["{}=x"]])
def test_a_path_holds_no_keys(place: str, beside: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        settings_from(["env=toy", f"{place}.a=1", *(one.format(place) for one in beside)])
    assert str(caught.value) == f"{place}.a: no such key; {place} is one value"


def test_what_is_composed_again_is_the_same_and_its_own() -> None:
    first, again = (composed({"env": "toy"}, {"seed": "3"}) for _ in range(2))
    assert first == again
    first["search"]["budget"] = 77
    assert again["search"]["budget"] != 77
    assert composed({"env": "toy"}, {"seed": "3"}) == again


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "search" / "mine.yaml"
    file.parent.mkdir()
    with own_configs(str(tmp_path)):
        for budget in (7, 11):
            file.write_text(f"budget: {budget}\n")
            assert composed({"search": "mine"}, {})["search"]["budget"] == budget


def test_what_a_variable_stands_for_is_looked_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in ("3", "4"):
        monkeypatch.setenv("SEED_OF_MINE", seed)
        assert str(composed({}, {"seed": "${oc.env:SEED_OF_MINE}"})["seed"]) == seed
