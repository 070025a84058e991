"""Applications, and the files that hold them."""

import gc
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import noc_applications
import numpy as np
import pytest

from async_sim.application import FACTS, Application, Link, chain_of
from async_sim.application_file import ApplicationError
from async_sim.array_files import read_arrays
from async_sim.connections import Connection
from async_sim.execution import execute
from async_sim.hardware import laid_out
from configs import catalog
from snn.spikes import SpikeTrace

DENSE = {"kind": "dense", "shape": [1, 1, 24], "channels": 17}
DENSE |= {"kernel": 1, "padding": 0, "stride": 1}


def saved(tmp_path: Path, changes: dict[str, Any] | None = None) -> Path:
    """A file of an application, with other facts or arrays in it; None takes one out."""
    path = noc_applications.dense().save(tmp_path / "network")
    with np.load(path) as file:
        arrays = dict(file)
    meta = json.loads(str(arrays.pop("meta")))
    for key, value in (changes or {}).items():
        held = arrays if key in arrays else meta
        held[key] = np.asarray(value) if key in arrays else value
        if value is None:
            del held[key]
    np.savez(path, meta=json.dumps(meta), **arrays)
    return path


@pytest.mark.parametrize(
    "make", [noc_applications.dense, noc_applications.shortcuts], ids=["dense", "shortcuts"]
)
def test_what_is_saved_is_loaded(make: Any, tmp_path: Path) -> None:
    application = make(n_samples=3)
    path = application.save(tmp_path / "network")
    assert path == tmp_path / "network.npz"
    found = Application.load(path)
    for name in (*FACTS, "layer_sizes", "links"):
        assert getattr(found, name) == getattr(application, name), name
    hardware = laid_out(application, 8)
    assert execute(found, hardware).digests == execute(application, hardware).digests


def test_a_network_of_the_literature_is_saved_and_loaded(tmp_path: Path) -> None:
    application = Application.of_workload("s256")
    found = Application.load(application.save(tmp_path / "s256.npz"))
    assert (found.links, found.layer_names) == (application.links, application.layer_names)
    assert np.array_equal(found.trace.neuron, application.trace.neuron)
    with pytest.raises(catalog.UnknownNameError, match="did you mean 's256'"):
        Application.of_workload("s265")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"weight_bits": 0}, "weight_bits: needs at least 1, got 0"),
        ({"weight_bits": 2.5}, "weight_bits: needs a whole number, got 2.5"),
        ({"n_samples": True}, "n_samples: needs a whole number, got true"),
        ({"n_samples": 2}, "3 time steps are no 2 frames of one length"),
        ({"n_timesteps": 10**30}, "n_timesteps: needs at most 100000"),
        ({"update_ps": -1}, "update_ps: needs at least 0, got -1"),
        ({"decode_ps": None}, "decode_ps: is missing"),
        ({"weight_bit": 8}, "weight_bit: no such key; did you mean 'weight_bits'"),
        ({"layer_sizes": [24, 17, 9, 1 << 25]}, "layer_sizes.3: needs at most 10000000"),
        ({"layer_sizes": [24, 17, 9, 5]}, "a link of 4 neurons does not fit layer 3"),
        ({"layer_sizes": []}, "layer_sizes: needs 1 or more entries"),
        ({"layer_names": ["a"]}, "1 names for 4 layers"),
        ({"links": [{"source": 0, "target": 9, "connection": DENSE}]}, "does not fit layer 9"),
        ({"links": [{"source": 0, "target": 1}]}, "links.0.connection: is missing"),
        (
            {"links": [{"source": 0, "target": 1, "connection": DENSE | {"kind": "densely"}}]},
            "links.0.connection.kind: no choice 'densely'; did you mean 'dense'?",
        ),
        ({"neuron": [0.5]}, "'neuron' needs whole numbers"),
        ({"neuron": [[1]]}, "'neuron' needs 1 axes"),
        ({"neuron": [1]}, "one neuron per spike"),
        ({"timestep": None}, "'timestep' is missing"),
        ({"neuron": [54], "timestep": [0]}, "spike 0: neuron 54 is not below 54"),
        ({"neuron": [], "timestep": []}, "needs whole numbers"),
        (
            {"neuron": np.zeros(0, np.int64), "timestep": np.zeros(0, np.int64)},
            "no neuron ever fires",
        ),
    ],
)
def test_a_file_that_holds_no_application_is_told_in_one_line(
    changes: dict[str, Any], told: str, tmp_path: Path
) -> None:
    path = saved(tmp_path, changes)
    with pytest.raises(ApplicationError) as caught:
        Application.load(path)
    assert told in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_a_damaged_file_and_a_missing_one_are_told(tmp_path: Path) -> None:
    path = saved(tmp_path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ApplicationError, match="or a damaged one"):
        Application.load(path)
    with pytest.raises(ApplicationError, match="no such file"):
        Application.load(tmp_path / "other.npz")


def test_pickled_objects_are_not_read(tmp_path: Path) -> None:
    path = saved(tmp_path)
    np.savez(path, meta=np.array([{"name": "a"}], object), timestep=[0], neuron=[0])
    with pytest.raises(ApplicationError, match="Object arrays"):
        Application.load(path)


def test_a_link_needs_layers_of_its_sizes() -> None:
    trace = SpikeTrace((4, 4), 1, np.array([0]), np.array([0]))
    links = chain_of([Connection("dense", (1, 1, 4), 4)])
    application = Application("two", ("a", "b"), links, trace, 1, 1, 1, 1, 8)
    for link in (Link(0, 1, Connection("dense", (1, 1, 4), 3)), Link(0, 2, links[0].connection)):
        with pytest.raises(ValueError, match="does not fit layer"):
            replace(application, links=(link,))
    with pytest.raises(ValueError, match="at least"):
        replace(application, weight_bits=0)


def test_a_damaged_directory_of_arrays_leaves_no_file_open(tmp_path: Path) -> None:
    path = tmp_path / "arrays.npz"
    np.savez(path, a=np.zeros(2))
    path.write_bytes(path.read_bytes().replace(b"PK\x01\x02", b"PK\x09\x09"))
    with pytest.raises(BadZipFile):
        read_arrays(path)
    gc.collect()  # a file left open is a warning, and so an error
