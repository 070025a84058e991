"""The search space of the NACIM problem, with what frozen groups are given."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from configs.catalog import UnknownNameError
from envs.hardware_settings import HardwareSettings
from envs.kept_weights import kept_at
from envs.nacim_decisions import check_decisions
from envs.settings import NacimSettings
from envs.space import Choice, Decision, SearchSpace
from envs.switches import SWITCH_OF


def nacim_space(settings: NacimSettings, hardware: HardwareSettings) -> SearchSpace:
    """Read the space, set what frozen groups are given, and freeze by the switches.

    Raises:
        UnknownNameError: If something is given for a decision that does not exist.
        ValueError: If something is given for a decision that is searched, or is no choice of it,
            or if the space lacks a decision or has one that would change nothing.
    """
    chip = {"device": hardware.device} | hardware.circuit.model_dump()
    typed = by_decision(settings.given)
    given = by_decision({"chip": chip}) | started_from(settings) | typed
    space = _read(settings)
    frozen = settings.switches.frozen_groups
    check_given(typed, space, frozen)
    decisions = tuple(with_given(decision, given, frozen) for decision in space.decisions)
    check_decisions(decisions)
    return SearchSpace(decisions, frozen)


def started_from(settings: NacimSettings) -> dict[str, Choice]:
    """The choices of the design whose weights are begun with; none without one.

    Raises:
        ValueError: If the run did not keep it.
    """
    start = settings.start
    return {} if start.run is None else dict(kept_at(Path(start.run), start.rank).choices)


def _read(settings: NacimSettings) -> SearchSpace:
    """Read the blocks; a format needs a bit in all, also in a space of one's own."""
    blocks = [block.model_dump() for block in settings.space]
    for block in blocks:
        for name, body in block["decisions"].items():
            if name.endswith("_fraction_bits") and body["at_least"] is None:
                partner = name.replace("_fraction_", "_integer_")
                body["at_least"] = {"plus": partner, "total": 1}
    return SearchSpace.from_data(blocks)


def by_decision(given: Mapping[str, Mapping[str, Choice]]) -> dict[str, Choice]:
    """What is given, by the name of the decision."""
    return {f"{layer}.{name}": v for layer, values in given.items() for name, v in values.items()}


def check_given(given: Iterable[str], space: SearchSpace, frozen: frozenset[str]) -> None:
    """Refuse what is given for a decision that is searched, or that there is not.

    Raises:
        UnknownNameError: If there is no such decision.
        ValueError: If it is searched.
    """
    groups = {decision.name: decision.group for decision in space.decisions}
    for name in given:
        if name not in groups:
            raise UnknownNameError("decision", name, groups)
        if groups[name] not in frozen:
            raise ValueError(
                f"env.given.{name}: this decision is searched; to give it, freeze its group: "
                f"env.switches.{SWITCH_OF[groups[name]]}=false"
            )


def with_given(decision: Decision, given: Mapping[str, Choice], frozen: frozenset[str]) -> Decision:
    """The decision with what is given for it; of a frozen chip that may be anything."""
    value = given.get(decision.name, decision.given)
    if decision.group in frozen and decision.group in ("device", "circuit"):
        return replace(decision, choices=(value,), given=value)  # any device may be given
    if value not in decision.choices and decision.name.startswith("chip."):
        return decision  # the search decides: what hardware.* says is not needed
    return replace(decision, given=value)
