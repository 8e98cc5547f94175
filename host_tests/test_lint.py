"""The lint step as tests, one for each check of tools/setup/check.py."""

import pytest

import check


@pytest.mark.lint
@pytest.mark.parametrize("name", check.CHECKS)
def test_lint(name):
    passed, output = check.run_check(name)
    if not passed:
        pytest.fail(f"{check.CHECKS[name].title} (again: make lint)\n{output}", pytrace=False)
