"""Hardware for a torch and SpikingJelly network of one's own: train, record its spikes, search."""

import json
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import torch
from spikingjelly.activation_based import functional, layer, neuron, surrogate
from torch import nn

from agents.train import main
from envs.spike_application import application_of_record
from snn.chain_recording import record_chain
from snn.digits import digits

TIMESTEPS = 4
torch.manual_seed(0)


def lif() -> neuron.LIFNode:  # noqa: D103
    return neuron.LIFNode(surrogate_function=surrogate.ATan(), detach_reset=True)


network = nn.Sequential(
    layer.Conv2d(1, 8, kernel_size=3, padding=1), lif(), layer.MaxPool2d(2), layer.Flatten(),
    layer.Linear(8 * 4 * 4, 32), lif(), layer.Linear(32, 10),
)  # fmt: skip
functional.set_step_mode(network, "m")
data = digits()
images = data.train_images.repeat(TIMESTEPS, 1, 1, 1, 1)  # (T, B, C, H, W)
optimizer = torch.optim.Adam(network.parameters(), 0.02)
for _ in range(30):
    functional.reset_net(network)
    loss = nn.functional.cross_entropy(network(images).mean(0), data.train_labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

test_images = data.test_images.repeat(TIMESTEPS, 1, 1, 1, 1)
functional.reset_net(network)
accuracy = float((network(test_images).mean(0).argmax(1) == data.test_labels).float().mean())
print(f"more than four in five test images are classified rightly: {accuracy > 0.8}")

record = record_chain(network, test_images[:, :2])
element = {"update_ps": 5000, "decode_ps": 2000, "synapse_ps": 2000, "weight_bits": 8}
with tempfile.TemporaryDirectory() as folder:
    path = application_of_record("mine", record, element).save(Path(folder) / "mine.npz")
    typed = ["env=ancoef", f"env.application={path}", f"env.accuracy={accuracy}"]
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        code = main([*typed, "search.budget=30", f"run_dir={folder}/run"])
    report = json.loads(Path(folder, "run", "hardware_report.json").read_text())
edp_js = [report[which]["figures"]["edp_js"] for which in ("start", "best")]
print(f"layers: {dict(zip(record.graph.layer_names, record.graph.layer_sizes, strict=True))}")
print(f"exit code {code}; energy-delay product less than halved: {edp_js[1] < edp_js[0] / 2}")
print(f"actor engine: {report['actor_engine']}")
