"""Device variation: programming, ageing and reading, read from ``configs/variation``."""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from functools import cache
from typing import Any, cast

import numpy as np

from configs import catalog
from hwmodels.ageing import Drift, LogFit, Retention, StateDrift
from hwmodels.conductance import Conductances, Step
from hwmodels.devices import Device
from hwmodels.programming import Gaussian, Lognormal, Polynomial, Proportional, StuckAt
from hwmodels.reading import PinkNoise, Telegraph
from hwmodels.units import to_si

STEPS: dict[str, dict[str, type[Any]]] = {
    "program": {
        "gaussian": Gaussian,
        "proportional": Proportional,
        "lognormal": Lognormal,
        "polynomial": Polynomial,
        "stuck_at": StuckAt,
    },
    "age": {"drift": Drift, "state_drift": StateDrift, "retention": Retention},
    "read": {"pink_noise": PinkNoise, "telegraph": Telegraph},
}


@dataclass(frozen=True, slots=True)
class Variation:
    """Steps that take cells from their target conductance to the one that is read.

    What programming and ageing do is fixed for a chip; reading differs from read to read. A call
    draws all three once. A variation is itself a step.
    """

    program: tuple[Step, ...] = ()
    age: tuple[Step, ...] = ()
    read: tuple[Step, ...] = ()

    def __call__(self, conductance_s: Conductances, generator: np.random.Generator) -> Conductances:
        """Draw one chip, and one read of it."""
        for step in (*self.program, *self.age, *self.read):
            conductance_s = step(conductance_s, generator)
        return conductance_s

    def at(self, time_s: float) -> "Variation":
        """Return the same variation, seen ``time_s`` after programming."""
        age, read = (tuple(_at(step, time_s) for step in steps) for steps in (self.age, self.read))
        return replace(self, age=age, read=read)


def _at(step: Step, time_s: float) -> Step:
    return (
        cast("Step", replace(cast("Any", step), time_s=time_s)) if hasattr(step, "time_s") else step
    )


def nominal_variation(device: Device) -> Variation:
    """Return the device's own Gaussian error of each level, `Device.deviation_ratio`."""
    return Variation(program=(Gaussian(device.deviation_ratio, **_range_of(device)),))


@cache
def load_variation(name: str, device: Device) -> Variation:
    """Read a variation by name, for the cells of a device.

    Whatever a step needs to know of the range of a cell comes from the device. An SRAM cell is
    digital and reads what was written, whatever happens to conductances: it has no steps.

    Raises:
        UnknownNameError: If ``configs/variation`` has no such file.
        ValueError: If the file holds a step or a key that there is not, or lacks one.
    """
    content = catalog.read("variation", name)
    try:
        _check_keys("a variation", content, {*STEPS, "source"}, {"source"})
        stages = {
            stage: tuple(_step(stage, step, device) for step in content.get(stage) or ())
            for stage in STEPS
        }
    except ValueError as error:
        raise ValueError(f"configs/variation/{name}.yaml: {error}") from error
    return Variation() if device.kind == "sram" else Variation(**stages)


def _range_of(device: Device) -> dict[str, float]:
    return {
        "off_conductance_s": device.off_conductance_s,
        "on_conductance_s": device.on_conductance_s,
    }


def _step(stage: str, content: Mapping[str, Any], device: Device) -> Step:
    if not isinstance(content, Mapping) or "step" not in content:
        raise ValueError(f"{stage}: each entry needs 'step', one of: {_listed(STEPS[stage])}")
    name = content["step"]
    if name not in STEPS[stage]:
        raise ValueError(f"{stage}: no step called '{name}'; allowed: {_listed(STEPS[stage])}")
    numbers = {str(key): value for key, value in content.items() if key != "step"}
    return cast("Step", _built(name, STEPS[stage][name], numbers, _range_of(device)))


def _built(
    name: str, kind: type[Any], content: Mapping[str, Any], given: Mapping[str, float]
) -> object:
    numbers = to_si(content)
    wanted = {field.name: field for field in fields(kind) if field.name not in given}
    needed = {key for key, field in wanted.items() if field.default is MISSING}
    _check_keys(name, numbers, set(wanted), needed)
    values = {key: _value(f"{name}.{key}", wanted[key].type, x) for key, x in numbers.items()}
    return kind(**values, **{f.name: given[f.name] for f in fields(kind) if f.name in given})


def _value(name: str, kind: object, value: object) -> object:
    if kind is LogFit:
        return _built(name, LogFit, value if isinstance(value, Mapping) else {}, {})
    if kind == tuple[float, ...]:
        return tuple(value) if isinstance(value, list) else (value,)
    return value


def _check_keys(name: str, content: Mapping[str, Any], allowed: set[str], needed: set[str]) -> None:
    for key in content:
        if key not in allowed:
            raise ValueError(f"{name} has no key '{key}'; allowed: {_listed(allowed)}")
    if missing := needed - set(content):
        raise ValueError(f"{name} lacks: {_listed(missing)}")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
