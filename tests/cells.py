"""Settings of the NeuroNAS problem for tests: the group's file, with changes."""

from typing import Any

from configs import catalog
from envs.cell_costs import CellCosts
from envs.default_settings import merge
from envs.hardware_settings import HardwareSettings
from envs.neuronas import cell_costs
from envs.neuronas_settings import NeuronasSettings


def cell_settings(**changes: Any) -> NeuronasSettings:
    return NeuronasSettings.model_validate(merge(catalog.read("env", "neuronas"), changes))


def costs_of(settings: NeuronasSettings, model: str = "neuronas") -> CellCosts:
    content = catalog.read("hardware", "neuronas") | {"model": model}
    return cell_costs(settings, HardwareSettings.model_validate(content))
