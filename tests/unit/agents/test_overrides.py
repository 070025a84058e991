from pathlib import Path

import pytest

from agents.overrides import composed, own_configs
from agents.usage import UsageError, settings_from


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
