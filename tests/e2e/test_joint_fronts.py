"""``python -m agents.reproduce joint_fronts`` as a user types it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from commands import Commands
from e2e_tools import summary, wait_until

REAL = (
    "joint_fronts", "seeds=2", "first_by=accuracy", "agent=random", "search.budget=4",
    "search.workers=1", "env.blocks.training.epochs=1", "env.n_chips=1", "env.n_samples=1",
    "env.blocks.n_recalibration=64",
)  # fmt: skip
RUNS = ("joint", "network-first-by-accuracy/1-network", "network-first-by-accuracy/2-hardware")


def reproduce(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "agents.reproduce", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.timeout(900)  # two sittings, six searches
def test_a_study_that_was_killed_goes_on_and_trains_one_supernet_a_seed(
    tmp_path: Path, commands: Commands
) -> None:
    folder = tmp_path / "study"
    begun = reproduce(tmp_path, *REAL, f"run_dir={folder}")
    network = folder / "seed-0" / RUNS[1]
    is_shared = wait_until((network / "supernet.pt").exists, 400)
    begun.kill()
    first, _ = begun.communicate()
    assert is_shared, first
    assert first.count("training supernet") == 1
    again = commands.run(
        "agents.reproduce", *REAL, f"run_dir={folder}", folder=tmp_path, timeout_s=600
    )
    told = again.stdout + again.stderr
    assert again.returncode in (0, 1), told
    assert told.count("training supernet") == 1  # of the other seed
    assert "hypervolume, joint less network-first-by-accuracy: " in told
    for seed in range(2):
        runs = [folder / f"seed-{seed}" / run for run in RUNS]
        assert len({(run / "supernet.pt").read_bytes() for run in runs}) == 1
        assert [summary(run)["evaluations"] for run in runs] == [4, 2, 2]
    found = json.loads((folder / "summary.json").read_text())
    gain = found["gains"]["network-first-by-accuracy"]["hypervolume"]
    assert again.returncode == int(gain["difference"]["value"] <= 0)
