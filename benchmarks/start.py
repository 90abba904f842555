"""Time to start, against pandas, in the same run: `python benchmarks/start.py`.

Whole processes in turn, median of each; the interpreter's own start is subtracted from imports.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 15
PYTHON = sys.executable
COMMANDS = {
    "python -c pass": [PYTHON, "-c", "pass"],
    "import pandas": [PYTHON, "-c", "import pandas"],
    "import npsstats": [PYTHON, "-c", "import npsstats"],
    "npsstats --help": [str(Path(PYTHON).parent / "npsstats"), "--help"],
}


def seconds(command: list[str]) -> float:
    """Run a command and return how long it took."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 fixed commands
    return time.perf_counter() - start


def main() -> None:
    """Print the medians and their ratios."""
    for command in COMMANDS.values():
        seconds(command)
    taken = {name: [] for name in COMMANDS}
    for _ in range(RUNS):
        for name, command in COMMANDS.items():
            taken[name].append(seconds(command))
    median = {name: statistics.median(values) for name, values in taken.items()}
    bare = median["python -c pass"]
    for name, value in median.items():
        print(f"{name:16s} {value * 1000:7.0f} ms")
    pandas, ours = median["import pandas"], median["import npsstats"]
    print(f"import npsstats / import pandas = {(ours - bare) / (pandas - bare):.3f}")
    print(f"npsstats --help / import pandas = {median['npsstats --help'] / pandas:.2f}")


if __name__ == "__main__":
    main()
