import json
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from commands import Commands
from e2e_tools import SMALL

Train = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def robustness(tmp_path: Path, commands: Commands) -> Train:
    return partial(commands.run, "agents.robustness", folder=tmp_path)


@pytest.mark.slow
def test_noise_and_range_keep_what_a_standard_start_loses(
    tmp_path: Path, train: Train, robustness: Train
) -> None:
    frozen = ["env.switches.SQ=false", "env.switches.SD=false", "env.switches.SC=false"]
    left_out = ("SA", "epochs", "given")
    open_ = [one for one in SMALL if not any(word in one for word in left_out)]
    ended = train(*open_, *frozen, "search.budget=1", "run_dir=one")
    assert ended.returncode == 0, ended.stderr
    shown = robustness("one", "--chips", "5")
    assert shown.returncode == 0, shown.stderr
    outcomes = json.loads((tmp_path / "one" / "robustness.json").read_text())["outcomes"]
    aware, plain = outcomes["with noise, fill"], outcomes["without noise, standard"]
    assert aware["accuracy"] > 0.85
    assert plain["clean_accuracy"] > 0.85
    assert plain["accuracy"] < 0.5


def test_the_network_of_a_search_for_cells_is_measured_and_exported(
    tmp_path: Path, train: Train, robustness: Train, commands: Commands
) -> None:
    typed = ["env=neuronas", "agent=random", "search.budget=8", "env.training.epochs=1"]
    ended = train(*typed, "env.training.n_chips=0", "run_dir=one")
    assert ended.returncode == 0, ended.stderr
    tested = json.loads((tmp_path / "one" / "summary.json").read_text())["trained"]
    shown = robustness("one", "--chips", "2")
    assert shown.returncode == 0, shown.stderr
    assert "accuracy on 2 sampled chips" in shown.stdout
    found = json.loads((tmp_path / "one" / "robustness.json").read_text())
    assert found["clean_accuracy"] == tested["test_accuracy"]
    pytest.importorskip("nir")
    exported = commands.run("agents.export", "one", folder=tmp_path)
    assert exported.returncode == 0, exported.stderr
    assert (tmp_path / "one" / "final.nir").is_file()


def test_bad_input_is_one_line(train: Train, robustness: Train) -> None:
    assert train("env=toy", "search.budget=8", "run_dir=toy").returncode == 0
    for arguments, message in (
        (["nowhere"], "holds no finished run"),
        (["toy"], "its designs are not trained"),
        (["toy", "--chips", "0"], "--chips of at least 1"),
        (["toy", "--chips", "many"], "invalid int value: 'many'"),
        ([], "the following arguments are required: run_dir"),
    ):
        ended = robustness(*arguments)
        assert ended.returncode == 2
        assert message in ended.stderr
        assert ended.stderr.count("\n") == 1
