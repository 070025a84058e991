"""A small run of the network-on-chip on disk, and manifests that were tampered with."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from async_sim.report.manifest import hash_of

Shown = pytest.CaptureFixture[str]
Edit = Callable[[dict[str, Any]], None]
N_STEPS, N_PACKETS = 3, 120


def write_workload(path: Path, late_ps: int = 0, unit_ps: int = 1) -> Path:
    """Three steps of random packets on four cores."""
    rng = np.random.default_rng(5)
    meta = {"name": "tiny", "W": 2, "H": 2, "T": N_STEPS, "t_upd_ps": 1000}
    release_ps = np.sort(rng.integers(0, 90_000, N_PACKETS)) // unit_ps * unit_ps
    release_ps[-1] += late_ps
    np.savez(
        path,
        meta=json.dumps(meta),
        neuron_router=np.arange(4),
        pkt_t=np.arange(N_PACKETS) % N_STEPS,
        pkt_src=rng.integers(0, 4, N_PACKETS),
        pkt_dst=rng.integers(0, 4, N_PACKETS),
        pkt_release_ps=release_ps,
        pkt_fanout=rng.integers(0, 5, N_PACKETS),
    )
    return path


def altered(made: Path, edit: Edit, *, is_hashed: bool = True) -> Path:
    """A copy of a manifest with something else in it."""
    content = json.loads(made.read_text("utf-8"))
    edit(content)
    if is_hashed:
        content["network_sha256"] = hash_of(content["network"])
    path = made.with_name("altered.json")
    path.write_text(json.dumps(content), "utf-8")
    return path


def slower(ps: int) -> Edit:
    def edit(content: dict[str, Any]) -> None:
        content["network"]["timing"]["output_unit"]["forward_ps"] += ps

    return edit


def refused(command: Callable[[list[str]], int], arguments: list[str], shown: Shown) -> str:
    """The one line by which a command refuses its arguments."""
    with pytest.raises(SystemExit) as caught:
        command(arguments)
    assert caught.value.code == 2
    told = shown.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    return told.err


def without(name: str) -> Edit:
    def edit(content: dict[str, Any]) -> None:
        del content[name]

    return edit


def setting(name: str, value: object) -> Edit:
    def edit(content: dict[str, Any]) -> None:
        content[name] = value

    return edit
