"""The proof panel: rows of subjects, a verdict, and what was seen."""

from __future__ import annotations

from collections.abc import Iterator

from rich.align import Align
from rich.console import Group, RenderableType
from rich.text import Text

from quizapp.proof.record import Outcome, Proof, Role, SubjectRecord, Verdict
from quizapp.runner import Isolation, Level
from quizapp.sanitise import line
from quizapp.service.proving import Judged, Word
from quizapp.text.wrap import Prose
from quizapp.tui import words
from quizapp.tui.draw.evidence import LONGEST, SIGNS, FindingRow, Shown, outcome_rows, rest
from quizapp.tui.draw.lines import BLANK, heading, indented, marked, prose, spread
from quizapp.tui.look import Look
from quizapp.tui.watch import KEPT, Purpose, Watch, first_failing

_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_TITLES = {
    Purpose.PROOF: words.PROOF,
    Purpose.BELIEF: words.YOU_BELIEVED,
    Purpose.ANSWER: words.YOU_PICKED,
    Purpose.ATTEMPT: words.JUDGEMENT,
}


def panel(watch: Watch, look: Look, frame: int, walls: Isolation | None) -> RenderableType:
    """A run: while it runs, and after; within which walls, once that is known."""
    draw = {
        Purpose.PROOF: _whole,
        Purpose.ATTEMPT: _attempt,
        Purpose.BELIEF: _belief,
        Purpose.ANSWER: _answer,
    }[watch.purpose]
    return Group(_head(watch, look), Align.right(_isolation(walls, look)), BLANK, *draw(watch, look, frame))


def _head(watch: Watch, look: Look) -> RenderableType:
    facts = [line(watch.claim), look.say(words.SEED, seed=watch.seed)]
    if isinstance(watch.end, Proof):
        facts += [line(watch.end.device), look.say(words.SECONDS, seconds=f"{watch.end.seconds:.1f}")]
    title = Text(look.say(_TITLES[watch.purpose]), style=look.accent + look.strong.without_color)
    if isinstance(watch.end, Proof):  # here too: below many misconceptions the last line lies off a small screen
        title.append("  ").append(
            f" {look.say(words.VERDICTS[watch.end.verdict])} ", look.chip(_colour(watch.end, look))
        )
    return spread(title, Prose(Text(" · ".join(facts), style=look.muted)), left=False)


def _isolation(walls: Isolation | None, look: Look) -> Text:
    """Always a line, so that nothing jumps when it is known."""
    if walls is None:
        return Text(" ")
    level = look.say(words.LEVELS[walls.level])
    by = f" · {name}" if (name := line(walls.by).partition(" ")[0]) else ""
    style = look.unsure if walls.level is Level.NONE else look.muted
    return Text(look.say(words.ISOLATION, level=level) + by, style=style)


def _whole(watch: Watch, look: Look, frame: int) -> Iterator[RenderableType]:
    yield prose(look.say(watch.statement), look.strong)
    yield BLANK
    for place, row in enumerate(watch.rows):
        yield _row(row, look, frame if place == watch.at_work else None)
        if row.outcomes:
            yield indented(_closest(row, look))
    yield BLANK
    yield from _end(watch, look, frame)
    yield from _exhibits(watch, look)


def _row(row: SubjectRecord, look: Look, frame: int | None) -> RenderableType:
    """One subject in a line: its mark, its words, and how many cases it met."""
    wanted = row.role is not Role.MISCONCEPTION
    accepted = row.accepted if row.outcomes else None
    title = Text(line(look.say(row.says)), style=look.text if row.outcomes or frame is not None else look.muted)
    if wanted:
        title.append(f"  {line(row.name)}", look.muted)
    if frame is not None:
        mark, status = Text(_FRAMES[frame % len(_FRAMES)], style=look.accent), _so_far(row, look)
    elif row.outcomes:
        mark = Text(SIGNS[accepted], style=look.verdict(accepted, wanted=wanted))
        status = _status(row, accepted, wanted=wanted, look=look)
    else:
        mark, status = Text("·", style=look.faint), Text("")
    return spread(marked(mark, Prose(title)), status)


def _so_far(row: SubjectRecord, look: Look) -> Text:
    count = len(row.outcomes)
    many = f"{count}+" if count >= KEPT else count
    said = look.say(words.SO_FAR, n=many) if count else look.say(words.STARTING)
    return Text(said, style=look.muted)


def _status(row: SubjectRecord, accepted: bool | None, *, wanted: bool, look: Look) -> Text:
    word = words.UNDECIDED if accepted is None else words.ACCEPTED if accepted else words.REJECTED
    count = len(row.outcomes)
    cases = look.say(words.CASE) if count == 1 else look.say(words.CASES, n=count)
    return Text.assemble((look.say(word), look.verdict(accepted, wanted=wanted)), (f" · {cases}", look.muted))


def _closest(row: SubjectRecord, look: Look) -> RenderableType:
    if (closest := row.closest) is not None:
        outcome, finding = closest
        return FindingRow(finding, look, outcome.label(look.lang))
    crash = next((outcome for outcome in row.outcomes if outcome.raised), row.outcomes[0])
    return prose(f"{crash.raised or ''}  {crash.label(look.lang)}", look.muted)


def _end(watch: Watch, look: Look, frame: int) -> Iterator[RenderableType]:
    """The last word."""
    if watch.end is None:
        return
    if isinstance(watch.end, Judged):
        yield _judged(watch.end, look)
        return
    because = look.say(watch.end.reason) if watch.end.reason else look.say(words.PROVED_BECAUSE)
    yield _word(look.say(words.VERDICTS[watch.end.verdict]), because, _colour(watch.end, look), look)


def _colour(proof: Proof, look: Look) -> str:
    colours = {Verdict.PROVED: look.palette.good, Verdict.REFUTED: look.palette.bad}
    return colours.get(proof.verdict, look.palette.unsure)


def _word(word: str, because: str, colour: str, look: Look) -> RenderableType:
    chip = Text.assemble((f" {word} ", look.chip(colour)))
    return marked(chip, prose(because, look.strong), width=chip.cell_len + 2)


def _judged(end: Judged, look: Look) -> RenderableType:
    colour = look.palette.good if end.word is Word.ACCEPTED else look.palette.bad
    if end.word in (Word.UNDECIDED, Word.SKIPPED, Word.CANCELLED, Word.BROKEN, Word.REFUSED):
        colour = look.palette.unsure
    means = look.say(end.says or words.JUDGED_MEANS[end.word])
    return _word(look.say(words.JUDGED[end.word]), means, colour, look)


def _exhibits(watch: Watch, look: Look) -> Iterator[RenderableType]:
    if watch.end is None:
        return
    for exhibit in (exhibit for row in watch.rows[:1] for exhibit in row.exhibits[:LONGEST]):
        yield BLANK
        yield Shown(exhibit, look)


def _attempt(watch: Watch, look: Look, frame: int) -> Iterator[RenderableType]:
    """The word first, then the case that says why, then every case."""
    row = watch.rows[0]
    if isinstance(watch.end, Judged):
        yield from _end(watch, look, frame)
        yield from _detail(watch.end, look)
        yield BLANK
    failing, raising = first_failing(row), next((outcome for outcome in row.outcomes if outcome.raised), None)
    if failing is not None:
        yield heading(look.say(words.FIRST_FAILING), look)
        yield from _failing(failing, look)
        yield BLANK
    if raising is not None and raising is not failing:
        yield heading(look.say(words.FIRST_RAISING), look)
        yield from _failing(raising, look)
        yield BLANK
    yield from _cases(row, look)
    if watch.running:
        yield marked(Text(_FRAMES[frame % len(_FRAMES)], style=look.accent), _so_far(row, look))


def _cases(row: SubjectRecord, look: Look) -> Iterator[RenderableType]:
    for outcome in row.outcomes[:LONGEST]:
        mark = Text(SIGNS[outcome.accepted], style=look.verdict(outcome.accepted))
        yield marked(mark, prose(outcome.label(look.lang), look.text if outcome.accepted is not True else look.muted))
    yield from rest(len(row.outcomes) - LONGEST, look)


def _failing(outcome: Outcome, look: Look) -> Iterator[RenderableType]:
    where = f"  {look.say(words.AT_LINE, line=outcome.line)}" if outcome.line else ""
    yield prose(outcome.label(look.lang) + where, look.strong)
    yield from outcome_rows(outcome, look)
    for exhibit in outcome.exhibits[:LONGEST]:
        yield BLANK
        yield Shown(exhibit, look)


def _detail(end: Judged, look: Look) -> Iterator[RenderableType]:
    """What the machine said, where it said more than the word."""
    where = look.say(words.AT_LINE, line=end.line) if end.line else ""
    said = " · ".join(part for part in (where, end.detail) if part)
    if said and end.word is not Word.CANCELLED:
        yield prose(said, look.text)


def _belief(watch: Watch, look: Look, frame: int) -> Iterator[RenderableType]:
    """Where a belief breaks: the words, how often, then the first such case with its numbers."""
    row = watch.rows[0]
    yield prose(f"“{look.say(row.says)}”", look.strong)
    yield BLANK
    if watch.running:
        yield marked(Text(_FRAMES[frame % len(_FRAMES)], style=look.accent), _so_far(row, look))
    elif row.accepted:
        yield _word(look.say(words.ACCEPTED_LOUD), look.say(words.LET_THROUGH), look.palette.unsure, look)
    elif isinstance(watch.end, Judged) and watch.end.word is not Word.REJECTED:
        yield _judged(watch.end, look)
        yield from _detail(watch.end, look)
    else:
        yield _broken(row, look)
    if (failing := first_failing(row)) is not None:
        yield BLANK
        yield heading(look.say(words.BREAKS_HERE), look)
        yield from _failing(failing, look)


def _broken(row: SubjectRecord, look: Look) -> RenderableType:
    broken = sum(outcome.accepted is False for outcome in row.outcomes)
    said = look.say(words.BREAKS_ON, broken=broken, n=len(row.outcomes))
    return _word(look.say(words.REJECTED_LOUD), said, look.palette.bad, look)


def _answer(watch: Watch, look: Look, frame: int) -> Iterator[RenderableType]:
    row = watch.rows[0]
    yield prose(look.say(watch.statement), look.strong)
    yield BLANK
    yield _row(row, look, frame if watch.running else None)
    if row.outcomes:
        yield indented(_closest(row, look))
    if row.accepted and not watch.running:
        yield BLANK
        yield _word(
            look.say(words.ACCEPTED_LOUD), look.say(words.HOLDS_ON, n=len(row.outcomes)), look.palette.good, look
        )
    elif isinstance(watch.end, Judged):
        yield BLANK
        yield from _end(watch, look, frame)
        yield from _detail(watch.end, look)
    yield from _exhibits(watch, look)


def resting(look: Look, *, revealed: bool, statement: str = "", walls: Isolation | None = None) -> RenderableType:
    """The panel before anything has run. The statement is shown only once it gives nothing away."""
    wall = _isolation(walls, look)
    press = prose(look.say(words.PRESS_R if revealed else words.PRESS_R_REVEALS), look.muted)
    title = Text(look.say(words.PROOF), style=look.muted + look.strong.without_color)
    if not revealed:
        return Group(title, BLANK, press, BLANK, wall)
    return Group(title, BLANK, prose(statement, look.text), BLANK, press, BLANK, wall)
