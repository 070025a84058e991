import pytest

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
