"""What a network costs on several devices, each with the best of 256 circuits, within an area.

Converters have five bits throughout: fewer are cheaper, but what they lose only a search sees.
"""

from hwmodels.batch import Batch, estimate_many
from hwmodels.chip import Circuit
from hwmodels.devices import load_device
from hwmodels.estimate import InfeasibleChipError, estimate_workload
from hwmodels.optimize import GRID, circuit_grid, optimize_circuit
from hwmodels.workload import Workload
from snn.network import Layer, Network
from snn.quantization import FixedPoint, Quantization

AREA_LIMIT_M2 = 8e-6
DEVICES = (
    "sram_1b_neurosim_2019",
    "rram_1b_neurosim_2019",
    "rram_2b_neurosim_2019",
    "fefet_2b_neurosim_2019",
    "pcm_2b_neurosim_2019",
    "sttmram_1b_nvsim_2012",
)
network = Network(
    (
        Layer("conv1", "convolution", 3, 64, kernel=3, in_side=32, out_side=16),  # pooled
        Layer("conv2", "convolution", 64, 128, kernel=3, in_side=16, out_side=8),
        Layer("conv3", "convolution", 128, 128, kernel=3, in_side=8, out_side=4),
        Layer("fc", "linear", 128 * 4 * 4, 10, kernel=1, in_side=1, out_side=1),
    )
)
bits = Quantization((FixedPoint(1, 4),) * 4, (FixedPoint(2, 4),) * 4)  # weights with a sign: 6
workload = Workload.of(network, bits)
devices = [load_device(name) for name in DEVICES]
start = Circuit(crossbar_size=64, converter_bits=5, columns_per_converter=8)
circuits = circuit_grid(start, {**GRID, "converter_bits": [5]})

print(f"{'device':24}  area mm2  energy uJ  latency us  crossbar  circuit")
for device in devices:
    try:
        ranked = optimize_circuit(
            workload,
            device,
            circuits,
            weights={"energy_j": 1, "latency_s": 1},  # the energy-delay product
            at_most={"area_m2": AREA_LIMIT_M2},
        )
    except InfeasibleChipError as error:
        print(f"{device.name:24}  {error}")
        continue
    best = ranked.best
    cost = estimate_workload(workload, device, best)
    figures = f"{1e6 * cost.area_m2:8.2f}{1e6 * cost.energy_j:11.2f}{1e6 * cost.latency_s:12.1f}"
    print(f"{device.name:24}  {figures}  {best.crossbar_size:8}", end="  ")
    print(f"{best.converter} per {best.columns_per_converter}, {best.mapping}, {best.interconnect}")

prices = estimate_many(Batch.product(["cmos_32nm_lstp"], devices, circuits, [workload]))
n_small = (prices.area_m2 <= AREA_LIMIT_M2).sum()  # NaN where a chip cannot be built
print(f"{n_small} of {len(prices.area_m2)} chips are within {1e6 * AREA_LIMIT_M2:.0f} mm2")
