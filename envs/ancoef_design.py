"""A design of asynchronous hardware as choices: flat, plain data, by which it is stored."""

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

from async_sim.application import Application
from async_sim.hardware import Hardware, laid_out, smallest_square
from async_sim.mesh import Mesh
from configs.catalog import suggestion
from envs.space import Choice, Choices

PLACEMENTS = ("row", "snake")  # cores in a fixed order
SHAPES = ("square", "wide", "tall")  # the smallest mesh of a shape: sides alike, or 2 to 1
MANNER = ("dealing", "arbitration", "routing", "depth", "n_channels")
EXACT = ("neurons_per_core", "mesh", "cores", "nodes", *MANNER)
FLAT = ("neurons_per_core", "mesh", "placement", *MANNER)


def choices_of(hardware: Hardware) -> dict[str, Choice]:
    """Tell a design by its `EXACT` choices; the inverse of `hardware_of`."""
    return {
        "neurons_per_core": hardware.neurons_per_core,
        "mesh": f"{hardware.mesh.width}x{hardware.mesh.height}",
        "cores": _listed(hardware.cores),
        "nodes": _listed(hardware.nodes),
        "dealing": hardware.dealing,
        "arbitration": hardware.arbitration,
        "routing": hardware.routing,
        "depth": hardware.depth,
        "n_channels": hardware.n_channels,
    }


def hardware_of(choices: Choices, application: Application) -> Hardware:
    """Read a design from its choices, `EXACT` or `FLAT` (cores laid out in a fixed order).

    Raises:
        ValueError: In one line, if a choice is missing, unknown or impossible, or the application
            does not fit.
    """
    _check_names(choices)
    room = _room(choices)
    mesh = mesh_named(str(choices["mesh"]), least_cores(application, room))
    manner = {
        "dealing": str(choices["dealing"]),
        "arbitration": str(choices["arbitration"]),
        "routing": str(choices["routing"]),
        "depth": _whole(choices, "depth"),
        "n_channels": _whole(choices, "n_channels"),
    }
    if "placement" in choices:
        return laid_out(application, room, mesh, str(choices["placement"]), **manner)
    cores, nodes = _numbers(choices, "cores"), _numbers(choices, "nodes")
    hardware = Hardware(mesh, room, cores, nodes, **manner)  # type: ignore[arg-type]
    hardware.check(application)
    return hardware


class Layered(Protocol):
    """What is spread over cores: an application, or the graph of a network before it fires."""

    @property
    def layer_sizes(self) -> tuple[int, ...]:
        """Neurons of each layer."""
        ...


def least_cores(network: Layered, neurons_per_core: int) -> int:
    """Cores that a network needs: every layer starts on a fresh one."""
    return sum(math.ceil(size / neurons_per_core) for size in network.layer_sizes)


def check_mesh(name: str) -> str:
    """Refuse what is neither a mesh, such as ``6x8``, nor one of `SHAPES`.

    Raises:
        ValueError: In one line.
    """
    mesh_named(name, 1)
    return name


def mesh_named(name: str, n_cores: int) -> Mesh:
    """The mesh of a name: ``6x8``, or the smallest of a shape that holds so many cores.

    Raises:
        ValueError: If there is none.
    """
    if name == "square":
        return smallest_square(n_cores)
    if name not in SHAPES:
        try:
            return Mesh.parse(name)
        except ValueError as error:
            raise ValueError(f"{error}, or as {', '.join(SHAPES)}") from error
    short = math.ceil(math.sqrt(n_cores / 2))
    long = math.ceil(n_cores / short)
    return Mesh(long, short) if name == "wide" else Mesh(short, long)


def _check_names(choices: Choices) -> None:
    names = FLAT if "placement" in choices else EXACT
    for name in choices:
        if name not in names:
            raise ValueError(f"{name}: no such choice; {suggestion(name, names)}")
    for name in names:
        if name not in choices:
            raise ValueError(f"{name}: is missing")


def _room(choices: Choices) -> int:
    room = _whole(choices, "neurons_per_core")
    if room < 1 or room & (room - 1):
        raise ValueError(f"neurons_per_core: needs 1, 2, 4, ..., got {room}")
    return room


def _whole(choices: Mapping[str, Choice], name: str) -> int:
    value = choices[name]
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{name}: needs a whole number, got {value!r}")  # noqa: TRY004 (one line)
    return value


def _numbers(choices: Choices, name: str) -> tuple[int, ...]:
    parts = str(choices[name]).split()
    if not all(part.isdecimal() for part in parts):
        raise ValueError(f"{name}: needs whole numbers between blanks, got '{choices[name]}'")
    return tuple(int(part) for part in parts)


def _listed(numbers: Sequence[int]) -> str:
    return " ".join(str(number) for number in numbers)
