"""Write the API reference from the docstrings: `make docs`. A page a floor, in docs/api/."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from typing import Any

import npsstats

HERE = Path(__file__).resolve().parent
FOLDER = HERE / "api"

FLOORS = {
    "data": ("Tables and counts", "Rows in, and rows reduced to counts: what analyses take."),
    "estimation": ("Scores", "The score, its uncertainty, comparisons, who answered."),
    "experiments": ("Experiments", "From a plan to a decision, and the rooms by themselves."),
    "survey": ("Survey experiments", "Where the question stands, when it is sent, whom it tires."),
    "linkage": ("What NPS is worth", "Growth, departures, drivers, verbatims, money."),
    "forecasting": ("What comes next", "Forecasts, alerts, back-tests, scenarios."),
    "reporting": ("What people read", "Memos, pictures, the leadership PDF."),
}
_LISTS = ("Parameters", "Attributes", "Returns", "Raises", "Yields")
_SECTION = re.compile(r"^([A-Z][A-Za-z ]+)\n-{3,}$", re.MULTILINE)


def floor_of(thing: Any) -> str:
    """Return the page that a public name stands on: the floor of its module."""
    rooms = thing.__module__.split(".")[1:]
    if rooms[:2] in (["experiments", "survey"], ["experiments", "adaptive"]):
        return "survey"
    return rooms[0] if rooms[0] in FLOORS else "data"


def pages() -> dict[str, str]:
    """Return file name → text of every page of the reference."""
    names: dict[str, list[str]] = {floor: [] for floor in FLOORS}
    for name in sorted(npsstats.__all__, key=str.lower):
        names[floor_of(getattr(npsstats, name))].append(name)
    made = {f"{floor}.md": _page(floor, names[floor]) for floor in FLOORS}
    lines = [
        "# API reference",
        "",
        "Every public name, as its docstring has it (`make docs`). `import npsstats as nps`.",
        "",
    ]
    for floor, (title, about) in FLOORS.items():
        lines += [f"## [{title}]({floor}.md)", "", about, "", "| name | |", "|---|---|"]
        for name in names[floor]:
            first = _summary(getattr(npsstats, name)).replace("|", "\\|")
            lines.append(f"| [`nps.{name}`]({floor}.md#{name.lower()}) | {first} |")
        lines.append("")
    made["README.md"] = "\n".join(lines)
    return made


def _summary(thing: Any) -> str:
    return " ".join((inspect.getdoc(thing) or "").partition("\n\n")[0].split())


def _page(floor: str, names: list[str]) -> str:
    title, about = FLOORS[floor]
    parts = [f"# {title}\n\n{about} [All names](README.md)."]
    parts += [_entry(name) for name in names]
    return "\n\n".join(parts) + "\n"


def _entry(name: str) -> str:
    thing = getattr(npsstats, name)
    home = thing.__module__.replace(".", "/")
    root = HERE.parent
    place = f"{home}.py" if (root / f"{home}.py").is_file() else f"{home}/__init__.py"
    text = f"## {name}\n\n{_signature(f'nps.{name}', thing)}\n\n{_markdown(thing)}"
    if inspect.isclass(thing):
        for method, function in vars(thing).items():
            if method.startswith("_") or not inspect.getdoc(function):
                continue
            if inspect.isfunction(function):
                shown = _signature(f"{name}.{method}", function)
                text += f"\n\n### {name}.{method}\n\n{shown}\n\n{_markdown(function)}"
    return f"{text}\n\nSource: [{place}](../../{place})"


def _signature(name: str, thing: Any) -> str:
    """Return how it is called, an argument a line where they do not fit on one."""
    try:
        signature = inspect.signature(thing)
    except (TypeError, ValueError):  # an exception, say
        return f"```text\n{name}\n```"
    said, starred = [], False
    for parameter in signature.parameters.values():
        if parameter.name == "self":
            continue
        if parameter.kind is parameter.VAR_POSITIONAL:
            said.append(f"*{parameter.name}")
            starred = True
            continue
        if parameter.kind is parameter.VAR_KEYWORD:
            said.append(f"**{parameter.name}")
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            said.append("*")
            starred = True
        default = "" if parameter.default is parameter.empty else f"={_default(parameter.default)}"
        said.append(f"{parameter.name}{default}")
    text = f"{name}({', '.join(said)})"
    if len(text) > 88:
        inside = ",\n".join(f"    {part}" for part in said)
        text = f"{name}(\n{inside},\n)"
    return f"```text\n{text}\n```"


def _default(value: Any) -> str:
    text = repr(value)
    return "…" if " at 0x" in text or "factory" in text or len(text) > 60 else text


def _markdown(thing: Any) -> str:
    """Return a numpy docstring as Markdown."""
    pieces = _SECTION.split(inspect.getdoc(thing) or "")
    said = [pieces[0].strip()]
    for title, body in zip(pieces[1::2], pieces[2::2], strict=True):
        said.append(f"**{title}**")
        if title in _LISTS:
            said.append(_listed(body))
        elif title == "Examples":
            said.append(f"```python\n{body.strip()}\n```")
        else:
            said.append(body.strip())
    return "\n\n".join(part for part in said if part)


def _listed(body: str) -> str:
    """Return the entries of a section as a list: a name, then what is indented under it."""
    lines: list[str] = []
    for line in body.strip("\n").splitlines():
        if not line.strip():
            continue
        if not line.startswith(" "):
            lines.append(f"- `{line.strip()}`")
        else:
            joint = ": " if lines[-1].endswith("`") and lines[-1].startswith("- `") else " "
            lines[-1] += f"{joint}{line.strip()}"
    return "\n".join(lines)


def main() -> None:
    """Write the pages that are not as they should be; say which."""
    FOLDER.mkdir(exist_ok=True)
    made = pages()
    for old in FOLDER.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        path = FOLDER / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
            sys.stdout.write(f"wrote {path.relative_to(HERE.parent)}\n")


if __name__ == "__main__":
    main()
