"""The core is light: what is heavy loads on first use."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import npsstats

HEAVY = ("pandas", "numpy", "scipy", "ibis", "duckdb", "matplotlib", "pymc", "statsmodels", "typst")


def loaded_after(code):
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("code", ["import npsstats", "import npsstats.cli"])
def test_nothing_heavy_is_imported(code):
    assert not loaded_after(code) & set(HEAVY)


def test_estimating_needs_neither_a_database_nor_charts_nor_pymc():
    code = "import npsstats as n; n.estimate(n.ScoreCounts([[1]*11, [2]*11]))"
    heavy = {"ibis", "duckdb", "matplotlib", "pymc", "statsmodels", "typst", "arviz"}
    assert not loaded_after(code) & heavy


def test_files_stay_small_enough_to_read():
    package = Path(__file__).resolve().parents[1] / "npsstats"
    long = {
        str(path.relative_to(package)): size
        for path in package.rglob("*.py")
        if (size := len(path.read_text(encoding="utf-8").splitlines())) > 350
    }
    assert not long


def test_type_checkers_see_the_names_that_are_offered():
    package = Path(npsstats.__file__).parent
    stub = ast.parse((package / "__init__.pyi").read_text(encoding="utf-8"))
    seen = {
        alias.asname: line.module
        for line in stub.body
        if isinstance(line, ast.ImportFrom)
        for alias in line.names
    }
    assert seen == {name: f"npsstats.{home}" for name, home in npsstats._HOME.items()}
