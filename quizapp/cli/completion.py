"""``quizapp completion``: Click's own completion, ready to be sourced."""

from __future__ import annotations

import click

from quizapp.cli.out import pour

EXAMPLES = """\b
Examples:
  eval "$(quizapp completion bash)"
  quizapp completion fish > ~/.config/fish/completions/quizapp.fish
"""


@click.command(epilog=EXAMPLES)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(*, shell: str) -> None:
    """Print the completion script of SHELL: commands, options, card ids and topics."""
    from click.shell_completion import get_completion_class

    from quizapp.cli.group import cli

    completer = get_completion_class(shell)
    assert completer is not None  # the choice lists only shells Click knows
    pour([completer(cli, {}, "quizapp", "_QUIZAPP_COMPLETE").source(), "\n"])
