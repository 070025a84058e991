"""What every frame of configs/macro owes: networks of each size, a score, and its data set."""

import pytest

from agents.usage import settings_from
from configs import catalog
from envs.dataset_settings import EventSettings
from snn.cell_network import MOST_CELLS, CellNetwork
from snn.cells import Cell
from snn.engine import modes
from snn.macro import Macro

CHAIN = Cell.of((1, 0, 0, 1, 0, 1), "neuronas")
SKIPS = Cell.of((0, 0, 0, 0, 0, 0), "neuronas")
REAL = [name for name in catalog.names("dataset") if name != "synthetic"]


@pytest.mark.parametrize("name", catalog.names("macro"))
class TestMacro:
    def test_it_holds_one_to_three_cells(self, name: str) -> None:
        for n_cells in range(1, MOST_CELLS + 1):
            assert CellNetwork((CHAIN,) * n_cells, Macro.preset(name)).n_parameters() > 0

    def test_its_networks_can_be_scored_in_the_small_frame(self, name: str) -> None:
        scorer = modes.scorer_of(Macro.preset(name), modes.FAST)
        for n_cells in range(1, MOST_CELLS + 1):
            more, less = scorer.pass_all_equal([CHAIN, SKIPS], n_cells)
            assert more.reason is less.reason is None
            assert more.value > less.value

    def test_it_says_where_it_comes_from(self, name: str) -> None:
        assert catalog.read("macro", name)["source"].strip()


@pytest.mark.parametrize("name", REAL)
def test_a_data_set_fits_the_frame_of_its_name(name: str) -> None:
    dataset = settings_from(["env=neuronas", f"env.macro={name}", f"dataset={name}"]).dataset
    macro = Macro.preset(name)
    assert dataset.image_shape == (macro.in_channels, macro.in_side, macro.in_side)
    assert dataset.n_classes == macro.n_classes
    if isinstance(dataset, EventSettings):
        assert dataset.frames.n_frames == macro.timesteps
