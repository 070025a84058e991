from configs.versions import versions_of


def test_what_is_not_installed_is_told_as_such() -> None:
    found = versions_of(["numpy", "no-such-package"])
    assert found["no-such-package"] == "not installed"
    assert found["numpy"][0].isdigit()
