"""Joining a Ray cluster: what cannot work is one line, at once. No Ray is begun here."""

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import pytest

from agents import ray_checks, ray_cluster
from agents.ray_checks import check_listens, check_memory
from agents.ray_cluster import (
    cluster,
    runtime_environment,
    source_digest,
    workers_of,
    workers_ready,
)
from agents.ray_settings import RaySettings
from agents.rundir import RunDirectory
from agents.train import main as train
from agents.usage import UsageError, saved_config, settings_from, without_search
from configs import catalog, mistakes
from envs.assembly import make_problem

TOY = ["env=toy", "search.budget=4", "agent=random"]
ROOT = Path(ray_cluster.__file__).parent.parent


def asked(**content: Any) -> RaySettings:
    return mistakes.validated(RaySettings, content)


@pytest.mark.parametrize(
    "address", ["localhost", ":6379", "host:", "host:port", "host:6²", "ray://host:10001", ""]
)
def test_what_is_no_address_is_told(address: str) -> None:
    with pytest.raises(UsageError, match="is not of the form HOST:PORT"):
        check_listens(address)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "127.0.0.1:99999", "a..b:6379", "[::1]:1"])
def test_where_nobody_listens_there_is_no_cluster(address: str) -> None:
    begun = time.monotonic()
    with pytest.raises(UsageError) as caught:
        check_listens(address)
    told = str(caught.value)
    assert told.startswith(f"ray: no cluster at {address}: ")
    assert told.endswith("`ray start --head` on its first machine tells its address")
    assert "\n" not in told
    assert time.monotonic() - begun < ray_checks.CONNECT_S


@pytest.mark.parametrize(("family", "host"), [("INET", "127.0.0.1"), ("INET6", "::1")])
def test_an_address_in_brackets_is_of_ipv6(family: str, host: str) -> None:
    try:
        listening = socket.create_server((host, 0), family=getattr(socket, f"AF_{family}"))
    except OSError:
        pytest.skip(f"this machine has no {family}")
    with listening:
        port = listening.getsockname()[1]
        with pytest.raises(UsageError, match="something else listens"):
            check_listens(f"[{host}]:{port}")
        assert ray_checks.answers(f"[{host}]:{port}")
    assert not ray_checks.answers(f"[{host}]:{port}")


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of somebody who takes connections, and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def answering(said: bytes) -> Iterator[str]:
    """The address of somebody who says one thing to everybody, and then nothing."""
    heard: list[socket.socket] = []

    def answer(listening: socket.socket) -> None:
        with suppress(OSError):  # closed
            while True:
                heard.append(listening.accept()[0])
                heard[-1].sendall(said)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=answer, args=(listening,), daemon=True).start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
    for one in heard:
        one.close()


@pytest.fixture
def stuck() -> Iterator[str]:
    """The address of somebody who begins as Ray does, and then says nothing."""
    with answering(ray_checks.SETTINGS) as address:
        yield address


def test_something_else_that_listens_is_no_cluster(
    silent: str, stuck: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ray_checks, "CONNECT_S", 0.2)
    check_listens(stuck)
    with answering(b"HTTP/1.0 400 Bad request") as other, answering(b"") as quiet:
        for address in (other, quiet, silent):
            with pytest.raises(UsageError) as caught:
                check_listens(address)
            told = f"ray: no cluster at {address}: something else listens there"
            assert str(caught.value) == told
    monkeypatch.setenv("RAY_USE_TLS", "1")  # nobody who speaks TLS answers in plain
    check_listens(silent)


def test_somebody_who_is_no_ray_is_given_up_in_time(stuck: str, tmp_path: Path) -> None:
    typed = ["env=toy", "sweep=seeds", "ray=cluster", f"ray.address={stuck}", "ray.timeout_s=3"]
    done = subprocess.run(
        [sys.executable, "-m", "agents.sweep", *typed],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == f"error: ray: no Ray cluster answers at {stuck} within 3 s\n"
    assert not [*tmp_path.iterdir()]


def test_too_little_memory_is_told_before_ray_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_checks, "free_bytes", lambda: 1_600_000_000)
    check_memory(3)  # 0.45 + 3 * 0.35 GB
    with pytest.raises(UsageError) as caught:
        check_memory(4)
    assert str(caught.value) == (
        "ray=local search.workers=4 takes about 1.9 GB of memory, 1.6 GB are free; "
        "take fewer search.workers, or ray=off"
    )
    monkeypatch.setattr(ray_checks, "free_bytes", lambda: None)  # of a system that does not tell
    check_memory(1024)


def test_free_memory_is_some(monkeypatch: pytest.MonkeyPatch) -> None:
    free = ray_checks.free_bytes()
    assert free is None or 1e6 < free < 1e15
    monkeypatch.setattr(Path, "read_text", lambda *_: "MemTotal: 5 kB\nMemAvailable:   3 kB\n")
    assert ray_checks.free_bytes() == 3072
    monkeypatch.setattr(Path, "read_text", lambda *_: "nothing")
    assert ray_checks.free_bytes() is None


def test_a_digest_changes_with_any_module_or_data_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "agents"
    (package / "below").mkdir(parents=True)
    monkeypatch.setattr(ray_cluster, "packages", lambda: [package])
    seen = [source_digest()]
    for name, text in (("a.py", "1"), ("a.py", "2"), ("below/b.yaml", "2"), ("b.py", "")):
        (package / name).write_text(text)
        seen.append(source_digest())
    (package / "b.py").rename(package / "c.py")
    seen.append(source_digest())
    assert len(set(seen)) == len(seen)
    (package / "a.pyc").write_text("compiled")
    assert source_digest() == seen[-1]
    package.rename(tmp_path / "moved")
    (tmp_path / "there").mkdir()
    (tmp_path / "moved").rename(tmp_path / "there" / "agents")
    monkeypatch.setattr(ray_cluster, "packages", lambda: [tmp_path / "there" / "agents"])
    assert source_digest() == seen[-1]  # wherever it is installed


def test_every_package_of_ours_counts() -> None:
    assert [one.name for one in ray_cluster.packages()] == [
        "agents", "async_sim", "configs", "envs", "hwmodels", "snn",
    ]  # fmt: skip


def test_workers_get_variables_code_and_a_folder_only_as_asked() -> None:
    bare = {"env_vars": {"RAY_USAGE_STATS_ENABLED": "0"}}
    assert runtime_environment(asked()) == bare
    found = runtime_environment(
        asked(environment={"A": 1, "B": "x"}, ships_code=True, working_dir="mine")
    )
    assert found["env_vars"] == {"RAY_USAGE_STATS_ENABLED": "0", "A": "1", "B": "x"}
    assert str(ROOT / "envs") in found["py_modules"]
    assert found["working_dir"] == "mine"
    assert {"runs/", "*.sqlite*", ".git/"} <= set(found["excludes"])


def test_workers_find_the_users_own_folder_of_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(**content: Any) -> str:
        return str(runtime_environment(asked(**content))["env_vars"][catalog.OWN])

    monkeypatch.setenv(catalog.OWN, str(tmp_path / "mine"))
    assert told() == str(tmp_path / "mine")
    assert told(working_dir=str(tmp_path)) == "mine"  # where they stand in a copy of it
    assert told(working_dir=str(tmp_path / "other")) == str(tmp_path / "mine")
    assert told(environment={catalog.OWN: "/there"}) == "/there"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"name": "clustr"}, "did you mean 'cluster'?"),
        ({"address": "h:1"}, "address is of ray=cluster"),
        ({"name": "local", "address": "h:1"}, "address is of ray=cluster"),
        ({"cpus_per_design": 0}, "cpus_per_design: needs at least 0.0001, got 0"),
        ({"cpus_per_design": 1e-5}, "cpus_per_design: needs at least 0.0001, got 1e-05"),
        ({"cpus_per_design": 1025}, "cpus_per_design: needs at most 1024, got 1025"),
        ({"gpus_per_design": -1}, "gpus_per_design: needs at least 0, got -1"),
        ({"gpus_per_design": 65}, "gpus_per_design: needs at most 64, got 65"),
        ({"gpus_per_design": 1.5}, "gpus_per_design: needs a share of one GPU, or a whole number"),
        ({"gpus_per_design": 1e-5}, "gpus_per_design: needs a share of one GPU"),
        ({"memory_per_design_bytes": -1}, "memory_per_design_bytes: needs at least 0, got -1"),
        ({"retries": 1001}, "retries: needs at most 1000, got 1001"),
        ({"timeout_s": 0}, "timeout_s: needs more than 0, got 0"),
        ({"timeout_s": 86401}, "timeout_s: needs at most 86400, got 86401"),
        ({"object_store_bytes": 1}, "object_store_bytes: needs at least 80000000, got 1"),
        ({"environment": {"A": True}}, "environment.A: needs a name, got true"),
    ],
)
def test_settings_of_ray_have_ranges(content: dict[str, Any], message: str) -> None:
    with pytest.raises(mistakes.SettingsError) as caught:
        asked(**content)
    assert message in str(caught.value)


def test_an_unknown_ray_is_told_with_the_nearest_name_or_all() -> None:
    for name, hint in (("clustr", "did you mean 'cluster'?"), ("cloud", "there are: cluster, ")):
        with pytest.raises(UsageError, match=f"^no ray called '{name}'; {hint}"):
            settings_from([*TOY, f"ray={name}"])


def test_ends_of_ranges_are_allowed() -> None:
    asked(cpus_per_design=1e-4, gpus_per_design=1e-4, timeout_s=86_400, retries=0)
    asked(cpus_per_design=1024, gpus_per_design=64, object_store_bytes=80_000_000)


@pytest.mark.parametrize("what", ["working_dir", "token_file"])
def test_a_place_that_is_not_there_is_told_before_ray_is_loaded(what: str) -> None:
    with (
        pytest.raises(UsageError, match=rf"^ray\.{what}: there is no /nowhere$"),
        cluster(asked(name="local", **{what: "/nowhere"}), 1),
    ):
        pass


def test_the_token_of_a_cluster_is_what_ray_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN_PATH", "RAY_USAGE_STATS_ENABLED"):
        monkeypatch.setenv(name, "before")
    ray_cluster._prepare(asked())
    assert os.environ["RAY_AUTH_MODE"] == "before"
    ray_cluster._prepare(asked(name="cluster", token_file=str(tmp_path)))
    assert os.environ["RAY_AUTH_MODE"] == "token"
    assert os.environ["RAY_AUTH_TOKEN_PATH"] == str(tmp_path)
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"


def test_designs_that_cost_little_start_no_ray(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def begun(*_: Any) -> None:
        raise AssertionError("Ray was begun")

    monkeypatch.setattr(ray_cluster, "_begin", begun)
    assert train([*TOY, "ray=local", f"run_dir={tmp_path / 'run'}"]) == 0
    told = capsys.readouterr().err
    assert told == "note: these designs cost less than handing them to Ray: it is not used\n"


def test_others_do(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(
        ray_cluster, "cluster", lambda ray, n: (seen.append((ray.name, n)), nullcontext())[1]
    )
    settings = settings_from([*TOY, "ray=local", "search.workers=3"])
    costly: Any = type("Costly", (), {"evaluator": type("E", (), {"is_cheap": False})})
    with workers_ready(settings, costly):
        assert seen == [("local", 3)]
    with workers_ready(settings, make_problem(settings)):
        assert len(seen) == 1


def test_without_ray_a_search_has_processes_of_its_own() -> None:
    settings = settings_from([*TOY, "search.workers=3"])
    assert workers_of(settings) == 3
    with cluster(settings.ray, 3):
        assert "RAY_AUTH_MODE" not in os.environ


def test_another_ray_may_be_named_on_resume_and_is_no_other_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token = tmp_path / "token"
    token.touch()
    typed = [*TOY, "ray=cluster", "ray.address=h:1", f"ray.token_file={token}"]
    plain = settings_from(TOY).model_dump(mode="json", by_alias=True)
    with_ray = settings_from(typed)
    assert without_search(with_ray.model_dump(mode="json", by_alias=True)) == without_search(plain)
    run = tmp_path / "run"
    RunDirectory.create(with_ray.model_copy(update={"run_dir": str(run)})).close()
    token.unlink()  # what is gone with a cluster is no reason not to go on without it
    assert settings_from([f"resume={run}", "ray=off"]).ray == RaySettings()
    on = settings_from([f"resume={run}", "ray.address=h:2"]).ray
    assert (on.name, on.address, on.token_file) == ("cluster", "h:2", str(token))
    assert train([f"resume={run}", "ray=local"]) == 0
    assert saved_config(run, "run")["ray"]["name"] == "local"
    assert "note: these designs" in capsys.readouterr().err


def test_a_head_that_is_gone_for_long_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading  # noqa: PLC0415

    answers = iter([False, False, True, False, False, False, True, False])
    told: list[Any] = []
    over = threading.Event()
    monkeypatch.setattr(ray_cluster, "LOOK_S", 0.0)
    monkeypatch.setattr(ray_cluster, "answers", lambda _: next(answers))

    def give_up(*what: Any) -> None:
        told.append((*what, next(answers)))
        over.set()

    monkeypatch.setattr(ray_cluster, "_give_up", give_up)
    ray_cluster._watch("h:1", over)
    lost = f"error: {ray_cluster.LOST.format(address='h:1')}\n"
    assert told == [(lost, 1, True)]  # after three in a row, not before


def test_what_comes_in_time_is_not_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr(ray_cluster, "_give_up", lambda *what: told.append(what))
    with ray_cluster._in_time(0.05, "why"):
        pass
    time.sleep(0.1)
    assert told == []
    with ray_cluster._in_time(0.05, "it does not end"):
        time.sleep(0.3)
    assert told == [("error: ray: it does not end within 0.05 s\n", 2)]


class _Ray:
    """Ray as it is imported, but for `init`, which fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.asked: dict[str, Any] = {}

    def init(self, **asked: Any) -> None:
        self.asked = asked
        raise self.error


@pytest.mark.parametrize("kind", [ConnectionError, RuntimeError, ValueError, "AuthenticationError"])
@pytest.mark.parametrize("text", ["first line\nsecond line", ""])
def test_a_cluster_that_refuses_is_one_line(
    kind: Any, text: str, stuck: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ray = pytest.importorskip("ray")
    made = getattr(ray.exceptions, kind) if isinstance(kind, str) else kind
    fake = _Ray(made(text))
    monkeypatch.setattr(ray, "init", fake.init)
    with pytest.raises(UsageError) as caught:
        ray_cluster._join(asked(name="cluster", address=stuck))
    told = str(caught.value)
    assert told.startswith(f"ray: no cluster at {stuck}: ")
    assert len(told) > len(f"ray: no cluster at {stuck}: ")
    assert "\n" not in told
    assert fake.asked["address"] == stuck
    assert fake.asked["logging_level"] == logging.ERROR
