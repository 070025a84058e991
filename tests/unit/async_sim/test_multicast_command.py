"""`python -m async_sim.run ... multicast=tree`."""

import json
from pathlib import Path

import numpy as np
import pytest
from noc_runs import write_workload

from async_sim.report.command import run_command


def test_a_tree_saves_hops_and_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["workload=mlp_mnist", f"out={tmp_path}"]
    assert run_command(words) == 0
    copies = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert "saved" not in capsys.readouterr().out
    assert run_command([*words, "multicast=tree"]) == 0
    tree = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert copies["n_saved_hops"] == 0
    assert tree["n_hops"] == copies["n_hops"]
    assert 0 < tree["n_saved_hops"] < tree["n_hops"]
    assert tree["energy_parts_aj"]["output units"] < copies["energy_parts_aj"]["output units"]
    assert tree["energy_parts_aj"]["synapses"] == copies["energy_parts_aj"]["synapses"]
    assert f"{tree['n_saved_hops']} of them saved by multicast" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["multicast=tree", "routing=odd-even"], "a tree needs xy or yx routing, not odd-even"),
        (["multicast=trees"], "no multicast called 'trees'; did you mean 'tree'?"),
    ],
)
def test_a_multicast_that_cannot_be_is_told_in_one_line(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["workload=mlp_mnist", *words]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(told)


def test_a_time_step_without_packets_is_simulated_as_trees_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_workload(tmp_path / "tiny.npz")
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, **arrays | {"pkt_t": np.zeros_like(arrays["pkt_t"])})
    assert run_command([f"workload={path}", "multicast=tree"]) == 0
    assert "in 3 time steps" in capsys.readouterr().out
