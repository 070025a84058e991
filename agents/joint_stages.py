"""The searches of a comparison: jointly, and network first with the hardware after it.

All have the same agent, objectives and references, and evaluate as many designs in all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agents.flow_settings import ALONE
from agents.problems import problem_of, space_of
from agents.settings import RunSettings
from agents.usage import UsageError
from envs.joint_settings import JointSettings
from envs.problem import Problem
from envs.reward_settings import NacimRewardSettings, References
from envs.space import Choice
from envs.switches import SWITCH_OF, JointSwitches

JOINT, NETWORK, HARDWARE = "joint", "1-network", "2-hardware"
OF_NETWORK, OF_HARDWARE = ("architecture", "quantization"), ("device", "circuit", "mapping")
By = Literal["accuracy", "reward"]
FOLDERS: dict[By, str] = {
    "accuracy": "network-first-by-accuracy",
    "reward": "network-first-by-reward",
}


@dataclass(frozen=True)
class Stages:
    """The searches of one seed.

    Attributes:
        settings: Of the joint search; its references are spelt out, so that no stage has others.
        folder: Of all runs of the seed.
        first_share: Of the designs, for the search of the network.
    """

    settings: RunSettings
    folder: Path
    first_share: float

    @property
    def budget(self) -> int:
        """Designs in all, of either way."""
        assert self.settings.search.budget is not None  # noqa: S101 (by `spelt_out`)
        return self.settings.search.budget

    @property
    def n_first(self) -> int:
        """Designs of the search of the network."""
        return min(self.budget - 1, max(1, round(self.first_share * self.budget)))

    def places(self, by: By | None) -> tuple[Path, ...]:
        """The runs of one way, in order; of the joint search without ``by``."""
        if by is None:
            return (self.folder / JOINT,)
        return self.folder / FOLDERS[by] / NETWORK, self.folder / FOLDERS[by] / HARDWARE

    def network(self, by: By) -> RunSettings:
        """The search of the network, on the given hardware."""
        env = self._frozen(OF_HARDWARE, {})
        reward = self._alone if by == "accuracy" else self.settings.reward
        return self._changed(env, self.n_first).model_copy(update={"reward": reward})

    def hardware(self, network: Mapping[str, Choice], n_spent: int) -> RunSettings:
        """The search of the hardware for a network, with the designs that are left."""
        return self._changed(self._frozen(OF_NETWORK, network), self.budget - n_spent)

    def network_of(self, choices: Mapping[str, Choice]) -> dict[str, Choice]:
        """What a design chooses of its network."""
        groups = {one.name: one.group for one in space_of(self.settings).decisions}
        return {name: value for name, value in choices.items() if groups[name] in OF_NETWORK}

    def check(self) -> None:
        """Refuse a comparison whose stages would have nothing to search.

        Raises:
            UsageError: With the switch.
        """
        frozen = _env(self.settings).switches.frozen_groups
        for groups, what in ((OF_NETWORK, "network"), (OF_HARDWARE, "hardware")):
            if frozen.issuperset(groups):
                switches = ", ".join(SWITCH_OF[group] for group in groups)
                raise UsageError(
                    f"env.switches: nothing of the {what} is searched; needs one of {switches}"
                )

    @property
    def _alone(self) -> NacimRewardSettings:
        """The reward of accuracy alone, of the same chips and with the same references."""
        reward = self.settings.reward
        assert isinstance(reward, NacimRewardSettings)  # noqa: S101 (by `spelt_out`)
        same = {"quality": reward.quality, "references": reward.references}
        return ALONE.model_copy(update=same)

    def _frozen(self, groups: Sequence[str], chosen: Mapping[str, Choice]) -> JointSettings:
        """The environment with some groups frozen as well, and with what is chosen for them."""
        env = _env(self.settings)
        given: dict[str, dict[str, Choice]] = {}
        for name, value in chosen.items():
            part, _, decision = name.partition(".")
            given[part] = {**env.given.get(part, {}), **given.get(part, {}), decision: value}
        off = {SWITCH_OF[group]: False for group in groups}
        switches = JointSwitches(**{**env.switches.model_dump(), **off})
        return env.model_copy(update={"switches": switches, "given": {**env.given, **given}})

    def _changed(self, env: JointSettings, budget: int) -> RunSettings:
        search = self.settings.search.model_copy(update={"budget": budget})
        return self.settings.model_copy(update={"env": env, "search": search})


def spelt_out(settings: RunSettings) -> tuple[RunSettings, Problem]:
    """The settings of the joint search with its references, and its problem.

    Open references go by the space: each stage would have its own.

    Raises:
        UsageError: If the reward is of another form, or the search has no end.
    """
    if settings.search.budget is None or settings.search.budget < len((NETWORK, HARDWARE)):
        raise UsageError("search.budget: needs at least 2 designs, one for each stage")
    if not isinstance(settings.reward, NacimRewardSettings):
        raise UsageError(
            "reward: needs NACIM's form (reward=joint, robust, nacim): targets and references of "
            "others go by the space, which differs between the stages"
        )
    problem = problem_of(settings)
    references = {one.metric: one.reference for one in problem.objectives}
    costs = {name: references[name] for name in References.model_fields if name in references}
    reward = settings.reward.model_copy(update={"references": References(**costs)})
    return settings.model_copy(update={"reward": reward}), problem


def _env(settings: RunSettings) -> JointSettings:
    assert isinstance(settings.env, JointSettings)  # noqa: S101 (the caller has typed it)
    return settings.env
