"""What a document or a help page names is there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from quizapp.cli.group import COMMANDS, cli
from quizapp.service.library import Library

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def commands() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command by its words, groups among them."""
    yield (), cli
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        yield (name,), command
        if isinstance(command, click.Group):
            yield from (((name, inner), command.commands[inner]) for inner in command.commands)


WORDS = [words for words, _ in commands()]


def examples(command: click.Command) -> list[str]:
    """The lines under "Examples:", without what is said about them or done with them."""
    shown = (command.epilog or "").partition("Examples:")[2]
    found = re.findall(r"quizapp [^\n]*", shown)
    return [re.split(r"\s{2,}|\)|[|<>]", line)[0] for line in found]


EXAMPLES = [line for _, command in commands() for line in examples(command)]


def demand_options(line: str) -> None:
    """Parse an example as the command would, without running it. Raises ``click.UsageError``."""
    context, words = click.Context(cli, info_name="quizapp"), shlex.split(line)[1:]
    command: click.Command = cli
    while isinstance(command, click.Group) and words:
        found = command.get_command(context, words[0])
        assert found is not None, f"{line}: there is no command {words[0]}"
        command, context, words = found, click.Context(found, parent=context), words[1:]
    _, arguments, _ = command.make_parser(context).parse_args(list(words))
    assert arguments == [], f"{line}: {arguments} left over"
    for option in command.params:
        if isinstance(option, click.Option) and isinstance(option.type, click.Choice):
            given = [words[at + 1] for at, word in enumerate(words) if word in option.opts]
            assert all(choice in option.type.choices for choice in given), line


@pytest.mark.parametrize("words", WORDS, ids=lambda words: " ".join(words) or "quizapp")
def test_every_command_explains_itself(words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(cli, [*words, "--help"])
    assert done.exit_code == 0
    assert "Usage:" in done.output
    command = dict(commands())[words]
    assert command.get_short_help_str()
    for option in command.params:
        assert not isinstance(option, click.Option) or option.help or option.show_default, option.name


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_gives_examples(name: str) -> None:
    assert examples(dict(commands())[(name,)])


@pytest.mark.parametrize("line", EXAMPLES)
def test_an_example_names_only_what_there_is(line: str) -> None:
    demand_options(line)
    known = {card.id for card in Library.shipped().deck.cards}
    made = line.startswith("quizapp new ")  # names what is not there yet
    named = set() if made else set(re.findall(r"\b[a-z0-9-]+/[a-z0-9-]+(?= |$)", line))
    assert named <= known, f"{line}: no card {named - known}"


def test_the_parser_of_examples_refuses_what_is_not_there() -> None:
    for line in ("quizapp verify --al", "quizapp export stats --format xml", "quizapp due more"):
        with pytest.raises((click.UsageError, AssertionError)):
            demand_options(line)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_and_options_named_in_prose_exist(document: Path) -> None:
    spans = re.findall(r"`quizapp ([^`]+)`", document.read_text(encoding="utf-8"))
    for span in spans:
        words = span.split()
        if words[0] != "COMMAND" and not words[0].startswith("-"):
            assert words[0] in COMMANDS, span
            options = {name for option in parameters(words) for name in (*option.opts, *option.secondary_opts)}
            assert {word for word in words if word.startswith("--")} <= options | {"--help"}, span


def parameters(words: list[str]) -> list[click.Parameter]:
    named = [command for known, command in commands() if known and list(known) == words[: len(known)]]
    return [option for command in named for option in command.params]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_and_named_files_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    own = set(re.findall(r"`((?:verifiers|questions)/[\w.-]+)`:\n", text))  # what the reader is told to make
    links = [document.parent / link for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", text)]
    paths = re.findall(r"`((?:quizapp|questions|verifiers|db|docs|tests|benchmarks)/[\w./-]*)`", text)
    named = [ROOT / path for path in paths if path not in own and path != "quizapp/_content"]
    missing = [path for path in (*links, *named) if not path.exists()]
    assert missing == []


def test_every_command_is_named_in_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if not re.search(rf"quizapp {name}\b", text)] == []
