"""Steps and cells that several tests share."""

import numpy as np
import pytest

from hwmodels.ageing import Drift, LogFit, Retention, StateDrift
from hwmodels.conductance import Conductances, Step
from hwmodels.devices import load_device
from hwmodels.programming import Gaussian, Lognormal, Polynomial, Proportional, StuckAt
from hwmodels.reading import PinkNoise, Telegraph

N = 100_000
ZHAO = load_device("rram_4b_zhao_iedm_2017")  # 1 to 10 uS
PCM = load_device("pcm_2b_neurosim_2019")  # 2.083 to 25 uS
RANGE = {"off_conductance_s": 1e-6, "on_conductance_s": 10e-6}
STEPWISE: list[Step] = [
    Gaussian(0.05, **RANGE),
    Proportional(0.1),
    Lognormal(0.05, 0.3, **RANGE),
    Polynomial((0.286, 0.0759, -0.00179), 1e-6, 1e-6, 25e-6, 10e-6),
    StuckAt(0.1, 0.2, **RANGE),
    Drift(0.05, 0.01, 20.0, 86400.0),
    StateDrift(LogFit(-0.0155, 0.0244, 0.049, 0.1), LogFit(0, 0.01, 0, 1), 20.0, 86400.0, 10e-6),
    Retention(0.01, 1.0, 86400.0, **RANGE),
    Retention(0.01, 1.0, 86400.0, **RANGE, target_ratio=0.5),
    PinkNoise(0.0088, 0.65, 0.2, 250e-9, 86400.0, 10e-6),
    Telegraph(0.05, 0.3, 1.0, 3.0, **RANGE),
]
EVERY_STEP = pytest.mark.parametrize("step", STEPWISE, ids=lambda step: type(step).__name__)


def cells(conductance_s: float, n: int = N) -> Conductances:
    return np.full(n, conductance_s)


def drawn(step: Step, conductance_s: Conductances, seed: int = 0) -> Conductances:
    return step(conductance_s, np.random.default_rng(seed))
