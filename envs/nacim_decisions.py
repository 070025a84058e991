"""What the NACIM problem wants decided, and what it can make of a choice."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from configs import catalog
from envs.space import Choice, Decision
from hwmodels.chip import CHOICES as CIRCUIT_CHOICES
from snn.quantization import MOST_BITS

LARGEST_SIZE = 4096  # channels, neurons, rows of a crossbar
LARGEST_KERNEL = 31
MOST_CONVERTER_BITS = 12


def whole(low: int, high: int, step: int = 1) -> Callable[[Choice], str | None]:
    """Make a test that tells why a choice is none of ``low``, ``low + step``, ..., ``high``."""
    kind = "a whole number" if step == 1 else "an odd number"

    def refusal(choice: Choice) -> str | None:
        fits = isinstance(choice, int) and choice in range(low, high + 1, step)
        return None if fits else f"needs {kind} from {low} to {high}, got {choice!r}"

    return refusal


def device(choice: Choice) -> str | None:
    """Tell why a choice is no device."""
    known = catalog.names("device")
    return None if choice in known else str(catalog.UnknownNameError("device", str(choice), known))


def one_of(allowed: Sequence[Choice]) -> Callable[[Choice], str | None]:
    """Make a test that tells why a choice is not allowed."""

    def refusal(choice: Choice) -> str | None:
        if choice in allowed:
            return None
        return f"no choice {choice!r}; {catalog.suggestion(str(choice), map(str, allowed))}"

    return refusal


@dataclass(frozen=True, slots=True)
class Wanted:
    """The group of a decision, and what tells why a choice cannot be."""

    group: str
    refusal: Callable[[Choice], str | None]
    is_required: bool = True


SIZE = Wanted("architecture", whole(1, LARGEST_SIZE))
BITS = {
    f"{kind}_{part}_bits": Wanted("quantization", whole(0, MOST_BITS))
    for kind in ("weight", "activation")
    for part in ("integer", "fraction")
}
CONVOLUTION = {
    "kernel": Wanted("architecture", whole(1, LARGEST_KERNEL, step=2)),
    "channels": SIZE,
} | BITS
LINEAR = {"neurons": SIZE} | BITS
CHIP = {
    "device": Wanted("device", device),
    "crossbar_size": Wanted("circuit", whole(1, LARGEST_SIZE)),
    "converter_bits": Wanted("circuit", whole(1, MOST_CONVERTER_BITS)),
    "columns_per_converter": Wanted("circuit", whole(1, LARGEST_SIZE)),
    "speedup_degree": Wanted("circuit", whole(1, LARGEST_SIZE), is_required=False),
    "split_kernel": Wanted("circuit", whole(1, LARGEST_KERNEL, step=2), is_required=False),
} | {
    name: Wanted("circuit", one_of(allowed), is_required=False)
    for name, allowed in CIRCUIT_CHOICES.items()
}


def check_decisions(decisions: Iterable[Decision]) -> None:
    """Refuse a space that lacks a decision, or has one that would change nothing.

    Raises:
        ValueError: In one line.
    """
    layers = by_layer(decisions)
    _check_layers(layers)
    for layer, found in layers.items():
        check_layer(layer, found, _wanted(layer))


def by_layer(decisions: Iterable[Decision]) -> dict[str, dict[str, Decision]]:
    """Decisions by what stands before the last point of their names, and by what stands behind."""
    layers: dict[str, dict[str, Decision]] = {}
    for decision in decisions:
        layer, _, name = decision.name.rpartition(".")
        layers.setdefault(layer, {})[name] = decision
    return layers


def check_layer(layer: str, found: Mapping[str, Decision], wanted: Mapping[str, Wanted]) -> None:
    """Refuse decisions of a layer that lack one, or have one or a choice that cannot be.

    Raises:
        ValueError: In one line.
    """
    _check_names(layer, found, wanted)
    for name, one in wanted.items():
        if name in found:
            _check_decision(found[name], one)


def _wanted(layer: str) -> dict[str, Wanted]:
    if layer == "chip":
        return CHIP
    return CONVOLUTION if layer.startswith("conv") else LINEAR


def _check_layers(layers: Iterable[str]) -> None:
    convolutions = [layer for layer in layers if layer.startswith("conv")]
    names = {f"conv{i + 1}" for i in range(max(1, len(convolutions)))}
    if set(convolutions) != names:
        raise ValueError(
            "env.space: its convolutions must be called conv1, conv2 and so on, "
            f"got {', '.join(convolutions) or 'none'}"
        )
    if "chip" not in layers:
        raise ValueError(f"env.space: chip.{next(iter(CHIP))} is missing")


def _check_names(layer: str, found: Mapping[str, Any], wanted: Mapping[str, Wanted]) -> None:
    for name in found:
        if name not in wanted:
            hint = catalog.suggestion(name, wanted)
            raise ValueError(f"env.space: {layer}.{name}: there is no such decision; {hint}")
    for name, one in wanted.items():
        if one.is_required and name not in found:
            raise ValueError(f"env.space: {layer}.{name} is missing")


def _check_decision(decision: Decision, wanted: Wanted) -> None:
    if decision.group != wanted.group:
        raise ValueError(
            f"env.space: {decision.name} belongs to the group '{wanted.group}', "
            f"not '{decision.group}'"
        )
    for choice in (*decision.choices, decision.given):
        why = wanted.refusal(choice)
        if why:
            raise ValueError(f"env.space: {decision.name}: {why}")
