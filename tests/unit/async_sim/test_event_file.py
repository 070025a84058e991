"""Files of fires: written, read back, and refused in one line."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from noc_random import random_case

from async_sim import compiled
from async_sim.event_file import EventFileError, read_events, write_events
from async_sim.events import first_difference


def test_fires_survive_their_file(tmp_path: Path) -> None:
    network, packets = random_case(7)
    written = [compiled.simulate_traced(network, some)[1] for some in (packets, packets.take([]))]
    write_events(tmp_path / "events.npz", network.mesh, written)
    mesh, steps = read_events(tmp_path / "events.npz")
    assert mesh == network.mesh
    assert [len(step) for step in steps] == [len(step) for step in written]
    assert [first_difference(*pair) for pair in zip(steps, written, strict=True)] == [None] * 2


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"meta": json.dumps({"format": 2})}, "holds no fires: format 2 instead of 1"),
        ({"meta": "{"}, "holds no fires: "),
        ({"meta": "[]"}, "holds no fires: "),
        ({"controller": np.array([999])}, "a controller is not in the mesh"),
        ({"step": np.array([3])}, "a fire is in none of its time steps"),
        ({"fire_ps": np.array([1.5])}, "need whole numbers"),
        ({"fire_ps": np.array([1, 2])}, "as many in each"),
        ({"packet": None}, "'packet' is missing"),
    ],
)
def test_a_bad_file_of_fires_is_told_in_one_line(
    tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    zero = np.zeros(1, np.int64)
    good = dict.fromkeys(("step", "controller", "packet", "arrival_ps", "fire_ps"), zero)
    meta = json.dumps({"format": 1, "W": 1, "H": 1, "n_steps": 1})
    content = {"meta": meta} | good | changes
    path = tmp_path / "events.npz"
    np.savez(path, **{name: value for name, value in content.items() if value is not None})
    with pytest.raises(EventFileError) as caught:
        read_events(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"neither zip nor numpy", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_file_of_fires_is_told_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "events.npz"
    path.write_bytes(content)
    with pytest.raises(EventFileError, match=r"events\.npz: "):
        read_events(path)
    with pytest.raises(EventFileError, match=r"none\.npz: no such file"):
        read_events(tmp_path / "none.npz")
