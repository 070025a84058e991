"""Settings of the group ``env`` with ``name: neuronas``: cells of spiking networks."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from configs import catalog
from envs.settings_types import Count, Natural, Positive, Real, Share, Strict, Weight
from snn.cell_network import MOST_CELLS
from snn.cells import NOTHING
from snn.macro import Macro
from snn.operation import operation_set
from snn.quantization import MOST_BITS, MOST_FRACTION_BITS, Rounding, Scope, WeightFormat
from snn.score import load_score

BelowOne = Annotated[Share, Field(lt=1)]


class BudgetSettings(Strict):
    """Ceilings that belong to the environment; None for none.

    A name stands for what a file of ``configs/budget`` has for the frame.
    """

    n_parameters: Positive | None = None
    memory_bits: Positive | None = None
    area_m2: Positive | None = None
    latency_s: Positive | None = None
    energy_j: Positive | None = None


class QuantizationSettings(Strict):
    """How weights are rounded, in scores and in training (snn.quantization.WeightFormat)."""

    scope: Scope = "tensor"
    rounding: Rounding = "nearest"
    fraction_bits: Annotated[Natural, Field(le=MOST_FRACTION_BITS)] | None = None

    @model_validator(mode="after")
    def _is_a_format(self) -> Self:
        WeightFormat(MOST_BITS, self.scope, self.rounding, self.fraction_bits)
        return self


class FitnessSettings(Strict):
    """How networks are scored without training (snn.score, snn.engine)."""

    score: str
    mode: str
    n_images: Annotated[Count, Field(ge=2, le=1024)] | None
    seed: Annotated[Natural, Field(lt=2**63)]

    @field_validator("score")
    @classmethod
    def _is_known(cls, name: str) -> str:
        load_score(name)
        return name

    @field_validator("mode")
    @classmethod
    def _is_known_mode(cls, name: str) -> str:
        catalog.read("scoring", name)
        return name


class BenchSettings(Strict):
    """Where a table of SpikeNAS-Bench lies: a CSV file, or a clone of its repository.

    Attributes:
        dataset: The frame that a table is of, where it does not tell itself.
    """

    path: str | None = None
    dataset: Literal["cifar10", "cifar100", "tinyimagenet200"] | None = None


class CellTrainingSettings(Strict):
    """How the network that was found is trained (snn.cell_recipe.CellRecipe); 0 epochs: not.

    What is not given is as in the file of ``configs/recipe`` that `recipe` names.
    """

    recipe: str
    epochs: Annotated[Natural, Field(le=10_000)]
    batch_size: Annotated[Count, Field(ge=2, le=100_000)]
    optimizer: Literal["adamw", "sgd"]
    learning_rate: Annotated[Positive, Field(le=100)]
    weight_decay: Annotated[Weight, Field(le=1)]
    momentum: BelowOne
    schedule: Literal["one-cycle", "cosine", "constant"]
    final_ratio: BelowOne
    validation_ratio: BelowOne
    noise_ramp: BelowOne
    precision: Literal["auto", "float32", "bfloat16", "float16"]
    torch_device: Literal["auto", "cpu", "cuda"]
    is_rounded: bool
    is_noise_aware: bool
    n_chips: Annotated[Natural, Field(le=10_000)]
    chip_seed: Annotated[Natural, Field(lt=2**63)]

    @model_validator(mode="before")
    @classmethod
    def _as_in_the_recipe(cls, given: Any) -> Any:  # noqa: ANN401 (raw)
        if not isinstance(given, Mapping) or not isinstance(given.get("recipe"), str):
            return given
        recipe = catalog.read("recipe", given["recipe"])
        recipe.pop("source", None)
        return recipe | dict(given)


class NeuronasSettings(Strict):
    """Group ``env`` with ``name: neuronas``."""

    name: Literal["neuronas"]
    evaluator: Literal["real", "constant"]
    accuracy: Literal["untrained", "spikenas_bench"]
    macro: str
    n_cells: Annotated[Count, Field(le=MOST_CELLS)]
    are_cells_alike: bool
    has_feedback: bool
    operations: str
    weight_bits: Annotated[Count, Field(ge=2, le=MOST_BITS)]
    quantization: QuantizationSettings = QuantizationSettings()
    count: Literal["conv", "all"]
    infeasible_reward: Annotated[Real, Field(ge=-1e6, le=1e6)]
    scores_over_budget: bool
    budgets: BudgetSettings
    fitness: FitnessSettings
    spikenas_bench: BenchSettings
    training: CellTrainingSettings

    @field_validator("macro")
    @classmethod
    def _is_known_macro(cls, name: str) -> str:
        Macro.preset(name)
        return name

    @field_validator("operations")
    @classmethod
    def _is_known_set(cls, name: str) -> str:
        operation_set(name)
        return name

    @model_validator(mode="after")
    def _fits_the_benchmark(self) -> Self:
        if self.accuracy == "spikenas_bench":
            _check_bench(self)
        return self

    @field_validator("budgets", mode="before")
    @classmethod
    def _are_of_the_frame(cls, budgets: Any, info: ValidationInfo) -> Any:  # noqa: ANN401 (raw)
        if isinstance(budgets, Mapping) and set(budgets) != set(BudgetSettings.model_fields):
            names = ", ".join(catalog.names("budget"))
            raise ValueError(
                f"takes the name of a file of configs/budget ({names}); "
                "one ceiling is set by constraints, such as constraints.energy_j=1e-6"
            )
        if not isinstance(budgets, str):
            return budgets
        content = catalog.read("budget", budgets)
        return content["frames"].get(info.data.get("macro"), content["others"])

    @property
    def weight_format(self) -> WeightFormat:
        """The format of the weights, in scores and in training."""
        return WeightFormat(self.weight_bits, **self.quantization.model_dump())

    @property
    def choices(self) -> tuple[str, ...]:
        """What each edge may be; with feedback, ``name<`` is the operation on the way back."""
        forward = operation_set(self.operations)
        if not self.has_feedback:
            return forward
        return (*forward, *(f"{name}{BACK}" for name in forward if name != NOTHING))


BACK = "<"


def _check_bench(settings: NeuronasSettings) -> None:
    """Refuse a space that SpikeNAS-Bench does not have.

    Raises:
        ValueError: In one line.
    """
    known = operation_set("bench")
    for name in settings.choices:
        if name not in known:
            raise ValueError(
                f"accuracy=spikenas_bench: the benchmark has no {name}; take env=neuronas_bench, "
                "or env.operations=spikenas_2o env.are_cells_alike=true"
            )
    if not settings.are_cells_alike or settings.n_cells != 2:  # noqa: PLR2004 (the benchmark's)
        raise ValueError(
            "accuracy=spikenas_bench: its networks have two cells alike; take env=neuronas_bench, "
            "or env.n_cells=2 env.are_cells_alike=true"
        )
    if settings.spikenas_bench.path is None:
        raise ValueError(
            "spikenas_bench.path: is missing; needs a CSV file compiled from SpikeNAS-Bench, or a "
            "clone of github.com/tju-sun-lab/SpikeNAS-Bench"
        )
