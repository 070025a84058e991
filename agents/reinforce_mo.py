"""REINFORCE for a whole front: one policy that is told how much each objective counts.

Every design is drawn for weights of its own. What others were worth for the same weights is its
baseline, as their losses are known; and for weights drawn anew the best design so far is imitated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch

from agents.base import Actions, Heard
from agents.distinct import distinct
from agents.hearing import losses_heard, losses_of
from agents.policies import PreferencePolicy
from envs.evaluation import Evaluation
from envs.pareto import front
from envs.problem import Problem
from envs.space import SearchSpace
from snn.optimizers import Adam

WORST = 2.0  # loss of what cannot be, or is worse


@dataclass(frozen=True, slots=True)
class ReinforceMoOptions:
    """Settings of the controller's update.

    Attributes:
        merge: How weights make one number of losses: their sum, or the largest (Chebyshev).
        n_remembered: Designs whose worth for the same weights is the baseline.
        n_imitated: Weights drawn at each update, whose best design so far is imitated.
        n_redraws: How often a design that is known is drawn again, each time more evenly.
    """

    batch_size: int
    learning_rate: float
    merge: Literal["weighted", "chebyshev"]
    entropy_weight: float
    n_remembered: int
    n_imitated: int
    imitation_weight: float
    hidden_size: int
    n_redraws: int = 0


class ReinforceMo:
    """Searches the front; the reward of the problem plays no part."""

    def __init__(
        self, space: SearchSpace, options: ReinforceMoOptions, n_objectives: int, seed: int
    ) -> None:
        self.options = options
        self.batch_size = options.batch_size
        self._generator = torch.Generator().manual_seed(seed)
        self._n_objectives = n_objectives
        self._n_choices = [int(n) for n in space.n_choices]
        self.policy = PreferencePolicy(space, options.hidden_size, n_objectives, self._generator)
        self._optimizer = Adam(self.policy.parameters(), lr=options.learning_rate)
        self._weights = torch.zeros(0, n_objectives)  # of the designs proposed last
        self._recent = torch.zeros(0, n_objectives)  # losses
        self._front: list[tuple[tuple[float, ...], Actions]] = []
        self._known: set[Actions] = set()

    def ask(self, n: int) -> list[Actions]:
        """Draw ``n`` designs, each for weights of its own."""
        self._weights = self._drawn(n)
        return distinct(self._designs, n, self._known, self.options.n_redraws)

    @torch.no_grad()
    def _designs(self, places: Sequence[int], temperature: float) -> list[Actions]:
        state = self.policy.state_for(self._weights[list(places)])
        rows = self.policy.sample(len(places), self._generator, state, temperature)
        return [tuple(row) for row in rows.tolist()]

    @property
    def probabilities(self) -> list[list[float]]:
        """How probable each choice of each decision was when designs were last sampled."""
        rows = self.policy.probabilities.tolist()
        return [row[:n] for row, n in zip(rows, self._n_choices, strict=False)]

    def judge(self, problem: Problem, evaluation: Evaluation) -> tuple[float, ...]:
        """The losses; infinite where there can be no such design."""
        return losses_of(problem, evaluation)

    def hear_of(self, designs: Sequence[Actions], heard: Sequence[Heard]) -> None:
        """Take in designs that others have chosen: to imitate them, and not to repeat them."""
        self._remember(designs, self._losses(heard))

    def tell(self, proposals: Sequence[Actions], rewards: Sequence[Heard]) -> dict[str, float]:
        """Ascend once."""
        losses = self._losses(rewards)
        self._recent = torch.cat([self._recent, losses])[-self.options.n_remembered :]
        decided = self.policy(torch.tensor(proposals), self.policy.state_for(self._weights))
        advantages = self._worth(self._weights, losses[:, None])[:, 0]
        advantages = advantages - self._worth(self._weights, self._recent[None]).mean(dim=1)
        loss = -(advantages * decided.log_probabilities.sum(dim=1)).mean()
        entropy = decided.entropies.mean()
        loss = loss - self.options.entropy_weight * entropy + self._imitation()
        self._optimizer.zero_grad()
        loss.backward()
        self._optimizer.step()
        self._remember(proposals, losses)
        return {"loss": loss.item(), "entropy": entropy.item(), "front": float(len(self._front))}

    def state_dict(self) -> dict[str, Any]:
        """Return policy, optimizer, generator, and what is remembered."""
        return {
            "policy": self.policy.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "generator": self._generator.get_state(),
            "weights": self._weights,
            "recent": self._recent,
            "front": [(list(losses), list(actions)) for losses, actions in self._front],
            "known": sorted(map(list, self._known)),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up what `state_dict` returned."""
        self.policy.load_state_dict(state["policy"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._generator.set_state(state["generator"])
        self._weights, self._recent = state["weights"], state["recent"]
        self._front = [(tuple(losses), tuple(actions)) for losses, actions in state["front"]]
        self._known = {tuple(actions) for actions in state.get("known", ())}

    def _drawn(self, n: int) -> torch.Tensor:
        """Weights, evenly over the simplex, shape ``(n, n_objectives)``."""
        drawn = -torch.rand(n, self._n_objectives, generator=self._generator).clamp(1e-6).log()
        return drawn / drawn.sum(dim=1, keepdim=True)

    def _losses(self, heard: Sequence[Heard]) -> torch.Tensor:
        """Shape ``(n, n_objectives)``; of a reward alone, the same for every objective."""
        rows = [losses_heard(one) for one in heard]
        losses = torch.tensor(rows, dtype=torch.float32).clamp(max=WORST)
        return losses.expand(len(rows), self._n_objectives)

    def _worth(self, weights: torch.Tensor, losses: torch.Tensor) -> torch.Tensor:
        """Of each design for each weights.

        Args:
            weights: Shape ``(B, n_objectives)``.
            losses: Shape ``(B or 1, n, n_objectives)``.

        Returns:
            Shape ``(B, n)``.
        """
        weighted = weights[:, None] * losses
        if self.options.merge == "weighted":
            return 1.0 - weighted.sum(dim=2)
        return 1.0 - weighted.amax(dim=2)

    def _imitation(self) -> torch.Tensor:
        """Negative log-likelihood of the best designs so far, each for weights that it suits."""
        if not self._front or not self.options.n_imitated:
            return torch.zeros(())
        weights = self._drawn(self.options.n_imitated)
        losses = torch.tensor([one for one, _ in self._front], dtype=torch.float32)
        best = self._worth(weights, losses[None]).argmax(dim=1)
        actions = torch.tensor([self._front[i][1] for i in best.tolist()])
        taken = self.policy(actions, self.policy.state_for(weights)).log_probabilities
        likelihoods: torch.Tensor = taken.sum(dim=1)
        return -self.options.imitation_weight * likelihoods.mean()

    def _remember(self, designs: Sequence[Actions], losses: torch.Tensor) -> None:
        """Keep what no other design dominates."""
        if self.options.n_redraws:
            self._known.update(tuple(one) for one in designs)
        told = [tuple(float(x) for x in row) for row in losses.tolist()]
        new = [(loss, tuple(one)) for loss, one in zip(told, designs, strict=True)]
        every = [one for one in self._front + new if max(one[0]) < WORST]
        if every:
            kept = front(torch.tensor([loss for loss, _ in every], dtype=torch.float64).numpy())
            self._front = [one for one, stays in zip(every, kept, strict=True) if stays]
