from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from conductances import PCM, RANGE, STEPWISE, ZHAO, cells, drawn
from hypothesis import given
from hypothesis import strategies as st

from configs import catalog
from hwmodels.ageing import Drift, LogFit, Retention
from hwmodels.conductance import Conductances, Step
from hwmodels.devices import load_device
from hwmodels.programming import Gaussian, Polynomial, StuckAt
from hwmodels.reading import PinkNoise, Telegraph
from hwmodels.storage import deviation_table, effective_weight_deviation_ratio
from hwmodels.variation import STEPS, Variation, load_variation

CARD = Path(__file__).parents[2] / "docs" / "models" / "variation.md"


class Shift:
    def __init__(self, name: str, log: list[str]) -> None:
        self.name, self.log = name, log

    def __call__(self, conductance_s: Conductances, generator: np.random.Generator) -> Conductances:
        self.log.append(self.name)
        return conductance_s + generator.random()


def test_a_variation_programs_then_ages_then_reads() -> None:
    log: list[str] = []
    stages = {
        stage: (Shift(f"{stage} 1", log), Shift(f"{stage} 2", log))
        for stage in ("read", "program", "age")
    }
    drawn(Variation(**stages), cells(1.0, 1))
    assert log == ["program 1", "program 2", "age 1", "age 2", "read 1", "read 2"]


@given(st.permutations(STEPWISE), st.integers(0, 3), st.integers(0, 2**32))
def test_a_variation_is_its_steps_one_after_the_other(
    steps: list[Step], n_program: int, seed: int
) -> None:
    target_s = np.linspace(1e-6, 10e-6, 20)
    variation = Variation(tuple(steps[:n_program]), tuple(steps[n_program:5]), (steps[5],))
    generator, expected_s = np.random.default_rng(seed), target_s
    for step in steps[:6]:
        expected_s = step(expected_s, generator)
    np.testing.assert_array_equal(drawn(variation, target_s, seed), expected_s)


def test_the_empty_variation_changes_nothing() -> None:
    np.testing.assert_array_equal(drawn(Variation(), cells(3e-6, 10)), 3e-6)


def test_a_variation_seen_later_has_drifted_further() -> None:
    variation = load_variation("pcm_aihwkit_2021", PCM)
    means = [drawn(variation.at(time_s), cells(20e-6)).mean() for time_s in (20.0, 3600.0, 1e7)]
    assert means[0] > means[1] > means[2]
    later = variation.at(3600.0)
    assert {step.time_s for step in (*later.age, *later.read)} == {3600.0}  # type: ignore[attr-defined]
    assert later.program == variation.program


@pytest.mark.parametrize("device", catalog.names("device"))
@pytest.mark.parametrize("name", catalog.names("variation"))
def test_every_variation_fits_every_device(name: str, device: str) -> None:
    found = load_device(device)
    variation = load_variation(name, found)
    assert bool(variation.program or variation.age or variation.read) is (found.kind != "sram")
    assert catalog.read("variation", name)["source"].strip()


def test_steps_know_the_range_of_the_device_they_are_read_for() -> None:
    (step,) = load_variation("gaussian_nacim_2020", PCM).program
    assert step == Gaussian(0.05, 1 / 480e3, 1 / 40e3)


def test_units_are_brought_to_si() -> None:
    (read,) = load_variation("pcm_aihwkit_2021", PCM).read
    assert isinstance(read, PinkNoise)
    assert read.read_pulse_s == pytest.approx(250e-9)
    (program,) = load_variation("pcm_aihwkit_2021", PCM).program
    assert isinstance(program, Polynomial)
    assert program.published_on_conductance_s == pytest.approx(25e-6)


def test_an_unknown_variation_is_answered_with_the_nearest() -> None:
    with pytest.raises(catalog.UnknownNameError, match="did you mean 'pcm_joshi_2020'"):
        load_variation("pcm_joshi_2021", ZHAO)


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[object], str]:
    """Write a variation file, read it, and return the error."""

    def error_of(content: object) -> str:
        (tmp_path / "variation").mkdir()
        (tmp_path / "variation" / "mine.yaml").write_text(yaml.safe_dump(content), "utf-8")
        monkeypatch.setattr(catalog, "ROOT", tmp_path)
        load_variation.cache_clear()
        with pytest.raises(ValueError, match=r"^configs/variation/mine.yaml: ") as raised:
            load_variation("mine", ZHAO)
        return str(raised.value).removeprefix("configs/variation/mine.yaml: ")

    return error_of


FIT = {"slope_ratio": 0, "offset_ratio": 0, "lowest_ratio": 0, "highest_ratio": 0}
DRIFT = {"exponent_mean": FIT, "exponent_deviation": FIT, "reference_time_s": 1, "time_s": 1}
POLYNOMIAL = {"deviation_unit_us": 1, "conductance_unit_us": 1, "published_on_conductance_us": 9}


@pytest.mark.parametrize(
    ("stage", "entry", "message"),
    [
        (
            "programme",
            {},
            "a variation has no key 'programme'; allowed: age, program, read, source",
        ),
        (
            "read",
            {"step": "gaussian"},
            "read: no step called 'gaussian'; allowed: pink_noise, tele",
        ),
        ("age", {"exponent_ratio": 1}, "age: each entry needs 'step', one of: drift, retention, s"),
        ("age", "drift", "age: each entry needs 'step', one of: drift, retention, state_drift"),
        (
            "program",
            {"step": "gaussian", "deviation": 1},
            "gaussian has no key 'deviation'; allowed: deviation_ratio",
        ),
        ("program", {"step": "gaussian", True: 1}, "gaussian has no key 'True'; allowed: devia"),
        ("program", {"step": "gaussian"}, "gaussian lacks: deviation_ratio"),
        (
            "program",
            {"step": "gaussian", "deviation_ratio": "5 %"},
            "Gaussian: deviation_ratio must be finite and at least 0, got '5 %'",
        ),
        (
            "program",
            {"step": "polynomial", "coefficients": 3} | POLYNOMIAL | {"deviation_unit_us": -1},
            "Polynomial: deviation_unit_s must be finite and at least 0, got -1e-06",
        ),
        (
            "program",
            {"step": "polynomial", "coefficients": [1, "x"]} | POLYNOMIAL,
            "Polynomial: coefficients must hold finite numbers, got 'x'",
        ),
        (
            "age",
            {"step": "state_drift"} | DRIFT | {"exponent_mean": {"slope": 1}},
            "state_drift.exponent_mean has no key 'slope'; allowed: highest_ratio, lowest_ratio, ",
        ),
        (
            "age",
            {"step": "state_drift"} | DRIFT | {"exponent_mean": 0.05},
            "state_drift.exponent_mean lacks: highest_ratio, lowest_ratio, offset_ratio, slope_r",
        ),
    ],
)
def test_a_wrong_file_is_told_in_one_line(
    written: Callable[[object], str], stage: str, entry: Any, message: str
) -> None:
    error = written({stage: [entry], "source": "assumed"})
    assert error.startswith(message)
    assert "\n" not in error


def test_a_variation_without_source_is_refused(written: Callable[[object], str]) -> None:
    assert written({"program": []}) == "a variation lacks: source"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Gaussian(-0.1, **RANGE),
            "Gaussian: deviation_ratio must be finite and at least 0, got -0.1",
        ),
        (
            lambda: Gaussian(float("nan"), **RANGE),
            "Gaussian: deviation_ratio must be finite and at least 0",
        ),
        (lambda: Gaussian(float("inf"), **RANGE), "Gaussian: deviation_ratio must be finite"),
        (lambda: Gaussian(0.1, 2.0, 1.0), "Gaussian: need off_conductance_s < on_conductance_s"),
        (lambda: StuckAt(0.6, 0.5, **RANGE), "StuckAt: the two probabilities must not exceed 1"),
        (lambda: LogFit(0, 0, 0.2, 0.1), "LogFit: need 0 <= lowest_ratio <= highest_ratio"),
        (lambda: Drift(0.1, 0.1, 0.0, 1.0), "Drift: reference_time_s must exceed 0"),
        (
            lambda: Retention(0.1, 1.0, 1.0, **RANGE, target_ratio=1.5),
            "Retention: target_ratio must be in 0..1, got 1.5",
        ),
        (lambda: PinkNoise(0.1, 0.6, 0.2, 1.0, 0.5, 1.0), "PinkNoise: need 0 < read_pulse_s <= ti"),
        (lambda: Telegraph(0.1, 0.1, 0.0, 0.0, **RANGE), "Telegraph: a cell must dwell somewhere"),
        (lambda: Telegraph(0.1, 1.1, 1.0, 1.0, **RANGE), "Telegraph: an amplitude must not exceed"),
    ],
)
def test_an_impossible_step_is_refused(make: Callable[[], Step], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        make()


def test_every_step_has_a_name_and_a_test() -> None:
    named = {kind for stage in STEPS.values() for kind in stage.values()}
    assert named == {type(step) for step in STEPWISE}


@pytest.mark.parametrize("name", catalog.names("variation"))
def test_the_card_tells_what_is_measured(name: str) -> None:
    """The card's own draws. Should numpy ever draw others: 5 standard errors, or half a digit."""
    error = 0.05 if name.startswith("stuck_at") else 0.003
    lines = CARD.read_text("utf-8").splitlines()
    (header,) = (line for line in lines if line.startswith("| variation |"))
    (row,) = (line for line in lines if line.startswith(f"| `{name}` | 0."))
    devices = [cell.strip(" `") for cell in header.split("|")[2:-2]]
    for device, printed in zip(devices, row.split("|")[2:-2], strict=True):
        (found,) = deviation_table([device], [7], name)
        assert float(printed) == pytest.approx(
            found.weight_deviation_ratio, rel=5 * error, abs=0.0006
        )


@pytest.mark.parametrize("name", catalog.names("variation"))
def test_a_digital_cell_reads_what_was_written_whatever_varies(name: str) -> None:
    sram = load_device("sram_1b_neurosim_2019")
    steps = load_variation(name, sram)
    assert effective_weight_deviation_ratio(sram, 7, steps, np.random.default_rng(0)) == 0.0
