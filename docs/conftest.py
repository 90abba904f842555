"""The examples of the documents share one small network, and write where nothing is kept."""

import re
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

HERE = Path(__file__).resolve().parent

# the reference repeats the examples of the docstrings, which run where they are written
collect_ignore = ["api"]


@pytest.fixture(scope="session")
def shared():
    """Return the names that docs/how-to/README.md makes."""
    page = (HERE / "how-to" / "README.md").read_text(encoding="utf-8")
    names = {}
    exec(re.search(r"^```python\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)[1], names)  # noqa: S102
    return {name: names[name] for name in ("nps", "network")}


@pytest.fixture(autouse=True)
def room(shared, doctest_namespace, monkeypatch, tmp_path):
    """Run a page beside a copy of the plans that it reads."""
    copytree(
        HERE.parent / "experiments", tmp_path / "experiments", ignore=ignore_patterns("network")
    )
    monkeypatch.chdir(tmp_path)
    doctest_namespace.update(shared)
