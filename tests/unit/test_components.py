"""Decoders, buffers, converters and pools at sizes that no golden run has."""

from itertools import pairwise
from typing import Any

import pytest

from hwmodels.components.converter import column_power, flash, sar
from hwmodels.components.decoder import (
    Decoder,
    decoder,
    multiplexer_decoder_delay,
    multiplexer_decoder_size,
)
from hwmodels.components.flipflop import flipflop
from hwmodels.components.pooling import pooling
from hwmodels.components.register_file import register_file, repeated
from hwmodels.components.transistor import INVERTER, NAND, NOR, cell_height, leakage
from hwmodels.tables import process_table

PROCESS: Any = process_table(["cmos_32nm_lstp"])[0]
FAST: Any = process_table(["cmos_22nm_hp"])[0]
V2 = 0.9**2


def for_columns(n_address: int) -> Decoder:
    found: Decoder = decoder(PROCESS, n_address, True)  # noqa: FBT003
    return found


@pytest.mark.parametrize(
    ("n_address", "n_nands", "n_nors"), [(0, 0, 0), (1, 0, 0), (2, 4, 0), (3, 4, 8), (4, 8, 16)]
)
def test_a_decoder_predecodes_pairs_of_address_bits(
    n_address: int, n_nands: int, n_nors: int
) -> None:
    found = for_columns(n_address)
    assert (found.n_nands, found.n_nors) == (n_nands, n_nors)
    height = multiplexer_decoder_size(PROCESS, found)[1]
    assert height == pytest.approx(max(n_nands, n_nors) * cell_height(PROCESS))


def test_one_column_needs_no_decoder() -> None:
    found = for_columns(0)
    assert found.energy_j == found.leakage_w == 0
    assert multiplexer_decoder_size(PROCESS, found) == (0, 0)
    assert multiplexer_decoder_delay(PROCESS, found, 1e-15, 1e-15) == 0


def test_two_columns_are_told_apart_by_an_inverter_and_two_drivers() -> None:
    found = for_columns(1)
    inverter, driver = found.inverter, found.driver
    load = inverter.input_f + 2 * driver.input_f + 2 * driver.output_f
    assert found.energy_j == pytest.approx(V2 * load)
    assert found.leakage_w == pytest.approx(leakage(PROCESS, INVERTER, 1, inverter))
    light, heavy = (
        multiplexer_decoder_delay(PROCESS, found, load, load) for load in (1e-15, 1e-14)
    )
    assert 0 < light < heavy


def test_eight_columns_switch_nand_nor_and_drivers() -> None:
    found = for_columns(3)
    inverter, nand, nor, driver = found.inverter, found.nand, found.nor, found.driver
    load = (inverter.input_f + 2 * nand.input_f) * 2 + inverter.input_f + 4 * nor.input_f
    load += nand.output_f + 2 * nor.input_f
    load += nor.output_f + nand.input_f + nand.output_f + driver.input_f
    load += driver.output_f + driver.input_f + driver.output_f
    assert found.energy_j == pytest.approx(V2 * load)
    leak = 3 * leakage(PROCESS, INVERTER, 1, inverter) + 4 * leakage(PROCESS, NAND, 2, nand)
    leak += 8 * leakage(PROCESS, NOR, 2, nor)
    leak += 8 * (leakage(PROCESS, NAND, 2, nand) + 2 * leakage(PROCESS, INVERTER, 1, inverter))
    assert found.leakage_w == pytest.approx(leak)


def test_the_outputs_of_a_memory_s_decoder_have_two_drivers_each() -> None:
    found = decoder(PROCESS, 3, False)  # noqa: FBT003
    leak = 3 * leakage(PROCESS, INVERTER, 1, found.inverter)
    leak += 4 * leakage(PROCESS, NAND, 2, found.nand) + 8 * leakage(PROCESS, NOR, 2, found.nor)
    leak += 16 * leakage(PROCESS, INVERTER, 1, found.driver)
    assert found.leakage_w == pytest.approx(leak)


def test_a_buffer_of_one_line_has_no_decoder() -> None:
    register = flipflop(PROCESS)
    one = register_file(PROCESS, register, 32, 32, 1.0, 1.0)
    assert one.area_m2 == pytest.approx(32 * register.width_m * register.height_m)
    assert one.read_j == one.write_j == pytest.approx(register.energy_j)
    assert one.leakage_w == pytest.approx(32 * register.leakage_w)


def test_calibration_scales_storing_and_reading_but_not_the_address_of_a_write() -> None:
    register = flipflop(PROCESS)
    plain = register_file(PROCESS, register, 1024, 32, 1.0, 1.0)
    scaled = register_file(PROCESS, register, 1024, 32, 0.5, 0.05)
    select = plain.read_j - register.energy_j
    assert select > 0
    assert scaled.read_j == pytest.approx(0.5 * register.energy_j + 0.05 * select)
    assert scaled.write_j == pytest.approx(0.5 * register.energy_j + select)


def test_a_large_buffer_is_made_of_cores() -> None:
    core = register_file(PROCESS, flipflop(PROCESS), 1024, 32, 1.0, 1.0)
    assert repeated(core, 3) == core._replace(n_cores=3, area_m2=3 * core.area_m2)


def test_a_sar_converter_takes_a_nanosecond_a_bit_and_one_more() -> None:
    four, five = (sar(PROCESS, 2**bits, 8, 1e-5) for bits in (4, 5))
    assert four.delay_s == pytest.approx(5e-9)
    assert five.delay_s == five.power_s == pytest.approx(6e-9)
    assert four.area_m2 / five.area_m2 == pytest.approx(four.height_m / five.height_m)
    # n- and p-type transistors are two pitches wide: 269 + 3 * 109 + 209 + 3 * 73 at 4 bits
    assert four.area_m2 == pytest.approx(8 * 1024 * 2 * 3.8 * 28 * 32e-9**2)


@pytest.mark.parametrize(
    ("process", "is_sar", "ohm", "power_w"),
    [
        (PROCESS, False, 1e3, 15 * (-6.72783e-12 * 1e3 + 4.19847e-7)),
        (PROCESS, False, 1e4, 15 * (-7.28881e-8 * 9.210340 + 1.02677e-6)),
        (PROCESS, False, 1e6, 15 * (-4.35333e-8 * 13.815511 + 6.4697e-7)),
        (PROCESS, True, 1e5, 4 * 1.1294e-6 + 8.8998e-6 + 0.079449 * 1.0292e-5),
        (FAST, False, 1e4, 15 * 1.8939e-6 + 0.073 * 9.6647e-5),
        (FAST, True, 1e4, 4 * 0.7213e-6 + 3.3041e-6 + 0.084273 * 9.6647e-5),
    ],
)
def test_power_of_a_converter_is_its_fit(
    process: Any,
    is_sar: bool,  # noqa: FBT001
    ohm: float,
    power_w: float,
) -> None:
    """exp(-2.297 * 5) = 1.0292e-5, exp(-2.311 * 4) = 9.6647e-5."""
    assert column_power(process, is_sar, 16, ohm, 0.5) == pytest.approx(power_w, rel=1e-3)
    assert column_power(process, is_sar, 16, ohm / 2, 0.25) == pytest.approx(power_w, rel=1e-3)


def test_a_flash_converter_grows_with_its_levels() -> None:
    some = [flash(PROCESS, n, 8, 1e-12, 1e-5, 4e-15, 0.0, 6.4e-4, 0.5) for n in (8, 16, 32)]
    for one, other in pairwise(some):
        assert one.area_m2 < other.area_m2
        assert one.encoder_area_m2 < other.encoder_area_m2
        assert one.step_j < other.step_j
        assert one.leakage_w < other.leakage_w


def test_a_pool_compares_bit_by_bit() -> None:
    four, eight = (pooling(PROCESS, bits, 1e9, 1.0) for bits in (4, 8))
    assert 1.8 < eight.area_m2 / four.area_m2 < 2.1
    assert pooling(PROCESS, 8, 1e9, 0.05).energy_j == pytest.approx(0.05 * eight.energy_j)
    assert four.n_cycles % 3 == 0
    assert four.n_cycles <= eight.n_cycles
