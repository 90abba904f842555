"""`npsstats completion`: the script with which a shell completes commands and options."""

from __future__ import annotations

import click

__all__ = ["completion"]


@click.command(
    epilog="""\b
Examples:
  npsstats completion bash >> ~/.bashrc
  npsstats completion zsh >> ~/.zshrc
  npsstats completion fish > ~/.config/fish/completions/npsstats.fish"""
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that lets SHELL complete commands, options and files."""
    from click.shell_completion import BashComplete, FishComplete, ZshComplete

    made = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}[shell]
    complete = made(ctx.find_root().command, {}, "npsstats", "_NPSSTATS_COMPLETE")
    click.echo(complete.source_template % complete.source_vars())
