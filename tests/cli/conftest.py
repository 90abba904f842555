"""What tests of the command line may ask for."""

import sys
from types import SimpleNamespace

import pytest

from npsstats.cli import main


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
