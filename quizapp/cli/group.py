"""The command group: names and one-line helps here, everything else imported on use."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from quizapp import __version__

COMMANDS = {
    "study": "Answer the cards that are due, prove them, grade them.",
    "verify": "Prove claims: the answer accepted, every misconception rejected.",
    "solve": "Put your own code to the check of a code card.",
    "grade": "Grade a card from a script: the same transaction as the screen's.",
    "list": "List the cards.",
    "show": "Show a card with its answer.",
    "due": "Say what there is to study today.",
    "stats": "Show your statistics.",
    "export": "Export statistics or reviews.",
    "trust": "Let the verifiers of another's deck run, once you have read them.",
    "new": "Write the skeleton of a topic, a verifier or a card.",
    "lint": "Check the deck: cards, claims, texts and starters.",
    "doctor": "Say how well proofs are isolated here, and what else this machine has or lacks.",
    "completion": "Print the completion script of your shell.",
}


class LazyGroup(click.Group):
    """A group whose commands live in ``quizapp.cli.<name>`` as ``command``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"quizapp.cli.{cmd_name}")
        command = module.command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f"did you mean {near[0]}?" if near else "quizapp --help lists the commands"
            raise click.UsageError(f"there is no command {args[0]!r}; {hint}", ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):  # from the table, so that --help imports no command
            formatter.write_dl(list(COMMANDS.items()))


EXAMPLES = """\b
Examples:
  quizapp study                        today's cards
  quizapp study --topic 01             one topic
  quizapp verify --all                 prove everything
  quizapp solve conv-bn-fusion/write-fold mine.py
"""


@click.group(cls=LazyGroup, invoke_without_command=True, epilog=EXAMPLES, context_settings={"max_content_width": 100})
@click.option(
    "--db", metavar="URL", help="The database: a path or sqlite:///path. Default: QUIZAPP_HOME, else your data folder."
)
@click.version_option(__version__, prog_name="quizapp")
@click.pass_context
def cli(ctx: click.Context, db: str | None) -> None:
    """Deep-learning interview cards whose answers are proved on your machine.

    Alone on a terminal, quizapp opens the study screen.
    """
    ctx.obj = db
    if ctx.invoked_subcommand is None:
        if sys.stdin.isatty() and sys.stdout.isatty():
            from quizapp.cli.study import command

            ctx.invoke(command)
        else:
            from quizapp.cli.out import pour

            pour([ctx.get_help(), "\n"])
