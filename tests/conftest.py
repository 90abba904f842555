"""Fixtures that every test may ask for."""

import os
from pathlib import Path

import pytest

# the workers share the cores already: a pool of threads in each makes all of them wait
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

_SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real data sets, or skip the test and say so."""
    if not _SHARED.is_dir():
        pytest.skip(f"real data sets are not here ({_SHARED.name}/ beside the project is absent)")
    return _SHARED
