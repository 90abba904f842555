"""Execute the notebooks and store them light: `make notebooks`.

A stored notebook holds what a reader sees and nothing of the run: no times, no names of machines,
cells numbered from one, keys in order. Executed twice, it is the same file.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Any

HERE = Path(__file__).resolve().parent
NOTEBOOKS = sorted(HERE.glob("*.ipynb"))

_KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_SHOWN = ("text/plain", "text/html", "text/markdown", "image/png")


def execute(path: Path) -> Any:
    """Return a notebook executed from its first cell on, in a folder laid out as the project.

    Parameters
    ----------
    path
        The .ipynb; it is read, not written.

    Returns
    -------
    nbformat.NotebookNode
        With its outputs, light.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell fails: it holds the cell and the error.
    RuntimeError
        If a cell warns.
    """
    import nbformat
    from nbclient import NotebookClient
    from traitlets.config import Config

    # two notebooks at a time leave no core to a pool of threads in each
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    notebook = nbformat.read(path, as_version=4)
    with TemporaryDirectory() as folder:
        working = Path(folder, "notebooks")
        working.mkdir()
        for plan in sorted(HERE.parent.glob("experiments/*/plan.*")):
            copy = Path(folder, plan.relative_to(HERE.parent))
            copy.parent.mkdir(parents=True, exist_ok=True)
            copyfile(plan, copy)
        config = Config()
        if os.name != "nt":
            # files between the two processes, no ports that others may take
            config.KernelManager.transport = "ipc"
            config.KernelManager.ip = str(Path(folder, "kernel"))
        NotebookClient(
            notebook,
            config=config,
            timeout=300,
            kernel_name="python3",
            resources={"metadata": {"path": str(working)}},
            extra_arguments=["--HistoryManager.enabled=False", "--IPKernelApp.log_level=40"],
        ).execute()
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr" and "Warning" in output["text"]:
                raise RuntimeError(f"{path.name} warns: {output['text']}")
    return light(notebook)


def light(notebook: Any) -> Any:
    """Take out of a notebook whatever belongs to a run and not to a reader."""
    notebook.metadata = _KERNEL
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    place = 0
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number:02}"
        cell.metadata = {}
        if cell.cell_type != "code":
            continue
        place += 1
        cell.execution_count = place
        # what is said on the way is said to whoever runs it
        cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
        for output in cell.outputs:
            if "data" in output:
                data = output["data"]
                output["data"] = {kind: data[kind] for kind in _SHOWN if kind in data}
                output["metadata"] = {}
            if output.output_type == "execute_result":
                output["execution_count"] = place
    return notebook


def stored(notebook: Any) -> str:
    """Return the text of the file: keys in order, letters as they are."""
    import json

    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _again(path: Path) -> str:
    path.write_text(stored(execute(path)), encoding="utf-8", newline="\n")
    return f"{path.name}: {path.stat().st_size / 1000:.0f} kB"


def main() -> None:
    """Execute the notebooks that are named, or all of them."""
    asked = [HERE / Path(name).name for name in sys.argv[1:]] or NOTEBOOKS
    with ThreadPoolExecutor(2) as pool:
        for line in pool.map(_again, asked):
            print(line)


if __name__ == "__main__":
    main()
