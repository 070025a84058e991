from pathlib import Path

import pytest

from configs import catalog
from configs.catalog import UnknownNameError

GROUPS = sorted(path.name for path in catalog.ROOT.iterdir() if list(path.glob("*.yaml")))


@pytest.fixture
def fruit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalog of one group with two names."""
    group = tmp_path / "fruit"
    group.mkdir()
    for name in ("pear", "apple"):
        (group / f"{name}.yaml").write_text(f"name: {name}\n")
    (group / "notes.txt").write_text("not a name")
    monkeypatch.setattr(catalog, "ROOT", tmp_path)
    return group


@pytest.mark.usefixtures("fruit")
def test_names_are_the_yaml_files_in_alphabetical_order() -> None:
    assert catalog.names("fruit") == ["apple", "pear"]


def test_a_file_added_is_found_at_once(fruit: Path) -> None:
    (fruit / "quince.yaml").write_text("colour: gr\u00fcn\n", "utf-8")
    assert catalog.read("fruit", "quince") == {"colour": "gr\u00fcn"}


def test_what_is_read_is_what_the_file_says_now_whatever_became_of_it(fruit: Path) -> None:
    (fruit / "apple.yaml").write_text("seeds: {n: 5}\n")
    catalog.read("fruit", "apple")["seeds"]["n"] = 7
    assert catalog.read("fruit", "apple") == {"seeds": {"n": 5}}
    (fruit / "apple.yaml").write_text("seeds: {n: 9}\n")
    assert catalog.read("fruit", "apple") == {"seeds": {"n": 9}}


@pytest.mark.usefixtures("fruit")
def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError) as caught:
        catalog.read("fruit", "appel")
    assert str(caught.value) == "no fruit called 'appel'; did you mean 'apple'?"


@pytest.mark.usefixtures("fruit")
def test_a_name_like_no_other_is_answered_with_all_of_them() -> None:
    with pytest.raises(UnknownNameError) as caught:
        catalog.read("fruit", "zzz")
    assert str(caught.value) == "no fruit called 'zzz'; there are: apple, pear"


@pytest.mark.usefixtures("fruit")
def test_a_name_cannot_lead_out_of_its_group() -> None:
    with pytest.raises(UnknownNameError):
        catalog.read("fruit", "../fruit/apple")


def test_an_unknown_name_is_a_value_error_whose_names_are_sorted() -> None:
    error = UnknownNameError("kind", "zzz", {"b", "a"})
    assert isinstance(error, ValueError)
    assert str(error).endswith("there are: a, b")


def test_nothing_is_near_what_looks_like_nothing() -> None:
    assert catalog.nearest("zzz", ["apple"]) is None
    assert catalog.nearest("aple", ["pear", "apple"]) == "apple"
    assert catalog.nearest("aple", []) is None


@pytest.mark.parametrize("group", GROUPS)
def test_every_file_of_a_group_can_be_read(group: str) -> None:
    assert all(isinstance(catalog.read(group, name), dict) for name in catalog.names(group))


def test_every_group_of_a_run_has_a_default_that_there_is() -> None:
    defaults = catalog.defaults()
    assert set(defaults) == {"env", "agent", "reward", "hardware", "dataset", "search", "ray"}
    assert all(name in catalog.names(group) for group, name in defaults.items())


def test_objects_are_found_in_the_modules_of_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "orchard"
    package.mkdir()
    (package / "__init__.py").write_text("from configs.catalog import UnknownNameError\n")
    line = "from orchard import UnknownNameError as E\nFOUND = E('tree', 'x', [])\n"
    (package / "pear.py").write_text(f"{line}FOUND.name = 'pear'\n")
    (package / "apple.py").write_text(f"{line}FOUND.name = 'apple'\nOTHER = 3\n")
    monkeypatch.syspath_prepend(tmp_path)
    import orchard  # type: ignore[import-not-found]  # noqa: PLC0415

    assert list(catalog.discover(orchard, UnknownNameError)) == ["apple", "pear"]
    (package / "quince.py").write_text(f"{line}FOUND.name = 'pear'\n")
    with pytest.raises(ValueError, match="orchard defines 'pear' twice"):
        catalog.discover(orchard, UnknownNameError)


def test_a_file_takes_in_another_one_of_its_group() -> None:
    content = catalog.read("env", "coexplore")
    assert content["hardware"] == catalog.read("env", "ancoef")
    assert content["name"] == "coexplore"
    assert "defaults" not in content
    assert "defaults" in catalog.read("experiment", "ancoef_coexplore")  # whose are overrides


def test_a_link_to_nowhere_in_a_folder_of_ones_own_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "agent").mkdir()
    (tmp_path / "agent" / "mine.yaml").write_text("{}")
    (tmp_path / "agent" / ".#mine.yaml").symlink_to("me@host.1234")  # an editor's lock
    monkeypatch.setenv(catalog.OWN, str(tmp_path))
    own = [name for name, *_ in catalog.files() if name.startswith(str(tmp_path))]
    assert own == [str(tmp_path / "agent" / "mine.yaml")]
