"""REINFORCE with an LSTM controller, as in NACIM."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch

from agents.base import Actions, AgentError
from agents.distinct import distinct
from agents.policies import AutoregressivePolicy
from envs.space import SearchSpace
from snn.optimizers import SGD, Adam

IMITATION_RATE = 0.01
MOST_IMITATIONS = 1000


@dataclass(frozen=True, slots=True)
class ReinforceOptions:
    """Settings of the controller's update.

    Attributes:
        batch_size: m of eq. 2, designs per update.
        discount: gamma of eq. 2.
        baseline_decay: Share of the old baseline kept at each reward.
        entropy_weight: Bonus for the mean entropy of a decision, against collapse; 0 in eq. 2.
        elite_size: Best designs so far that are imitated at each update; 0 in eq. 2.
        elite_weight: Weight of that imitation.
        start_probability: Mean probability of each choice of the design that is begun with.
        n_redraws: How often a design that is known is drawn again, each time more evenly.
    """

    batch_size: int
    learning_rate: float
    optimizer: Literal["adam", "sgd"]
    discount: float
    baseline_decay: float
    entropy_weight: float
    elite_size: int
    elite_weight: float
    hidden_size: int
    start_probability: float = 0.9
    n_redraws: int = 0


class Reinforce:
    """Monte-Carlo policy gradient with a moving-average baseline (NACIM, eq. 2).

    Args:
        start: A design to begin with (as rNAS does, sec. V-A): it is proposed first, and those
            after it differ from it in few choices.
    """

    def __init__(
        self,
        space: SearchSpace,
        options: ReinforceOptions,
        seed: int,
        start: Actions | None = None,
    ) -> None:
        self.options = options
        self.batch_size = options.batch_size
        self._generator = torch.Generator().manual_seed(seed)
        self.policy = AutoregressivePolicy(space, options.hidden_size, self._generator)
        kind = Adam if options.optimizer == "adam" else SGD
        self._optimizer = kind(self.policy.parameters(), lr=options.learning_rate)
        self._baseline: float | None = None
        self._elite: list[tuple[float, Actions]] = []
        steps_left = torch.arange(space.n_decisions - 1, -1, -1)
        self._discounts = options.discount**steps_left  # gamma^(T-t)
        self._start = start
        self._known: set[Actions] = set()
        self._n_choices = space.n_choices.tolist()
        if start is not None:
            imitate(self.policy, start, options.start_probability)

    def ask(self, n: int) -> list[Actions]:
        """Sample ``n`` designs from the policy.

        Raises:
            AgentError: If the last steps were so large that its weights are not finite.
        """
        if not all(weights.isfinite().all() for weights in self.policy.parameters()):
            raise AgentError(
                "the agent's weights have grown beyond all bounds: choose a smaller "
                f"agent.learning_rate (it is {self.options.learning_rate:g}) or smaller rewards"
            )
        drawn = distinct(self._drawn, n, self._known, self.options.n_redraws)
        if self._start is not None:
            drawn[0], self._start = self._start, None
        return drawn

    def _drawn(self, places: Sequence[int], temperature: float) -> list[Actions]:
        rows = self.policy.sample(len(places), self._generator, temperature=temperature)
        return [tuple(row) for row in rows.tolist()]

    @property
    def probabilities(self) -> list[list[float]]:
        """How probable each choice of each decision was when designs were last sampled."""
        rows = self.policy.probabilities.tolist()
        return [row[:n] for row, n in zip(rows, self._n_choices, strict=False)]

    def tell(self, proposals: Sequence[Actions], rewards: Sequence[float]) -> dict[str, float]:
        """Ascend eq. 2 once, with the rewards of one batch."""
        decided = self.policy(torch.tensor(proposals))
        advantages = torch.tensor(self._advantages(rewards))
        per_design = (self._discounts * decided.log_probabilities).sum(dim=1)
        loss = -(advantages * per_design).mean()
        entropy = decided.entropies.mean()
        loss = loss - self.options.entropy_weight * entropy + self._elite_loss()
        self._optimizer.zero_grad()
        loss.backward()
        self._optimizer.step()
        self._remember(proposals, rewards)
        return {
            "loss": loss.item(),
            "entropy": entropy.item(),
            "baseline": self._baseline or 0.0,
        }

    def _advantages(self, rewards: Sequence[float]) -> list[float]:
        """R_k - b of each reward, and move b, the exponential moving average of rewards."""
        baseline = rewards[0] if self._baseline is None else self._baseline
        advantages = [reward - baseline for reward in rewards]
        for reward in rewards:
            baseline += (1 - self.options.baseline_decay) * (reward - baseline)
        self._baseline = baseline
        return advantages

    def _elite_loss(self) -> torch.Tensor:
        """Mean negative log-likelihood of the best designs so far."""
        if not self._elite:
            return torch.zeros(())
        best = torch.tensor([actions for _, actions in self._elite])
        likelihoods: torch.Tensor = self.policy(best).log_probabilities.sum(dim=1)
        return -self.options.elite_weight * likelihoods.mean()

    def _remember(self, proposals: Sequence[Actions], rewards: Sequence[float]) -> None:
        if self.options.n_redraws:
            self._known.update(proposals)
        known = {actions: reward for reward, actions in self._elite}
        known |= dict(zip(proposals, rewards, strict=True))
        ranked = sorted(((r, a) for a, r in known.items()), reverse=True)
        self._elite = ranked[: self.options.elite_size]

    def hear_of(self, designs: Sequence[Actions], heard: Sequence[float]) -> None:
        """Take in designs that others have chosen: to imitate them, and not to repeat them."""
        self._remember([tuple(one) for one in designs], heard)

    def state_dict(self) -> dict[str, Any]:
        """Return policy, optimizer, generator, baseline and elite."""
        return {
            "policy": self.policy.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "generator": self._generator.get_state(),
            "baseline": self._baseline,
            "start": None if self._start is None else list(self._start),
            "elite": [[reward, list(actions)] for reward, actions in self._elite],
            "known": sorted(map(list, self._known)),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up what `state_dict` returned."""
        self.policy.load_state_dict(state["policy"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._generator.set_state(state["generator"])
        self._baseline = state["baseline"]
        self._start = tuple(state["start"]) if state.get("start") else None
        self._elite = [(reward, tuple(actions)) for reward, actions in state["elite"]]
        self._known = {tuple(actions) for actions in state.get("known", ())}


def imitate(policy: AutoregressivePolicy, design: Actions, probability: float) -> None:
    """Teach a policy one design, until a choice of it has that probability (geometric mean)."""
    optimizer = Adam(policy.parameters(), lr=IMITATION_RATE)
    actions = torch.tensor([design])
    for _ in range(MOST_IMITATIONS):
        loss = -policy(actions).log_probabilities.mean()
        if loss.item() <= -math.log(probability):
            return
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
