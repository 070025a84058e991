"""Compiled code is kept, told of when it is missing, and made anew when any source changes."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from full_disk import room

from configs.compilation import Store

CALL = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from package import outer
before = outer.STORE.is_stored("outer")
print(outer.outer(1), before, outer.STORE.is_stored("outer"))
"""
OUTER = """
from pathlib import Path
from configs.compilation import Store
STORE = Store(Path(__file__).parent, "it", 1)
from package.inner import inner
@STORE.entry
def outer(x):
    return inner(x) * 10
"""
INNER = """
import numba
@numba.njit
def inner(x):
    return x + {}
"""


AT_ONCE = """
import sys
sys.path.insert(0, sys.argv[1])
from package import outer
print("ready", flush=True)
sys.stdin.readline()
outer.outer(1)
print(sum(outer.outer.stats.cache_misses.values()), flush=True)
"""
CALLED = """
from pathlib import Path
from configs.compilation import Store
STORE = Store(Path(__file__).parent, "it", 1)
@STORE.{}
def inner(x, y=1):
    return x + y
@STORE.entry
def outer(x):
    return inner(x) * 10
"""


def called(directory: Path) -> str:
    command = [sys.executable, "-c", CALL, str(directory)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_code_is_compiled_once_and_again_when_a_function_that_it_calls_changes(
    tmp_path: Path,
) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "outer.py").write_text(OUTER)
    (package / "inner.py").write_text(INNER.format(1))
    assert called(tmp_path) == "20 False True"
    assert called(tmp_path) == "20 True True"
    (package / "inner.py").write_text(INNER.format(2))
    assert called(tmp_path) == "30 False True"


def test_of_processes_that_need_the_same_at_once_one_compiles_it(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "outer.py").write_text(OUTER)
    (tmp_path / "package" / "inner.py").write_text(INNER.format(1))
    asked = [sys.executable, "-c", AT_ONCE, str(tmp_path)]
    made = [
        subprocess.Popen(asked, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for process in made:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in made:
        process.stdin.write("now\n")
        process.stdin.flush()
    assert sorted(process.communicate()[0] for process in made) == ["0\n", "0\n", "1\n"]


@pytest.mark.parametrize("kind", ["compiled", "inlined"])
def test_what_compiled_code_calls_may_be_called_from_python(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"calls_{kind}"
    (tmp_path / f"{name}.py").write_text(CALLED.format(kind))
    monkeypatch.syspath_prepend(tmp_path)
    module = import_module(name)
    assert module.outer(1) == 20
    assert [module.inner(1), module.inner(1), module.inner(1.5, 2)] == [2, 2, 3.5]
    monkeypatch.setattr(module.inner, "_compile_for_args", None)
    assert module.inner(1.5, 2) == 3.5, "found without asking for it again"
    assert module.outer(2.5) == 35
    assert len(module.inner.overloads) == 2, "of compiled code, for two kinds of number"


def test_a_full_disk_is_told_with_the_place_of_the_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "without_room.py").write_text(CALLED.format("compiled"))
    monkeypatch.syspath_prepend(tmp_path)
    module = import_module("without_room")
    with room(10), pytest.raises(OSError, match="File too large") as caught:
        module.outer(1)
    assert caught.value.filename == str(module.STORE.path)
    assert module.outer(1) == 20


def test_what_is_not_stored_is_announced_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(tmp_path, "the model", takes_s=7)
    store.announce("simulate")
    assert capsys.readouterr().err == ("compiling the model, once on this machine: about 7 s ...\n")
    (store.path / "x").mkdir(parents=True)
    (store.path / "x" / "module.simulate-3.py311.1.nbc").touch()
    store.announce("simulate")
    store.announce()
    assert capsys.readouterr().err == ""
    store.announce("other")
    assert capsys.readouterr().err.startswith("compiling the model")


def test_a_store_is_named_after_sources_folders_and_data(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "a.py").write_text("1")
    (tmp_path / "data.yaml").write_text("1")

    def path(**options: object) -> Path:
        return Store(tmp_path, "", 1, **options).path  # type: ignore[arg-type]

    alone, with_parts = path(), path(folders=["parts"])
    with_data = path(data=[tmp_path / "data.yaml"])
    assert alone == path()
    assert len({alone, with_parts, with_data}) == 3
    (tmp_path / "data.yaml").write_text("2")
    assert path(data=[tmp_path / "data.yaml"]) != with_data


def test_code_is_kept_among_temporary_files_where_neither_package_nor_home_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    first, second = (Store(tmp_path, "", 1).path for _ in range(2))
    assert first == second
    assert first.parent.parent == tmp_path
    assert first.parent.stat().st_mode & 0o777 == 0o700


def test_code_is_never_kept_where_another_user_may_put_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("os.getuid", lambda: -1)  # whose folder is nobody's
    assert Store(tmp_path, "", 1).path.parent != tmp_path / "coexplore--1"


def test_code_is_kept_for_a_user_without_a_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_there() -> Path:
        raise RuntimeError

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", none_there)
    monkeypatch.setattr("os.access", lambda *_: False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert Store(tmp_path, "", 1).path.is_relative_to(tmp_path)
