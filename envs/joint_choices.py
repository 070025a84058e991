"""What parts of the evaluation take of a joint design's choices."""

from collections.abc import Sequence

from envs.space import Choice, Choices


def network_choices(choices: Choices) -> dict[str, Choice]:
    """What the accuracy and the spikes of a design depend on."""
    return {
        name: value
        for name, value in choices.items()
        if name == "chip.device" or not name.startswith(("chip.", "mesh."))
    }


def flat_choices(choices: Choices) -> dict[str, Choice]:
    """The mapping, as `envs.ancoef_design.hardware_of` takes it."""
    mesh = {
        name.removeprefix("mesh."): value
        for name, value in choices.items()
        if name.startswith("mesh.")
    }
    return {"mesh": mesh.pop("shape"), **mesh}


def cores_of(layer_sizes: Sequence[int], choices: Choices) -> list[int]:
    """As few cores for each layer as hold it."""
    room = int(choices["mesh.neurons_per_core"])
    return [-(-size // room) for size in layer_sizes]
