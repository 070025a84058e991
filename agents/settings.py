"""The whole configuration of a run, validated."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from agents.learner_settings import A2cSettings, DqnSettings, PpoSettings
from agents.morl_settings import EnvelopeSettings, EupgSettings, PcnSettings, PqlSettings
from envs.problem_settings import ProblemSettings
from envs.settings_types import Count, Natural, Positive, Share, Strict, Weight

BatchSize = Annotated[Count, Field(le=4096)]  # a budget below it makes one smaller batch
Steps = Annotated[Count, Field(le=10_000_000)]
Imagined = Annotated[Natural, Field(le=100_000)]
OPEN_END = 32  # designs of a search that could go on for ever, unless search.budget says otherwise
LearningRate = Annotated[Positive, Field(le=1)]
Undo = Literal["worse", "by-chance", "never"]


class ReinforceSettings(Strict):
    """Group ``agent`` with ``name: reinforce`` (agents.reinforce.ReinforceOptions)."""

    name: Literal["reinforce"]
    batch_size: BatchSize
    learning_rate: Annotated[Positive, Field(le=10)]
    optimizer: Literal["adam", "sgd"]
    discount: Share
    baseline_decay: Share
    entropy_weight: Annotated[Weight, Field(le=1000)]
    elite_size: Annotated[Natural, Field(le=10_000)]
    elite_weight: Annotated[Weight, Field(le=1000)]
    hidden_size: Annotated[Count, Field(le=4096)]
    start_probability: Annotated[Share, Field(lt=1)] = 0.9


class ReinforceMoSettings(Strict):
    """Group ``agent`` with ``name: reinforce_mo`` (agents.reinforce_mo.ReinforceMoOptions)."""

    name: Literal["reinforce_mo"]
    batch_size: BatchSize
    learning_rate: Annotated[Positive, Field(le=10)]
    merge: Literal["weighted", "chebyshev"]
    entropy_weight: Annotated[Weight, Field(le=1000)]
    n_remembered: Annotated[Count, Field(le=1_000_000)]
    n_imitated: Annotated[Natural, Field(le=10_000)]
    imitation_weight: Annotated[Weight, Field(le=1000)]
    hidden_size: Annotated[Count, Field(le=4096)]


class RandomSettings(Strict):
    """Group ``agent`` with ``name: random``."""

    name: Literal["random"]
    batch_size: BatchSize


class CellwiseSettings(Strict):
    """Group ``agent`` with ``name: neuronas`` or ``spikenas`` (agents.cellwise)."""

    name: Literal["neuronas", "spikenas"]
    first_budgets: Literal["memory", "all"]
    batch_size: BatchSize


class SnasnetSettings(Strict):
    """Group ``agent`` with ``name: snasnet``."""

    name: Literal["snasnet"]
    n_draws: Annotated[Count, Field(le=10_000_000)]
    batch_size: BatchSize


class QLearningSettings(Strict):
    """Group ``agent`` with ``name: qlearning`` (agents.qlearning.QLearningOptions)."""

    name: Literal["qlearning"]
    batch_size: BatchSize
    learning_rate: LearningRate
    prior_weight: Annotated[Weight, Field(le=1e6)]
    discount: Share
    first_epsilon: Share
    last_epsilon: Share
    epsilon_steps: Steps
    optimism: Annotated[Weight, Field(le=1e6)]
    undo: Undo
    temperature: Annotated[Weight, Field(le=1e6)]
    patience: Steps
    n_imagined: Imagined
    init: str | None


class QLearningLinearSettings(Strict):
    """Group ``agent`` with ``name: qlearning_linear`` (agents.qlearning.QLearningOptions)."""

    name: Literal["qlearning_linear"]
    batch_size: BatchSize
    learning_rate: LearningRate
    discount: Share
    first_epsilon: Share
    last_epsilon: Share
    epsilon_steps: Steps
    optimism: Annotated[Weight, Field(le=1e6)]
    undo: Undo
    temperature: Annotated[Weight, Field(le=1e6)]
    patience: Steps
    n_imagined: Imagined
    init: str | None


class AnasSettings(Strict):
    """Group ``agent`` with ``name: anas`` (agents.anas.AnasOptions)."""

    name: Literal["anas"]
    population: Annotated[Count, Field(le=100_000)]
    tournament: Annotated[Count, Field(le=100_000)]
    crossover: Share
    mutation: Share
    batch_size: BatchSize


class AnnealingSettings(Strict):
    """Group ``agent`` with ``name: annealing`` (agents.annealing.AnnealingOptions)."""

    name: Literal["annealing"]
    n_steps: Steps | None
    first_temperature: Annotated[Positive, Field(le=1e6)]
    last_temperature: Annotated[Positive, Field(le=1e6)]
    n_imagined: Imagined
    batch_size: BatchSize


class RandomWalkSettings(Strict):
    """Group ``agent`` with ``name: random_walk``."""

    name: Literal["random_walk"]
    n_moves: Steps
    batch_size: BatchSize


class AutosnnSettings(Strict):
    """Group ``agent`` with ``name: autosnn`` (agents.autosnn.AutosnnOptions)."""

    name: Literal["autosnn"]
    n_rounds: Steps
    n_mutations: Annotated[Natural, Field(le=100_000)]
    n_crossovers: Annotated[Natural, Field(le=100_000)]
    n_parents: Annotated[Count, Field(le=100_000)]
    mutation: Share
    batch_size: BatchSize | None

    @model_validator(mode="after")
    def _has_children(self) -> Self:
        if not self.n_mutations + self.n_crossovers:
            raise ValueError("n_mutations and n_crossovers are both 0: no design is left")
        return self


class RegularizedEvolutionSettings(Strict):
    """Group ``agent``: regularized evolution."""

    name: Literal["regularized_evolution"]
    population: Annotated[Count, Field(le=100_000)]
    tournament: Annotated[Count, Field(le=100_000)]
    batch_size: BatchSize


class Nsga2Settings(Strict):
    """Group ``agent`` with ``name: nsga2`` (agents.nsga2.Nsga2Options)."""

    name: Literal["nsga2"]
    population: Annotated[Count, Field(le=100_000)]
    crossover: Share
    mutation: Annotated[Weight, Field(le=1000)]
    batch_size: BatchSize


class TpeSettings(Strict):
    """Group ``agent`` with ``name: tpe`` (agents.tpe.TpeOptions)."""

    name: Literal["tpe"]
    goal: Literal["reward", "front"]
    n_random: Annotated[Count, Field(le=100_000)]
    n_candidates: Annotated[Count, Field(le=100_000)]
    batch_size: BatchSize


AgentSettings = (
    ReinforceSettings
    | RandomSettings
    | CellwiseSettings
    | SnasnetSettings
    | QLearningSettings
    | QLearningLinearSettings
    | AnasSettings
    | AnnealingSettings
    | RandomWalkSettings
    | AutosnnSettings
    | RegularizedEvolutionSettings
    | Nsga2Settings
    | TpeSettings
    | ReinforceMoSettings
    | DqnSettings
    | PpoSettings
    | A2cSettings
    | EnvelopeSettings
    | EupgSettings
    | PcnSettings
    | PqlSettings
)


class SearchSettings(Strict):
    """Group ``search``: how long, and how many at once."""

    budget: Annotated[Count, Field(le=10_000_000)] | None
    workers: Annotated[Count, Field(le=1024)]


class FlowSettings(Strict):
    """Group ``flow``: the stages of NACIM (agents.flow); without a name there is one search."""

    name: Literal["nacim", "quantnas"] | None = None
    fine_tuned: Annotated[Count, Field(le=10_000)] = 4
    fine_tuned_by: Literal["accuracy", "front"] = "accuracy"
    fine_tuning_epochs: Annotated[Count, Field(le=10_000)] = 24
    fine_tuning_rate: Annotated[Positive, Field(le=100)] = 0.2
    rnas_budget: Annotated[Count, Field(le=10_000_000)] = 40
    fresh_chips: Annotated[Count, Field(le=10_000)] = 50
    margin: Share = 0.0333


class RunSettings(ProblemSettings):
    """Everything a run's result depends on, and where it goes."""

    agent: Annotated[AgentSettings, Field(discriminator="name")]
    search: SearchSettings
    flow: FlowSettings = FlowSettings()
    seed: Annotated[Natural, Field(lt=2**63)]
    run_dir: str | None = None
    resume: str | None = None

    @property
    def resolved(self) -> Self:
        """With the cooling of annealing spelt out, so that a resume keeps it."""
        if not isinstance(self.agent, AnnealingSettings) or self.agent.n_steps is not None:
            return self
        n_steps = self.search.budget or OPEN_END
        agent = self.agent.model_copy(update={"n_steps": n_steps})
        return self.model_copy(update={"agent": agent})
