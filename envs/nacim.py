"""The NACIM problem: a convolutional network, its quantization, device and circuit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from configs.catalog import UnknownNameError
from envs.design import Design
from envs.evaluators import CimCost, Evaluator, Pipeline, TrainedAccuracy
from envs.nacim_decisions import check_decisions
from envs.objectives import Constraint, objectives
from envs.problem import Problem
from envs.rewards import Reward
from envs.settings import SWITCH_OF, DatasetSettings, HardwareSettings, NacimSettings
from envs.space import Choice, Choices, Decision, SearchSpace
from hwmodels.chip import Circuit
from snn.network import Layer, Network
from snn.quantization import FixedPoint, Quantization

POOLED_EVERY = 2  # a 2x2 max-pooling follows every second convolution ...
SMALLEST_POOLED_SIDE = 4  # ... while the feature map is at least this large


@dataclass(frozen=True)
class NacimBuilder:
    """Choices -> Design, for images of any size and any number of classes.

    Attributes:
        image_shape: Channels, height and width (equal) of an image.
        classifier: Formats of the output layer, which is not searched.
    """

    image_shape: tuple[int, int, int]
    n_classes: int
    classifier: tuple[FixedPoint, FixedPoint]

    @property
    def context(self) -> dict[str, Any]:
        """What the design depends on, besides the choices."""
        formats = [[f.integer_bits, f.fraction_bits] for f in self.classifier]
        return {"shape": list(self.image_shape), "classes": self.n_classes, "classifier": formats}

    def __call__(self, choices: Choices) -> Design:
        """Build the design.

        Raises:
            ValueError: If the choices fit together nowhere, with the reason.
        """
        network = self._network(choices)
        names = [layer.name for layer in network.layers[:-1]]
        return Design(
            network=network,
            quantization=Quantization(
                (*(_format(choices, name, "weight") for name in names), self.classifier[0]),
                (*(_format(choices, name, "activation") for name in names), self.classifier[1]),
            ),
            device=str(choices["chip.device"]),
            circuit=Circuit(
                int(choices["chip.crossbar_size"]),
                int(choices["chip.converter_bits"]),
                int(choices["chip.columns_per_converter"]),
            ),
        )

    def _network(self, choices: Choices) -> Network:
        channels, side, _ = self.image_shape
        layers: list[Layer] = []
        while (name := f"conv{len(layers) + 1}") + ".kernel" in choices:
            is_pooled = (len(layers) + 1) % POOLED_EVERY == 0 and side >= SMALLEST_POOLED_SIDE
            out_side = side // 2 if is_pooled else side
            width, kernel = int(choices[f"{name}.channels"]), int(choices[f"{name}.kernel"])
            layers.append(Layer(name, "convolution", channels, width, kernel, side, out_side))
            channels, side = width, out_side
        neurons = [int(choices[f"{name}.neurons"]) for name in _linear_names(choices)]
        sizes = zip(
            [*_linear_names(choices), "classifier"], [*neurons, self.n_classes], strict=True
        )
        n_inputs = channels * side**2
        for name, width in sizes:
            layers.append(Layer(name, "linear", n_inputs, width, 1, 1, 1))
            n_inputs = width
        return Network(tuple(layers))


def _linear_names(choices: Choices) -> list[str]:
    return [name.removesuffix(".neurons") for name in choices if name.endswith(".neurons")]


def _format(choices: Choices, layer: str, kind: str) -> FixedPoint:
    bits = (int(choices[f"{layer}.{kind}_{part}_bits"]) for part in ("integer", "fraction"))
    try:
        return FixedPoint(*bits)
    except ValueError as error:
        raise ValueError(f"{layer}: {kind}s: {error}") from error


def nacim_space(settings: NacimSettings, hardware: HardwareSettings) -> SearchSpace:
    """Read the space, set what frozen groups are given, and freeze by the switches.

    Raises:
        UnknownNameError: If something is given for a decision that does not exist.
        ValueError: If something is given for a decision that is searched, or is no choice of it,
            or if the space lacks a decision or has one that would change nothing.
    """
    chip = {"device": hardware.device} | hardware.circuit.model_dump()
    typed = _by_decision(settings.given)
    given = _by_decision({"chip": chip}) | typed
    blocks = [block.model_dump() for block in settings.space]
    for block in blocks:
        for name, body in block["decisions"].items():
            if name.endswith("_fraction_bits") and body["at_least"] is None:
                partner = name.replace("_fraction_", "_integer_")  # no format without bits
                body["at_least"] = {"plus": partner, "total": 1}
    space = SearchSpace.from_data(blocks)
    frozen = settings.switches.frozen_groups
    _check_given(typed, space, frozen)
    decisions = tuple(_with_given(decision, given, frozen) for decision in space.decisions)
    check_decisions(decisions)
    return SearchSpace(decisions, frozen)


def _by_decision(given: Mapping[str, Mapping[str, Choice]]) -> dict[str, Choice]:
    return {f"{layer}.{name}": v for layer, values in given.items() for name, v in values.items()}


def _check_given(given: Iterable[str], space: SearchSpace, frozen: frozenset[str]) -> None:
    groups = {decision.name: decision.group for decision in space.decisions}
    for name in given:
        if name not in groups:
            raise UnknownNameError("decision", name, groups)
        if groups[name] not in frozen:
            raise ValueError(
                f"env.given.{name}: this decision is searched; to give it, freeze its group: "
                f"env.switches.{SWITCH_OF[groups[name]]}=false"
            )


def _with_given(
    decision: Decision, given: Mapping[str, Choice], frozen: frozenset[str]
) -> Decision:
    value = given.get(decision.name, decision.given)
    if decision.group in frozen and decision.group in ("device", "circuit"):
        return replace(decision, choices=(value,), given=value)  # any device may be given
    if value not in decision.choices and decision.name.startswith("chip."):
        return decision  # the search decides: what hardware.* says is not needed
    return replace(decision, given=value)


def nacim_problem(
    settings: NacimSettings,
    hardware: HardwareSettings,
    evaluator: Evaluator,
    reward: Reward,
    references: Mapping[str, float],
) -> Problem:
    """Put the NACIM problem together.

    Raises:
        ValueError: If the given chip or the given choices are impossible.
    """
    Circuit(**hardware.circuit.model_dump())
    space = nacim_space(settings, hardware)
    return Problem(
        name="nacim",
        space=space,
        evaluator=evaluator,
        reward=reward,
        objectives=objectives(references),
        infeasible_reward=settings.infeasible_reward,
    )


def nacim_evaluator(
    settings: NacimSettings,
    hardware: HardwareSettings,
    dataset: DatasetSettings,
    constraints: tuple[Constraint, ...],
) -> Evaluator:
    """The cost model, then training under variation, each stopping at a broken bound."""
    accuracy = TrainedAccuracy(
        dataset.model_dump(), settings.accuracy.model_dump(), settings.n_chips
    )
    return Pipeline(
        build=nacim_builder(settings, dataset),
        stages=(CimCost(hardware.model, hardware.technology), accuracy),
        constraints=constraints,
    )


def nacim_builder(settings: NacimSettings, dataset: DatasetSettings) -> NacimBuilder:
    """The builder for a dataset's images."""
    formats = settings.classifier
    return NacimBuilder(
        dataset.image_shape,
        dataset.n_classes,
        (FixedPoint(*formats.weights), FixedPoint(*formats.activations)),
    )


def reference_costs(
    settings: NacimSettings, hardware: HardwareSettings, dataset: DatasetSettings
) -> dict[str, float]:
    """Cost of the space's reference design: its largest network at full precision.

    Every number of a network takes its largest choice; the chip is that of ``hardware``.
    """
    space = nacim_space(settings, hardware)
    choices: dict[str, Choice] = {}
    for decision in space.decisions:
        is_chip = decision.group in ("device", "circuit")
        choices[decision.name] = decision.given if is_chip else max(decision.choices)
    design = nacim_builder(settings, dataset)(choices)
    cost = CimCost(hardware.model, hardware.technology)(design, 0)
    return dict(cost)
