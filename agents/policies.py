"""The controller: an LSTM that takes one decision after the other."""

from dataclasses import dataclass

import torch
from torch import nn

from envs.space import SearchSpace

State = tuple[torch.Tensor, torch.Tensor]  # hidden and memory of the cell, (B, H) each


@dataclass(frozen=True, slots=True)
class Decided:
    """A batch of designs with the probabilities they were taken with.

    Attributes:
        actions: Shape ``(B, T)``.
        log_probabilities: Of each action taken, shape ``(B, T)``.
        entropies: Of each decision, shape ``(B, T)``.
    """

    actions: torch.Tensor
    log_probabilities: torch.Tensor
    entropies: torch.Tensor


class AutoregressivePolicy(nn.Module):
    """pi(a_t | a_(t-1):1): embed the last action, LSTM cell, one head per decision, mask, softmax.

    All weights are drawn uniformly in [-0.1, 0.1], so that the first designs are nearly uniform.

    Attributes:
        probabilities: Of each choice when designs were last drawn, mean over them, ``(T, K)``.
    """

    def __init__(self, space: SearchSpace, hidden_size: int, generator: torch.Generator) -> None:
        super().__init__()
        self.n_steps, self.width = space.n_decisions, space.width
        self.hidden_size = hidden_size
        self.probabilities = torch.zeros(0, self.width)
        self.embedding = nn.Embedding(self.n_steps * self.width + 1, hidden_size)
        self.cell = nn.LSTMCell(hidden_size, hidden_size)
        self.heads = nn.Parameter(torch.empty(self.n_steps, hidden_size, self.width))
        self.biases = nn.Parameter(torch.zeros(self.n_steps, self.width))
        self._masks = [
            (partner, torch.from_numpy(table.astype(bool))) for partner, table in space.mask_tables
        ]
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.uniform_(-0.1, 0.1, generator=generator)

    @torch.no_grad()
    def sample(
        self,
        n: int,
        generator: torch.Generator,
        state: State | None = None,
        temperature: float = 1.0,
    ) -> torch.Tensor:
        """Draw ``n`` designs: actions, shape ``(n, T)``; `probabilities` tells by what chances.

        Args:
            state: What the cell begins with.
            temperature: Of the softmax: above 1 the draws are more even, and the chances untold.
        """
        actions = torch.zeros(n, self.n_steps, dtype=torch.long)
        chances = torch.zeros(self.n_steps, self.width)
        for step in range(self.n_steps):
            logits, state = self._advance(step, actions, state)
            probabilities = (logits / temperature).softmax(dim=1)
            chances[step] = probabilities.mean(dim=0)
            actions[:, step] = torch.multinomial(probabilities, 1, generator=generator)[:, 0]
        if temperature == 1.0:
            self.probabilities = chances
        return actions

    def forward(self, actions: torch.Tensor, state: State | None = None) -> Decided:
        """Return the probabilities of given designs, with gradients; actions ``(B, T)``."""
        taken, entropies = [], []
        for step in range(self.n_steps):
            logits, state = self._advance(step, actions, state)
            choices = torch.distributions.Categorical(logits=logits, validate_args=False)
            taken.append(choices.log_prob(actions[:, step]))  # type: ignore[no-untyped-call]
            # masked logits are finite, so that 0 * log 0 stays 0
            entropies.append(choices.entropy())  # type: ignore[no-untyped-call]
        return Decided(actions, torch.stack(taken, dim=1), torch.stack(entropies, dim=1))

    def _advance(
        self,
        step: int,
        actions: torch.Tensor,
        state: State | None,
    ) -> tuple[torch.Tensor, State]:
        if step:
            token = 1 + (step - 1) * self.width + actions[:, step - 1]
        else:
            token = torch.zeros(len(actions), dtype=torch.long)
        hidden, memory = self.cell(self.embedding(token), state)
        logits = hidden @ self.heads[step] + self.biases[step]
        partner, table = self._masks[step]
        mask = table[actions[:, partner]] if partner >= 0 else table
        return logits.masked_fill(~mask, -1e9), (hidden, memory)


class PreferencePolicy(AutoregressivePolicy):
    """The same for any weights of objectives, which make the state that the cell begins with."""

    def __init__(
        self, space: SearchSpace, hidden_size: int, n_objectives: int, generator: torch.Generator
    ) -> None:
        super().__init__(space, hidden_size, generator)
        self.preference = nn.Parameter(torch.empty(n_objectives, hidden_size))
        with torch.no_grad():
            self.preference.uniform_(-1.0, 1.0, generator=generator)

    def state_for(self, weights: torch.Tensor) -> State:
        """What the cell begins with for weights, shape ``(B, n_objectives)``."""
        hidden = torch.tanh(weights @ self.preference)
        return hidden, torch.zeros_like(hidden)
