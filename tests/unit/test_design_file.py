import json
from pathlib import Path
from typing import Any

import pytest

from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.evaluators import Pipeline
from hwmodels.report.design_file import EXAMPLE, read_job
from hwmodels.report.json_file import DesignFileError
from hwmodels.workload import Activity

PLAIN: dict[str, Any] = json.loads(EXAMPLE.read_text("utf-8"))


def written(tmp_path: Path, content: Any) -> Path:
    path = tmp_path / "design.json"
    path.write_text(json.dumps(content), "utf-8")
    return path


def with_layer(i: int, **changes: Any) -> dict[str, Any]:
    layers = [dict(layer) for layer in PLAIN["layers"]]
    layers[i] |= changes
    return PLAIN | {"layers": layers}


DEVICE = {
    "kind": "resistive",
    "cell_bits": 2,
    "cell_height_f_ratio": 4,
    "cell_width_f_ratio": 8,
    "on_resistance_ohm": 25e3,
    "off_resistance_ohm": 5e5,
    "read_voltage_v": 0.5,
    "access_voltage_v": 1.1,
    "write_voltage_v": 2,
    "deviation_ratio": 0.05,
}


def with_device(**changes: Any) -> dict[str, Any]:
    return PLAIN | {"device": DEVICE | changes}


def test_each_layer_follows_the_one_before(tmp_path: Path) -> None:
    layers = read_job(written(tmp_path, PLAIN)).workload.layers
    found = [(one.in_channels, one.in_height, one.out_channels) for one in layers]
    assert found == [
        (3, 32, 24),
        (24, 32, 36),
        (36, 16, 36),
        (36, 16, 48),
        (48 * 8 * 8, 1, 128),
        (128, 1, 10),
    ]
    assert [layer.weight_bits for layer in layers] == [8, 8, 6, 8, 8, 8]
    assert [layer.activation_bits for layer in layers] == [8, 8, 8, 8, 6, 8]


def test_a_stride_and_a_pooling_shrink_what_follows(tmp_path: Path) -> None:
    job = read_job(written(tmp_path, with_layer(0, stride=3, is_pooled=True, kernel=[3, 5])))
    first, second = job.workload.layers[:2]
    assert (first.kernel_height, first.kernel_width) == (3, 5)
    assert second.in_height == second.in_width == 5  # ceil(32 / 3) = 11, halved


def test_spikes_have_one_bit(tmp_path: Path) -> None:
    job = read_job(written(tmp_path, PLAIN | {"timesteps": 4}))
    assert job.workload.timesteps == 4
    assert {layer.activation_bits for layer in job.workload.layers} == {1}


def test_statistics_of_a_layer_go_before_the_usual_ones(tmp_path: Path) -> None:
    shares = [0.0] * 255 + [1.0]
    content = with_layer(1, density_ratio=0.0, weight_sigma_ratio=0.1, weight_level_ratios=shares)
    layers = read_job(written(tmp_path, content)).workload.layers
    assert layers[1].activity == Activity(0.0, 0.1, tuple(shares))
    assert layers[0].activity.density_ratio < layers[2].activity.density_ratio


def test_a_device_may_be_given_whole(tmp_path: Path) -> None:
    device = {key: value for key, value in DEVICE.items() if key != "on_resistance_ohm"}
    device["on_resistance_kohm"] = 25
    found = read_job(written(tmp_path, PLAIN | {"device": device})).device
    assert found.on_resistance_ohm == 25e3
    with pytest.raises(DesignFileError, match="cell_bits: is missing"):
        read_job(written(tmp_path, PLAIN | {"device": {"kind": "sram"}}))


@pytest.mark.parametrize("is_summary", [False, True])
def test_a_design_of_a_search_is_read_too(tmp_path: Path, is_summary: bool) -> None:  # noqa: FBT001
    problem = make_problem(settings_of("nacim", {}))
    assert isinstance(problem.evaluator, Pipeline)
    actions = [0] * problem.space.n_decisions
    actions[-1] = 1
    for step in range(problem.space.n_decisions):
        actions[step] = int(problem.space.mask(step, actions[:step]).argmax())
    design = problem.evaluator.build(problem.space.decode(actions))
    content: dict[str, Any] = design.to_json()
    whole = {"best": {"priced": content | {"model": "ela", "technology": None}}}
    job = read_job(written(tmp_path, whole if is_summary else content))
    assert job.model == ("ela" if is_summary else "physical")
    assert job.circuit == design.circuit
    assert job.device.name == design.device
    assert [layer.out_channels for layer in job.workload.layers] == [
        layer.out_channels for layer in design.network.layers
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (PLAIN | {"modle": "physical"}, "no key 'modle'; did you mean 'model'?"),
        (PLAIN | {"model": "phisical"}, "did you mean 'physical'?"),
        (PLAIN | {"device": None}, "device: needs the name of a device or its figures, got null"),
        (PLAIN | {"device": "rram_4b"}, "no device called 'rram_4b'"),
        (PLAIN | {"circuit": {"crossbar_size": 64}}, "circuit.converter_bits: is missing"),
        (
            PLAIN | {"circuit": PLAIN["circuit"] | {"crosbar_size": 1}},
            "circuit: no key 'crosbar_size'; did you mean 'crossbar_size'?",
        ),
        (
            PLAIN | {"circuit": PLAIN["circuit"] | {"crossbar_size": -64}},
            "crossbar_size must lie in [1, 4096], got -64",
        ),
        (
            PLAIN | {"circuit": PLAIN["circuit"] | {"columns_per_converter": 7}},
            "7 does not divide 64",
        ),
        (
            PLAIN | {"circuit": PLAIN["circuit"] | {"converter": "sarr"}},
            "did you mean 'sar'?",
        ),
        (
            PLAIN | {"circuit": PLAIN["circuit"] | {"clock_hz": 1e-300}},
            "circuit: clock_hz must lie",
        ),
        (
            PLAIN | {"circuit": PLAIN["circuit"] | {"lines_per_level_shifter": 1e30}},
            "lines_per_level_shifter must lie in [0, 4096]",
        ),
        (
            PLAIN | {"circuit": PLAIN["circuit"] | {"is_pipelined": "yes"}},
            "circuit.is_pipelined: needs true or false, got 'yes'",
        ),
        (
            PLAIN | {"circuit": PLAIN["circuit"] | {"crossbar_size": "64"}},
            "circuit.crossbar_size: needs a whole number, got '64'",
        ),
        (with_layer(0, name="a\nb"), "layers.0.name: needs one line of at most 60 signs, got 'a"),
        (with_layer(0, name="x" * 61), "layers.0.name: needs one line of at most 60 signs"),
        (with_layer(1, name="conv1"), "layers.1.name: an earlier layer is called 'conv1' too"),
        (with_layer(0, kernel=0), "layers.0.kernel: needs at least 1, got 0"),
        (with_layer(0, is_pooled="yes"), "layers.0.is_pooled: needs true or false, got 'yes'"),
        (with_layer(0, weight_sigma_ratio=1e300), "weight_sigma_ratio: needs at most 100"),
        (with_layer(0, weight_level_ratios=[0.5, 0.5]), "weight_level_ratios must tell 256 levels"),
        (with_layer(0, weight_level_ratios=[1.5, -0.5]), "weight_level_ratios"),
        (PLAIN | {"a\nb": 3}, "no key 'a\\nb'"),
        (with_layer(0, out_channels=10**300), "needs at most 65536, got 1e+300"),
        (with_device(on_resistance_kohm=25), "on_resistance_ohm and on_resistance_kohm are the"),
        (with_device(R=3), "device: no key 'R'"),
        (with_device(on_resistance_ohm=1e-300), "device: on_resistance_ohm must lie in [1, 1e+12]"),
        (with_device(read_voltage_v=1e160), "device: read_voltage_v must lie in [0.001, 10], got"),
        (with_device(access_voltage_v=0), "device: access_voltage_v must lie in [0.001, 10], got"),
        (with_device(write_voltage_v=-1), "device: write_voltage_v must lie in [0, 10], got -1"),
        (with_device(cell_width_f_ratio=1e9), "cell_width_f_ratio must lie in [0.5, 1000], got"),
        (with_device(kind="sram"), "device: an SRAM cell holds 1 bit, got 2"),
        (with_device(cell_bits="2"), "device.cell_bits: needs a whole number, got '2'"),
        (with_device(write_voltage_mv="2"), "device: no key 'write_voltage_mv'"),
        (
            PLAIN | {"device": {"on_resistance_kohm": "abc"}},
            "device.on_resistance_kohm: needs a number, got 'abc'",
        ),
        (PLAIN | {"layers": []}, "layers: needs 1 or more entries"),
        (PLAIN | {"image_shape": [3, 32]}, "image_shape.2: is missing"),
        (PLAIN | {"weight_bits": 40}, "weight_bits: needs at most 16, got 40"),
        (
            with_layer(1, in_channels=25),
            "conv2 does not follow its predecessor: in_channels is 25, but 24 come in",
        ),
        (with_layer(2, in_height=15), "in_height is 15, but 16 come in"),
        (with_layer(1, out_channels=0), "layers.1.out_channels: needs at least 1, got 0"),
        (with_layer(1, kernal=3), "layers.1: no key 'kernal'; did you mean 'kernel'?"),
        (with_layer(1, kind="conv"), "did you mean 'convolution'?"),
        (with_layer(4, kernel=3), "a linear layer has no kernel"),
        (PLAIN | {"image_shape": [3, 2, 2]}, "conv4 cannot be pooled"),
        ([1, 2], "needs a JSON object, got [1, 2]"),
    ],
)
def test_a_mistake_is_one_line_that_names_the_file(tmp_path: Path, content: Any, told: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(DesignFileError) as caught:
        read_job(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_missing_or_no_json_is_told(tmp_path: Path) -> None:
    with pytest.raises(DesignFileError, match="no such file"):
        read_job(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("{", "utf-8")
    with pytest.raises(DesignFileError, match="is not JSON"):
        read_job(tmp_path / "bad.json")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[" * 100_000, "nested deeper than 32 levels"),
        ('{"a":' * 40 + "3" + "}" * 40, "nested deeper than 32 levels"),
        ('{"a": ' + "9" * 5000 + "}", "too many digits"),
        ("\xff", "is not JSON"),
    ],
)
def test_a_file_of_nonsense_is_told(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text, "latin-1")
    with pytest.raises(DesignFileError, match=told):
        read_job(path)


def test_a_path_that_cannot_be_is_told() -> None:
    with pytest.raises(DesignFileError, match="no such file"):
        read_job("\x00")
