"""A search of one's own as a Gymnasium loop: change two decisions of a design on the front.

Costs are those of a search. Training, which takes seconds a design, is left to a stand-in; without
`evaluator=` each design is trained and judged on sampled chips.
"""

from dataclasses import replace

import gymnasium as gym
import numpy as np

import envs  # noqa: F401 (registers coexplore/...)
from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.design import Design
from envs.pareto import ParetoArchive
from hwmodels.devices import load_device

BUDGET = 300
ID = "coexplore/MO-NACIM-oneshot-v0"  # a step is a whole design, its reward a vector


class StandIn:
    """Says that accuracy falls with every bit less, and with the deviation of the device."""

    yields = ("accuracy",)
    context = {"stand-in": 1}  # noqa: RUF012 (what outcomes depend on, besides the design)

    def __call__(self, design: Design, seed: int) -> dict[str, float]:
        """Return ``accuracy``."""
        del seed
        bits = np.array([design.quantization.weight_bits, design.quantization.activation_bits])
        kept = 1 - 2.0 ** (1 - bits)
        return {"accuracy": float(kept.mean() - 2 * load_device(design.device).deviation_ratio)}


real = make_problem(settings_of("nacim", {})).evaluator  # prices a design, then trains it
quick = replace(real, stages=(real.stages[0], StandIn()), is_cheap=True)
env = gym.make(ID, evaluator=quick, switches={"SA": False})

random, n_choices = np.random.default_rng(0), env.action_space.nvec
archive, action = ParetoArchive(env.unwrapped.reward_space.shape[0]), n_choices // 2
for number in range(BUDGET):
    env.reset(seed=number)
    _, gains, _, _, info = env.step(action)
    if "infeasible" not in info:  # too coarse a converter, too large a crossbar, ...
        archive.add(1 - gains, (action, info))
    action = archive.items[random.integers(len(archive.items))][0].copy()
    which = random.choice(len(action), 2, replace=False)
    action[which] = random.integers(n_choices[which])

found = sorted((info for _, info in archive.items), key=lambda info: -info["metrics"]["accuracy"])
print(f"{BUDGET} designs, {len(found)} on the front; hypervolume {archive.hypervolume():.2f}")
print(f"{'device':22} crossbar accuracy  energy uJ  latency us  area mm2")
for info in found[:: len(found) // 6]:
    chip, m = info["design"], info["metrics"]
    costs = f"{1e6 * m['energy_j']:10.3f}{1e6 * m['latency_s']:12.1f}{1e6 * m['area_m2']:10.2f}"
    print(f"{chip['chip.device']:22} {chip['chip.crossbar_size']:8} {m['accuracy']:8.3f} {costs}")
