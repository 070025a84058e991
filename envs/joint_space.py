"""The joint search space: network, bits, device, circuit and mapping, with what is given."""

from collections.abc import Mapping

from async_sim.dealing import DEALINGS
from async_sim.mesh import LARGEST_SIDE
from async_sim.network import ARBITRATIONS, DEEPEST, MOST_CHANNELS
from async_sim.routing import ROUTINGS
from configs.catalog import suggestion
from envs.ancoef_design import PLACEMENTS, check_mesh
from envs.hardware_settings import HardwareSettings
from envs.joint_family import NETWORK, NetworkFamily
from envs.joint_settings import JointSettings
from envs.nacim_decisions import CHIP, Wanted, by_layer, check_layer, one_of, whole
from envs.nacim_space import by_decision, check_given, with_given
from envs.space import Choice, SearchSpace

MOST_NEURONS = LARGEST_SIDE**2


def _room(choice: Choice) -> str | None:
    """Tell why a choice is no room of a core."""
    if isinstance(choice, int) and 1 <= choice <= MOST_NEURONS and not choice & (choice - 1):
        return None
    return f"needs a power of two up to {MOST_NEURONS}, got {choice!r}"


def _shape(choice: Choice) -> str | None:
    """Tell why a choice is no mesh."""
    try:
        check_mesh(str(choice))
    except ValueError as error:
        return str(error)
    return None


MESH = {
    "neurons_per_core": Wanted("mapping", _room),
    "shape": Wanted("mapping", _shape),
    "placement": Wanted("mapping", one_of(PLACEMENTS)),
    "dealing": Wanted("mapping", one_of(DEALINGS)),
    "arbitration": Wanted("mapping", one_of(tuple(ARBITRATIONS))),
    "routing": Wanted("mapping", one_of(tuple(ROUTINGS))),
    "depth": Wanted("mapping", whole(1, DEEPEST)),
    "n_channels": Wanted("mapping", whole(1, MOST_CHANNELS)),
}


def joint_space(
    settings: JointSettings, hardware: HardwareSettings, family: NetworkFamily
) -> SearchSpace:
    """Read the space, set what frozen groups are given, and freeze by the switches.

    Raises:
        UnknownNameError: If something is given for a decision that does not exist.
        ValueError: If something is given for a decision that is searched, or is no choice of it,
            or if the space lacks a decision or has one that would change nothing.
    """
    chip = {"device": hardware.device} | hardware.circuit.model_dump()
    typed = by_decision(settings.given)
    given = by_decision({"chip": chip}) | typed
    space = SearchSpace.from_data([block.model_dump() for block in settings.space])
    frozen = settings.switches.frozen_groups
    check_given(typed, space, frozen)
    decisions = tuple(with_given(decision, given, frozen) for decision in space.decisions)
    made = SearchSpace(decisions, frozen)
    _check(made, {"network": NETWORK, **family.wanted(), "chip": CHIP, "mesh": MESH})
    return made


def _check(space: SearchSpace, wanted: Mapping[str, Mapping[str, Wanted]]) -> None:
    found = by_layer(space.decisions)
    for part in found:
        if part not in wanted:
            raise ValueError(
                f"env.space: {part}: there is nothing so called to decide on; "
                f"{suggestion(part, wanted)}"
            )
    for part, needed in wanted.items():
        check_layer(part, found.get(part, {}), needed)
