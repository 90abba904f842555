"""The documents are what their commands make, and their commands, links and names are good."""

import importlib.util
import re
import shlex
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

import npsstats as nps

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted((DOCS / "how-to").glob("*.md"))
NOTES = sorted((DOCS / "methods").glob("*.md"))
WRITTEN = [
    *(
        ROOT / name
        for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "reports/README.md")
    ),
    *PAGES,
    *NOTES,
]


def blocks(path, language):
    text = path.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def command(name):
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Make what the pages begin with: a network's folder, and the plans."""
    root = tmp_path_factory.mktemp("docs")
    nps.simulate(stores=20, months=12, responses=3000, seed=1).write(root / "network", format="csv")
    copytree(ROOT / "experiments", root / "experiments", ignore=ignore_patterns("network"))
    return root


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_the_commands_of_a_page_run(path, folder, run, monkeypatch):
    monkeypatch.chdir(folder)
    lines = [line for block in blocks(path, "console") for line in block.splitlines()]
    if path.name != "README.md" and not lines:
        assert path.stem in {"calls", "databases"}
    for line in lines:
        program, *arguments = shlex.split(line.removeprefix("$ "))
        assert program == "npsstats"
        done = run(*arguments)
        assert done.returncode == 0, (line, done.stderr)


def test_the_network_of_the_pages_is_the_one_of_their_command(folder):
    page = (DOCS / "how-to" / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"nps\.simulate\((.*?)\)", page)
    (line,) = re.findall(r"npsstats simulate (.*)", page)
    given = dict(part.split("=") for part in code.split(", "))
    for name in ("stores", "months", "responses"):
        assert f"--{name} {given[name]}" in line


def test_a_network_toml_of_a_page_is_one_that_loads(folder):
    (block,) = blocks(DOCS / "how-to" / "leadership-pdf.md", "toml")
    path = folder / "network" / "shown.toml"
    path.write_text(block.replace('logo = "logo.svg"\n', ""), encoding="utf-8")
    assert nps.load_network(path).read(quiet=True).n_accepted > 1000


@pytest.mark.parametrize(
    "path", [*PAGES, *NOTES], ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_a_page_says_what_could_be_wrong_and_names_what_there_is(path):
    text = path.read_text(encoding="utf-8")
    for name in set(re.findall(r"\bnps\.([A-Za-z_]\w*)", text)):
        assert name in nps.__all__, name
    if path.stem not in {"README", "calls", "command-line"} and path in PAGES:
        assert "## What could be wrong" in text


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_link_leads_somewhere(path):
    text = re.sub(
        r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("https://", "#")) or target.endswith(".pdf"):
            continue
        assert (path.parent / target.partition("#")[0]).exists(), target


def test_the_reference_is_what_the_docstrings_say():
    made = command("make_api").pages()
    kept = {path.name: path.read_text(encoding="utf-8") for path in (DOCS / "api").glob("*.md")}
    assert kept == made, "`make docs` writes it again"


def test_every_public_name_is_in_the_reference_and_leads_to_its_entry():
    index = (DOCS / "api" / "README.md").read_text(encoding="utf-8")
    for name in nps.__all__:
        (page, anchor) = re.search(rf"`nps\.{name}`\]\((\w+\.md)#(\w+)\)", index).groups()
        headings = re.findall(r"^## (\w+)$", (DOCS / "api" / page).read_text("utf-8"), re.MULTILINE)
        assert anchor in {heading.lower() for heading in headings}


def test_pictures_are_small_and_shown():
    shown = (ROOT / "README.md").read_text(encoding="utf-8")
    pictures = sorted((DOCS / "pictures").glob("*.png"))
    assert pictures
    for picture in pictures:
        assert f"](docs/pictures/{picture.name})" in shown
        assert picture.stat().st_size < 150_000


@pytest.mark.parametrize("name", ["notebooks", "docs", "examples"])
def test_what_is_made_has_its_command(name):
    assert re.search(rf"^{name}: ", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE)
