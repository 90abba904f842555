"""Every command and file that the README shows works as shown."""

import re
import shlex
from pathlib import Path
from shutil import copyfile

import pytest

import npsstats as nps

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def test_the_commands_run_one_after_the_other(tmp_path, run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for study in ("callback", "question_position", "send_timing"):
        folder = Path("experiments") / study
        folder.mkdir(parents=True)
        for name in ("plan.toml", "plan.lock"):
            copyfile(ROOT / folder / name, folder / name)
    lines = [line for block in blocks("console") for line in block.splitlines()]
    commands = [shlex.split(line.removeprefix("$ ")) for line in lines if line.startswith("$ ")]
    assert len(commands) >= 4
    for program, *arguments in commands:
        assert program == "npsstats"
        done = run(*arguments)
        assert done.returncode == 0, (arguments, done.stderr)
    assert (tmp_path / "stores.csv").is_file()
    assert (tmp_path / "stores.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "reports" / "leadership.pdf").is_file()
    assert (tmp_path / "reports" / "callback-en.pdf").is_file()
    assert (tmp_path / "reports" / "send_timing-en.pdf").is_file()


def test_the_network_toml_is_one_that_loads(tmp_path):
    (block,) = blocks("toml")
    (tmp_path / "network.toml").write_text(block, encoding="utf-8")
    (tmp_path / "answers.csv").write_text(
        "note,magasin,date_achat,canal\n9,A,2025-01-02,sms\n3,B,2025-01-03,email\n"
    )
    config = nps.load_network(tmp_path / "network.toml")
    assert config.target == 30
    assert config.read(quiet=True).n_accepted == 2


@pytest.mark.parametrize("target", ["demo", "test", "setup", "lint"])
def test_the_makefile_has_what_the_documents_call(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)


def test_every_public_name_is_there_and_documented():
    for name in nps.__all__:
        assert getattr(nps, name).__doc__, name
    for name in set(re.findall(r"`nps\.(\w+)", README)):
        assert name in nps.__all__, name
