"""`python -m async_sim.bisect`: the first fire in which two runs differ."""

import sys
from collections.abc import Sequence
from pathlib import Path

from async_sim.event_file import EventFileError
from async_sim.events import Events, first_difference
from async_sim.mesh import N_CONTROLLERS, Mesh, controller_name
from async_sim.report.manifest import ManifestError
from async_sim.report.options import UsageError
from async_sim.report.sides import (
    Side,
    network_differences,
    only_ends,
    side_of_arguments,
    side_of_file,
)
from async_sim.result import DeadlockError
from configs.arguments import Parser
from configs.catalog import UnknownNameError

SAME, DIFFERENT = 0, 1
ENGINES = "engines="
EPILOG = """\
ONE and OTHER are manifests of async_sim.run, which are simulated again, or files of its
trace=events. Of one manifest, or of arguments of async_sim.run (workload=..., mesh=..., ...), two
engines are compared. The tick engine notes no fires: against it, sources and sinks are compared.
0: no difference; 1: there is one; 2: it cannot be done."""


def bisect_command(arguments: Sequence[str]) -> int:
    """Run the command line; return its exit code."""
    parser = Parser(
        "python -m async_sim.bisect",
        description="Says the first fire in which two runs differ: when, which controller, which "
        "packet.",
        epilog=EPILOG,
    )
    parser.add_argument(
        "runs", nargs="+", metavar="RUN",
        help="ONE OTHER, or ONE engines=compiled,actor, or key=value ... engines=compiled,actor",
    )  # fmt: skip
    typed = parser.parse_args(arguments).runs
    try:
        one, other = sides(typed)
        check(one, other)
        return tell(one, other)
    except (EventFileError, ManifestError, UsageError, UnknownNameError, DeadlockError) as error:
        parser.error(str(error))
    except OSError as error:
        parser.error(f"{error.filename}: {(error.strerror or 'cannot be read').lower()}")


def sides(typed: Sequence[str]) -> tuple[Side, Side]:
    """What is to be compared.

    Raises:
        UsageError: If that is not two runs.
    """
    engines = [one.removeprefix(ENGINES).split(",") for one in typed if one.startswith(ENGINES)]
    rest = [one for one in typed if not one.startswith(ENGINES)]
    files = [Path(one) for one in rest if "=" not in one]
    if not engines:
        if len(files) != 2 or len(rest) != 2:  # noqa: PLR2004 (one and the other)
            raise UsageError("needs two files, or engines=compiled,actor; --help tells more")
        return side_of_file(files[0]), side_of_file(files[1])
    if len(engines) > 1 or len(engines[0]) != 2:  # noqa: PLR2004
        raise UsageError("engines: needs two, as in engines=compiled,actor")
    first, second = engines[0]
    if not files:
        return side_of_arguments(rest, first), side_of_arguments(rest, second)
    if len(rest) > 1:
        raise UsageError("engines: needs one manifest, or arguments of async_sim.run")
    return side_of_file(files[0], first), side_of_file(files[0], second)


def check(one: Side, other: Side) -> None:
    """Refuse runs on different meshes, whose controllers are not the same.

    Raises:
        UsageError: If they are.
    """
    if one.mesh != other.mesh:
        sizes = [f"{side.mesh.width}x{side.mesh.height}" for side in (one, other)]
        raise UsageError(f"cannot compare a mesh of {sizes[0]} with one of {sizes[1]}")


def tell(one: Side, other: Side) -> int:
    """Look for the first difference and say it; return the exit code."""
    n_fires = 0
    is_partial = one.is_partial or other.is_partial
    for step in range(min(one.n_steps, other.n_steps)):
        pair = one.events(step), other.events(step)
        first, second = (only_ends(events) if is_partial else events for events in pair)
        at = first_difference(first, second)
        if at is not None:
            sys.stdout.write("\n".join(told(step, at, (first, second), (one, other))) + "\n")
            return DIFFERENT
        n_fires += len(first)
    if one.n_steps != other.n_steps:
        sys.stdout.write(
            f"{one.name} has {one.n_steps} time steps, {other.name} {other.n_steps}; those of "
            "both are the same\n"
        )
        return DIFFERENT
    of = " of sources and sinks" if is_partial else ""
    sys.stdout.write(f"no difference: {n_fires} fires{of} in {one.n_steps} time steps\n")
    return SAME


def told(step: int, at: int, pair: tuple[Events, Events], both: tuple[Side, Side]) -> list[str]:
    """Say the first difference, and what each side has of it."""
    controller, packet, time_ps = _earlier(at, pair)
    node, unit = divmod(controller, N_CONTROLLERS)
    where = controller_name(node, unit, both[0].mesh)
    return [
        f"first difference: time step {step}, {time_ps} ps, {where}, packet {packet}",
        *(
            f"  {side.name}: {_account(events, controller, packet, side.mesh)}"
            for events, side in zip(pair, both, strict=True)
        ),
        *(f"  networks differ in {one}" for one in network_differences(*both)),
    ]


def _earlier(at: int, pair: tuple[Events, Events]) -> tuple[int, int, int]:
    """Controller, packet and time of the fire that only one side has: the first of the two."""
    rows = [
        (int(events.fire_ps[at]), int(events.controller[at]), int(events.packet[at]))
        for events in pair
        if at < len(events)
    ]
    time_ps, controller, packet = min(rows)
    return controller, packet, time_ps


def _account(events: Events, controller: int, packet: int, mesh: Mesh) -> str:
    """What one side says of a packet at a controller."""
    found = (events.controller == controller) & (events.packet == packet)
    if not found.any():
        return "never passes it on there"
    i = int(found.argmax())
    return f"{events.told(i, mesh)}; it came at {events.arrival_ps[i]} ps"
