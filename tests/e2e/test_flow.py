"""NACIM's flow as a user types it: stopped at any stage, it goes on and finds the same."""

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from e2e_tools import is_group_alive, n_stored, results, summary, trajectory, wait_until

Train = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., subprocess.Popen[str]]
STAGES = ("1-search", "2-fine-tuning", "3-rnas-1", "3-rnas-2", "4-fresh-chips")
SMOKE = [
    "experiment=nacim",
    "search=smoke",
    "env.switches.SA=false",
    *(f"env.given.conv{n}.channels=24" for n in range(1, 7)),
    *(f"env.given.conv{n}.kernel=1" for n in range(2, 7)),
    "env.given.fc1.neurons=64",
    "env.given.fc2.neurons=64",
    "env.accuracy.epochs=2",
]


def found(flow: Path) -> dict[str, Any]:
    """What a flow found, without the time it took."""
    content: dict[str, Any] = dict(summary(flow))
    return {name: value for name, value in content.items() if name != "wall_s"}


@pytest.mark.slow
@pytest.mark.timeout(900)  # seven sittings
def test_a_flow_that_is_killed_in_every_stage_finds_the_same(
    tmp_path: Path, train: Train, start: Start
) -> None:
    unbroken, broken = tmp_path / "unbroken", tmp_path / "broken"
    whole = train(*SMOKE, "run_dir=unbroken", "search.workers=1")
    assert whole.returncode == 0, whole.stderr
    for name in ("latency", "area", "energy", "efficiency"):
        assert list(unbroken.glob(f"figure*_{name}.png")), name
    moments = random.Random(time.time_ns())  # noqa: S311 (any moment must do)
    arguments = [*SMOKE, "run_dir=broken"]
    for stage in STAGES:
        process = start(*arguments)
        arguments = ["resume=broken"]
        assert wait_until(lambda s=stage: n_stored(broken / s) >= 1, 300), stage
        time.sleep(moments.uniform(0, 0.4))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        assert wait_until(lambda p=process: not is_group_alive(p.pid), 10), "workers outlive it"
    again = train("resume=broken")
    assert again.returncode == 0, again.stderr
    for stage in STAGES:
        assert results(broken / stage) == results(unbroken / stage), stage
        assert trajectory(broken / stage) == trajectory(unbroken / stage), stage
    assert found(broken) == found(unbroken)
    longer = train("resume=broken", "search.budget=9")
    assert longer.returncode == 2
    assert longer.stderr.startswith("error: search.budget: the first stage is finished with 3")
    assert "budget: 3" in (broken / "config.yaml").read_text()


@pytest.mark.slow
def test_ctrl_c_says_how_the_whole_flow_goes_on(tmp_path: Path, start: Start) -> None:
    process = start(*SMOKE, "search.budget=400", "run_dir=stopped")
    assert wait_until(lambda: n_stored(tmp_path / "stopped" / "1-search") >= 1, 100)
    os.kill(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert output.rstrip().endswith("python -m agents.train resume=stopped")
    assert output.count("python -m agents.train") == 1  # the stage alone must not be resumed
    assert "Traceback" not in output


@pytest.mark.slow
def test_pnas_keeps_weights_that_rnas_takes_without_training(tmp_path: Path, train: Train) -> None:
    small = [*SMOKE[1:], "run_dir=pnas", "env.keep_weights=2"]
    assert train("experiment=pnas", *small).returncode == 0
    weights = tmp_path / "pnas" / "weights"
    index = json.loads((weights / "index.json").read_text())["designs"]
    assert {one["file"] for one in index} == {path.name for path in weights.glob("*.pt")}
    assert len(index) == 2  # of three
    taken = ["experiment=rnas", "search=smoke", "rnas.start=pnas", "rnas.rank=2", "run_dir=rnas"]
    done = train(*taken)
    assert done.returncode == 0, done.stderr
    (first,) = [row for row in trajectory(tmp_path / "rnas") if row[0] == 0]
    keys = {key: json.loads(str(choices)) for key, choices, *_ in results(tmp_path / "rnas")}
    assert keys[first[1]] == index[1]["choices"]  # the start is proposed first
    for choices in keys.values():
        assert choices["conv1.kernel"] == index[1]["choices"]["conv1.kernel"]
        assert choices["chip.device"] == index[1]["choices"]["chip.device"]
