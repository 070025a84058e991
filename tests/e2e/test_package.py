"""Wheel and sdist hold what they must and nothing else; the wheel runs without the tree."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PACKAGES = ("agents", "async_sim", "configs", "envs", "hwmodels", "snn")
BESIDE = ("benchmarks", "docs", "examples", "tests")
FILES = {
    ".dockerignore", ".gitignore", "ARCHITECTURE.md", "CHANGELOG.md", "CITATION.cff",
    "CONTRIBUTING.md", "Dockerfile", "LICENSE", "MANIFEST.in", "Makefile", "README.md",
    "constraints.txt", "mkdocs.yml", "pyproject.toml",
}  # fmt: skip
BUILD = "import sys; from setuptools import build_meta; build_meta.build_{}(sys.argv[1])"
SEARCH = """
import sys
from agents.train import main
code = main(["env=toy", "search.budget=8", "run_dir=run"])
ours = [module for name, module in sys.modules.items() if name.split(".")[0] in sys.argv[2:]]
elsewhere = [one for one in ours if one.__file__ and not one.__file__.startswith(sys.argv[1])]
sys.exit(str(elsewhere) if elsewhere else code)
"""


def files_of(*folders: str) -> set[str]:
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    return {str(path.relative_to(ROOT)) for path in paths if "__pycache__" not in path.parts}


def build(kind: str, source: Path, out: Path) -> Path:
    command = [sys.executable, "-c", BUILD.format(kind), str(out)]
    subprocess.run(command, cwd=source, capture_output=True, check=True)
    (built,) = out.iterdir()
    return built


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("package")


@pytest.fixture(scope="module")
def source(folder: Path) -> Path:
    """The sdist, unpacked; made from a copy, since setuptools writes beside its sources."""
    for name in PACKAGES + BESIDE:
        unwanted = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / "tree" / name, ignore=unwanted)
    for name in FILES:
        shutil.copy(ROOT / name, folder / "tree")
    with tarfile.open(build("sdist", folder / "tree", folder / "sdist")) as archive:
        safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # since 3.11.4
        archive.extractall(folder / "unpacked", **safely)  # noqa: S202 (made above)
    (unpacked,) = (folder / "unpacked").iterdir()
    return unpacked


@pytest.fixture(scope="module")
def wheel(source: Path, folder: Path) -> Iterator[zipfile.ZipFile]:
    """What is installed, made from the sdist."""
    with zipfile.ZipFile(build("wheel", source, folder / "wheel")) as archive:
        yield archive


def test_the_sdist_holds_all_that_building_and_testing_take(source: Path) -> None:
    held = {str(path.relative_to(source)) for path in source.rglob("*") if path.is_file()}
    assert files_of(*PACKAGES, *BESIDE) | FILES <= held


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(
    wheel: zipfile.ZipFile,
) -> None:
    held = {name for name in wheel.namelist() if not name.startswith("coexplore-")}
    assert held == files_of(*PACKAGES)


def test_the_wheel_searches_without_the_tree(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    site, work = tmp_path / "site", tmp_path / "work"
    shutil.unpack_archive(str(wheel.filename), site, "zip")
    work.mkdir()
    command = [sys.executable, "-c", SEARCH, str(site), *PACKAGES]
    environment = {**os.environ, "PYTHONPATH": str(site)}
    found = subprocess.run(
        command, cwd=work, env=environment, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    assert (work / "run" / "summary.json").is_file()


def test_all_that_tells_a_version_tells_the_same(wheel: zipfile.ZipFile) -> None:
    version = PROJECT["version"]
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    released = re.findall(r"^## \[?(\d[^\]\s]*)", changes, re.MULTILINE)
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))["version"] == version
    assert f"coexplore-{version}.dist-info/METADATA" in wheel.namelist()
    assert released[:1] in ([], [version])


def test_whatever_is_installed_is_pinned() -> None:
    extras = PROJECT["optional-dependencies"].values()
    wanted = {requirement for extra in extras for requirement in extra}
    names = {re.split(r"[^\w.-]", one)[0] for one in wanted | set(PROJECT["dependencies"])}
    pins = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pinned = {line.split("==")[0] for line in pins}
    assert {plain(name) for name in names} <= {plain(name) for name in pinned}


def plain(name: str) -> str:
    """A name as package indices compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_what_is_told_to_be_installed_is_an_extra_and_survives_every_shell() -> None:
    told = [
        (path, quote, extra)
        for path in sorted(files_of(*PACKAGES, "docs", "tests"))
        if path.endswith((".py", ".md"))
        for quote, extra in re.findall(
            r"pip install (.?)coexplore\[(\w+)", (ROOT / path).read_text("utf-8")
        )
    ]
    assert told
    assert [one for one in told if one[1] != "'"] == []
    assert [one for one in told if one[2] not in PROJECT["optional-dependencies"]] == []
