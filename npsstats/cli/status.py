"""What is being done, shown to a person who waits for it and to nobody else."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["status"]


@contextmanager
def status(text: str, *, hidden: bool = False) -> Iterator[None]:
    """Turn a spinner beside the text on standard error, if that is a terminal.

    Parameters
    ----------
    text
        What is being done.
    hidden
        Show nothing in any case.
    """
    if hidden or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.description} …"), TimeElapsedColumn()
    shown = Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False)
    with shown:
        shown.add_task(text, total=None)
        yield
