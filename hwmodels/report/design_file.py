"""A design as a JSON file: network, bits, device and circuit, checked and made a workload."""

from dataclasses import MISSING, fields
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_type_hints

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    create_model,
    model_validator,
)

from configs import catalog, mistakes
from configs.arguments import one_line
from configs.mistakes import shown
from hwmodels.chip import Circuit
from hwmodels.devices import Device, load_device
from hwmodels.estimate import DEFAULT_MODEL, MODELS
from hwmodels.report.json_file import DesignFileError, read_json
from hwmodels.report.values import (
    LONGEST_NAME,
    Flag,
    Number,
    Whole,
    shown_name,
)
from hwmodels.units import to_si
from hwmodels.workload import ACTIVITY, MAX_BITS, Activity, LayerWork, Workload, load_activity
from snn.network import Layer, Network
from snn.quantization import FixedPoint, Quantization

Count = Annotated[Whole, Field(ge=1, le=2**16)]
Bits = Annotated[Whole, Field(ge=1, le=MAX_BITS)]
Share = Annotated[Number, Field(ge=0, le=1)]
Sigma = Annotated[Number, Field(ge=1e-6, le=100)]
STRICT = {int: Whole, float: Number, bool: Flag}
Kernel = Annotated[
    tuple[Count, Count],
    BeforeValidator(lambda kernel: kernel if isinstance(kernel, list) else (kernel, kernel)),
]
EXAMPLE = Path(__file__).parent / "example.json"


class Strict(BaseModel):
    """Keys that are not known are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _knows_every_key(cls, data: Any) -> Any:  # noqa: ANN401 (raw input)
        for key in data if isinstance(data, dict) else ():
            if key not in cls.model_fields:
                raise ValueError(
                    f"no key {shown(key)}; {catalog.suggestion(key, cls.model_fields)}"
                )
        return data


def _entry(kind: type[Any], *left_out: str) -> type[Strict]:
    """The fields of a dataclass as keys of a file."""
    hints = get_type_hints(kind)
    keys = {
        field.name: (
            STRICT.get(hints[field.name], hints[field.name]),
            ... if field.default is MISSING else field.default,
        )
        for field in fields(kind)
        if field.name not in left_out
    }
    return create_model(kind.__name__, __base__=Strict, **keys)  # type: ignore[call-overload]


CircuitEntry, DeviceEntry = _entry(Circuit), _entry(Device, "name")


def _name(name: str) -> str:
    if name != shown_name(name):
        raise ValueError(f"needs one line of at most {LONGEST_NAME} signs, got {shown(name)}")
    return name


class LayerEntry(Strict):
    """One layer; what is not given follows from the layer before it, and from the whole file."""

    name: Annotated[str, AfterValidator(_name)] | None = None
    kind: Literal["convolution", "linear"] = "convolution"
    out_channels: Count
    kernel: Kernel = (1, 1)
    stride: Count = 1
    is_pooled: Flag = False
    in_channels: Count | None = None
    in_height: Count | None = None
    in_width: Count | None = None
    weight_bits: Bits | None = None
    activation_bits: Bits | None = None
    density_ratio: Share | None = None
    weight_sigma_ratio: Sigma | None = None
    weight_level_ratios: tuple[Share, ...] | None = None

    @model_validator(mode="after")
    def _is_plain_if_linear(self) -> Self:
        if self.kind == "linear" and (self.kernel != (1, 1) or self.stride != 1 or self.is_pooled):
            raise ValueError("a linear layer has no kernel, stride or pooling")
        return self


def _name_or_figures(device: Any) -> str | dict[str, Any]:  # noqa: ANN401 (raw input)
    is_either = isinstance(device, str | dict)
    if not is_either:
        raise ValueError(f"needs the name of a device or its figures, got {shown(device)}")
    return device


class DesignFile(Strict):
    """The whole file."""

    model: str = DEFAULT_MODEL
    technology: str | None = None
    device: Annotated[Any, BeforeValidator(_name_or_figures)]
    circuit: CircuitEntry  # type: ignore[valid-type]
    image_shape: tuple[Count, Count, Count]
    weight_bits: Bits = 8
    activation_bits: Bits = 8
    timesteps: Count | None = None
    activity: str = ACTIVITY
    layers: Annotated[list[LayerEntry], Field(min_length=1)]


class Job(Strict):
    """What a file asks to be priced."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    model: str
    technology: str | None
    device: Device
    circuit: Circuit
    workload: Workload


def read_job(path: str | Path) -> Job:
    """Read a design file, or the best design of a run's ``summary.json``.

    Raises:
        DesignFileError: With the first mistake.
    """
    content = read_json(path)
    try:
        best = content.get("best")
        if isinstance(best, dict) and best.get("priced"):
            return job_of_search(best["priced"])
        if "evaluations" in content:
            raise ValueError("this run found no feasible design on a chip, so there is no price")
        if "network" in content:
            return job_of_search(content)
        return _job(mistakes.validated(DesignFile, content))
    except (ValueError, TypeError, KeyError) as error:
        reason = f"'{error.args[0]}' is missing" if isinstance(error, KeyError) else error
        raise DesignFileError(one_line(f"{path}: {reason}")) from error


def _job(file: DesignFile) -> Job:
    if file.model not in MODELS:
        raise catalog.UnknownNameError("cost model", file.model, MODELS)
    return Job(
        model=file.model,
        technology=file.technology,
        device=_device(file.device),
        circuit=_circuit(file),
        workload=_workload(file),
    )


def _circuit(file: DesignFile) -> Circuit:
    try:
        return Circuit(**dict(file.circuit))
    except ValueError as error:
        raise ValueError(f"circuit: {error}") from error


def _device(device: str | dict[str, Any]) -> Device:
    if isinstance(device, str):
        return load_device(device)
    figures = {"source": "the design file"} | _in_si(device)
    try:
        checked = mistakes.validated(DeviceEntry, figures)
    except mistakes.SettingsError as error:
        separator = ": " if str(error).startswith("no key") else "."
        raise ValueError(f"device{separator}{error}") from error
    return Device(name="device", **dict(checked))


def _in_si(device: dict[str, Any]) -> dict[str, Any]:
    """The figures of a device, each given once and in one unit."""
    keys: dict[str, str] = {}
    for key, value in device.items():
        (name,) = to_si({key: 0.0})
        if name != key and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise ValueError(f"device.{key}: needs a number, got {shown(value)}")
        if name in keys:
            raise ValueError(f"device: {keys[name]} and {key} are the same figure; give one")
        keys[name] = key
    return to_si(device)


def _workload(file: DesignFile) -> Workload:
    channels, height, width = file.image_shape
    works: list[LayerWork] = []
    for i, entry in enumerate(file.layers):
        name = entry.name or f"layer{i + 1}"
        if entry.kind == "linear":
            channels, height, width = channels * height * width, 1, 1
        _check_follows(name, entry, (channels, height, width))
        usual = load_activity(file.activity, is_first=i == 0)
        if name in [work.name for work in works]:
            raise ValueError(f"layers.{i}.name: an earlier layer is called {shown(name)} too")
        works.append(_work(name, entry, file, (channels, height, width), usual))
        channels = entry.out_channels
        height, width = (_out_side(name, entry, side) for side in (height, width))
    return Workload(tuple(works), file.timesteps)


def _check_follows(name: str, entry: LayerEntry, given: tuple[int, int, int]) -> None:
    for key, value in zip(("in_channels", "in_height", "in_width"), given, strict=True):
        told = getattr(entry, key)
        if told is not None and told != value:
            raise ValueError(
                f"{name} does not follow its predecessor: {key} is {told}, but {value} come in"
            )


def _out_side(name: str, entry: LayerEntry, side: int) -> int:
    out = -(-side // entry.stride)
    if entry.is_pooled and out == 1:
        raise ValueError(f"{name} cannot be pooled: its feature map is 1 high or wide")
    return out // 2 if entry.is_pooled else out


def _work(
    name: str, entry: LayerEntry, file: DesignFile, given: tuple[int, int, int], usual: Activity
) -> LayerWork:
    channels, height, width = given
    sigma, density = entry.weight_sigma_ratio, entry.density_ratio
    return LayerWork(
        name, height, width, channels, *entry.kernel, entry.out_channels, entry.is_pooled,
        entry.stride,
        entry.weight_bits or file.weight_bits,
        1 if file.timesteps else entry.activation_bits or file.activation_bits,
        Activity(
            usual.density_ratio if density is None else density,
            usual.weight_sigma_ratio if sigma is None else sigma,
            entry.weight_level_ratios,
        ),
    )  # fmt: skip


def job_of_search(design: dict[str, Any]) -> Job:
    """The design that `envs.design.Design.to_json` wrote."""
    formats = design["quantization"]
    weights, inputs = (
        tuple(FixedPoint(**one) for one in formats[key]) for key in ("weights", "activations")
    )
    network = Network(tuple(Layer(**layer) for layer in design["network"]["layers"]))
    return Job(
        model=design.get("model", DEFAULT_MODEL),
        technology=design.get("technology"),
        device=load_device(design["device"]),
        circuit=Circuit(**design["circuit"]),
        workload=Workload.of(network, Quantization(weights, inputs)),
    )
