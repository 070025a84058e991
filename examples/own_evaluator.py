"""An evaluator of one's own: how long weights last on the device that a search has chosen.

A search takes it, as an objective and with a bound, by

    PYTHONPATH=examples python -m agents.train env=nacim \
        env.evaluators.lifetime._target_=own_evaluator.Lifetime \
        constraints.lifetime_s=3.2e7 objectives.lifetime_s=3.2e8
"""

from collections.abc import Mapping

from configs import catalog
from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.design import Design
from envs.judgement import judge
from hwmodels.devices import Device, load_device


class Lifetime:
    """Time until drift has moved a cell's most conducting state by half a level.

    The conductance falls as (t / t_c)^-nu (hwmodels.ageing.Retention); levels divide full scale.
    """

    yields = ("lifetime_s",)
    maximized = ("lifetime_s",)  # a bound is a floor, and more is better
    is_cheap = True  # called before the training, so that a broken bound saves it

    def __init__(
        self, retention: str = "retention_neurosim_2019", longest_s: float = 3.2e9
    ) -> None:
        (law,) = catalog.read("variation", retention)["age"]
        self.exponent, self.reference_s = law["exponent_ratio"], law["reference_time_s"]
        self.longest_s = longest_s

    def __call__(self, design: Design, metrics: Mapping[str, float]) -> dict[str, float]:
        """Return ``lifetime_s`` of the design's device, at most ``longest_s``."""
        del metrics  # what is measured before it: here nothing else counts
        return {"lifetime_s": min(self.longest_s, self.half_a_level_s(load_device(design.device)))}

    def half_a_level_s(self, device: Device) -> float:
        """Solve (t / t_c)^-nu = 1 - share for t."""
        if device.kind == "sram":  # holds its state as long as it has power
            return self.longest_s
        full_scale = 1 - device.off_conductance_s / device.on_conductance_s
        share = full_scale / 2 / (2**device.cell_bits - 1)
        return self.reference_s * (1 - share) ** (-1 / self.exponent)


if __name__ == "__main__":
    own = {"evaluators": {"lifetime": {"_target_": "own_evaluator.Lifetime"}}}
    asked = {"constraints": {"lifetime_s": 3.2e7}, "objectives": {"lifetime_s": 3.2e8}}
    problem = make_problem(settings_of("nacim", {"evaluator": "constant", **own, **asked}))
    given = {decision.name: decision.given for decision in problem.space.decisions}
    for device in next(d for d in problem.space.decisions if d.name == "chip.device").choices:
        found = judge(problem.evaluator, {**given, "chip.device": device}, seed=0)
        told = found.infeasible or f"loss on the front {problem.losses(found)[-1]:.2f}"
        print(f"{device:24}{found.metrics['lifetime_s']:9.2g} s  {told}")
