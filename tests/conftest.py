"""Fixtures that every test may ask for."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from npsstats.cli import main

# the workers share the cores already: a pool of threads in each makes all of them wait
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

_SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real data sets, or skip the test and say so."""
    if not _SHARED.is_dir():
        pytest.skip(f"real data sets are not here ({_SHARED.name}/ beside the project is absent)")
    return _SHARED


@pytest.fixture
def run(monkeypatch, capsys):
    """Call the command line in this process, as the installed script does."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["npsstats", *map(str, arguments)])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code
        said = capsys.readouterr()
        return SimpleNamespace(returncode=code, stdout=said.out, stderr=said.err)

    return call
