"""The command line: `npsstats check | estimate | compare | analyze | forecast | report …`.

Exit codes: 0 done, 2 something in the input or the arguments has to be mended (one sentence, no
traceback), 130 interrupted. A bug keeps its traceback and exits with 1.
"""

from __future__ import annotations

import sys

import click

from npsstats.checks import InputError
from npsstats.cli.sections import SECTIONS, Sectioned
from npsstats.cli.spelling import as_options

__all__ = ["main"]


@click.group(
    cls=Sectioned,
    commands=[command for section in SECTIONS.values() for command in section],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Begin with:
  npsstats check answers.csv

\b
Exit codes:
  0    done
  1    a bug: its traceback is shown
  2    the input or the options have to be mended: one sentence says how
  3    assign --audit: arms are not as planned
  130  interrupted""",
)
@click.version_option(package_name="npsstats")
def program() -> None:
    """Net Promoter Scores with honest uncertainty, from a file of answers to a decision."""


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        program.main(standalone_mode=False)
    except InputError as error:
        said = as_options(str(error), program, sys.argv[1:])
        click.echo(f"npsstats: {said}", err=True)
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("npsstats: interrupted", err=True)
        sys.exit(130)
