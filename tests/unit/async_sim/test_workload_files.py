"""Files of workloads that hold what no workload can: one line each."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from noc_runs import N_PACKETS, write_workload

from async_sim.report.command import run_command
from async_sim.workloads import WorkloadError, main, read_workload

Shown = pytest.CaptureFixture[str]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_workload(tmp_path / "tiny.npz")


def rewritten(path: Path, changes: dict[str, Any]) -> Path:
    """Put other arrays, or other facts, into a file."""
    with np.load(path) as file:
        arrays = dict(file)
    meta = json.loads(str(arrays.pop("meta")))
    for key, value in changes.items():
        if key in meta:
            meta[key] = value
        else:
            arrays[key] = np.asarray(value)
    np.savez(path, meta=json.dumps(meta), **arrays)
    return path


def told_by(path: Path) -> str:
    with pytest.raises(WorkloadError) as caught:
        read_workload(path)
    told = str(caught.value)
    assert told.startswith(f"{path}: ")
    assert "\n" not in told
    return told


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("T", 0, "'T' must lie in [1, 100000], got 0"),
        ("T", -3, "'T' must lie in"),
        ("T", 2.5, "'T' needs a whole number, got 2.5"),
        ("T", 10**15, "'T' must lie in"),
        ("T", True, "'T' needs a whole number, got true"),
        ("W", "2", "'W' needs a whole number"),
        ("t_upd_ps", 0.5, "'t_upd_ps' needs a whole number"),
        ("t_upd_ps", -1, "'t_upd_ps' must lie in [0, 1000000000000], got -1"),
        ("t_upd_ps", 10**30, "'t_upd_ps' must lie in"),
        ("pkt_t", [0] * (N_PACKETS - 1) + [3], "packet 119: 'pkt_t' must lie in [0, 2], got 3"),
        ("pkt_t", [-1] + [0] * (N_PACKETS - 1), "packet 0: 'pkt_t' must lie in [0, 2], got -1"),
        ("pkt_t", np.zeros(0, np.int64), "holds no packet"),
        ("pkt_src", [0, 1], "'pkt_t' has 120 packets, 'pkt_src' 2"),
        ("pkt_dst", [[0, 1]], "'pkt_dst' needs 1 axes, got shape (1, 2)"),
        ("pkt_dst", 1, "'pkt_dst' needs 1 axes, got shape ()"),
        ("pkt_src", np.zeros(N_PACKETS), "'pkt_src' needs whole numbers, got float64"),
        ("pkt_dst", ["a"] * N_PACKETS, "'pkt_dst' needs whole numbers"),
        ("pkt_release_ps", np.zeros(N_PACKETS), "'pkt_release_ps' needs whole numbers"),
        ("pkt_fanout", ["1"] * N_PACKETS, "'pkt_fanout' needs whole numbers"),
        ("pkt_fanout", [10**13] * N_PACKETS, "'pkt_fanout' must lie in [0, 1000000000000]"),
        ("pkt_release_ps", [10**13] * N_PACKETS, "'pkt_release_ps' must lie in"),
        ("pkt_release_ps", np.full(N_PACKETS, 2**63, np.uint64), "holds 9223372036854775808"),
        ("pkt_src", [4] * N_PACKETS, "packet 0: 'pkt_src' must lie in [0, 3], got 4"),
        ("neuron_router", [0, 1, 2, 4], "neuron 3: 'neuron_router' must lie in [0, 3], got 4"),
        ("neuron_router", [0, -1], "neuron 1: 'neuron_router' must lie in"),
        ("neuron_router", np.zeros(0, np.int64), "'neuron_router' is empty"),
        ("neuron_local", [0, 0], "'neuron_router' has shape (4,), but 'neuron_local' has (2,)"),
    ],
)  # fmt: skip
def test_a_workload_holds_packets_of_its_mesh_and_steps(
    path: Path, key: str, value: object, told: str
) -> None:
    assert told in told_by(rewritten(path, {key: value}))


def test_a_sweep_that_overflows_is_refused(path: Path) -> None:
    facts = {"T": 100_000, "t_upd_ps": 10**12, "neuron_router": np.zeros(100, np.int64)}
    assert "take more than" in told_by(rewritten(path, facts))


@pytest.mark.parametrize("damage", ["empty", "npy", "zlib", "text", "cut"])
def test_what_is_no_file_of_arrays_is_one_line(path: Path, damage: str, capsys: Shown) -> None:
    if damage == "npy":
        with path.open("wb") as file:
            np.save(file, np.arange(4))
    elif damage == "zlib":
        rewritten(path, {})
        with np.load(path) as arrays:
            np.savez_compressed(path, **dict(arrays))
        data = bytearray(path.read_bytes())
        data[60:120] = b"\xff" * 60
        path.write_bytes(data)
    else:
        path.write_bytes({"empty": b"", "text": b"spikes", "cut": path.read_bytes()[:300]}[damage])
    assert "is not an .npz file, or a damaged one" in told_by(path)
    assert run_command([f"workload={path}"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_facts_that_are_none_are_one_line(path: Path) -> None:
    for meta in ("[]", "{", "3", "[" * 100_000):
        with np.load(path) as file:
            arrays = dict(file)
        np.savez(path, **arrays | {"meta": np.asarray(meta)})
        told_by(path)


def test_a_workload_is_written_to_the_file_that_is_named(tmp_path: Path, capsys: Shown) -> None:
    assert main(["s256", "--out", str(tmp_path / "some.v1")]) == 0
    assert capsys.readouterr().out.startswith(f"wrote {tmp_path / 'some.v1.npz'}: ")
    assert (tmp_path / "some.v1.npz").exists()
