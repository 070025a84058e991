"""What is wrong with an evaluator is told before any cost model is compiled."""

import pytest

from agents.train import main
from hwmodels.compiled import STORE


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("env.halving.epochs=500", "env.halving.epochs: needs to be below env.accuracy.epochs=8"),
        ("env.start.is_trained=false", "env.start.run: is missing"),
        ("env.accuracy.torch_device=cuda", "env.accuracy.torch_device: torch finds no GPU here"),
        ("env.evaluators.own._target_=no.Such", "env.evaluators.own._target_: cannot import"),
        ("constraints.memory_bits=1", "constraints.memory_bits: env=nacim does not measure it"),
        ("dataset=cifar10 dataset.path=nowhere", "dataset"),
        ("env.accuracy.torch_device=gpu", "env.accuracy.torch_device: no choice 'gpu'"),
        ("hardware.device=rram_4b", "hardware.device: no device called 'rram_4b'"),
    ],
)
def test_a_slip_is_told_before_the_cost_model_is_compiled(
    typed: str,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: object,
) -> None:
    def compiled(*_: object, **__: object) -> None:
        raise AssertionError("the cost model is asked")

    monkeypatch.chdir(str(tmp_path))
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("envs.evaluators.estimate", compiled)
    monkeypatch.setattr(type(STORE), "announce", compiled)
    assert main(["env=nacim", *typed.split()]) == 2
    assert capsys.readouterr().err.startswith(f"error: {told}")
