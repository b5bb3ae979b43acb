"""What the verifiers claim, read without running them.

An index by ``ast`` over ``verifiers/*.py``: no code runs and torch is never imported, so that
lint, search and the answer's source cost milliseconds. What a verifier author writes is in
``quizapp.proof.claim``; whatever cannot be read statically is a problem with its line.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from quizapp.deck.problem import Problem
from quizapp.model.card import ClaimRef
from quizapp.model.words import Words
from quizapp.syntax import parse

Registered = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class ClaimInfo:
    """One claim as written: ``line`` is its ``Claim(...)``, sources are without decorators.

    ``observe`` is the name of the function that observes a subject, None where the check takes the subject itself.
    """

    ref: ClaimRef
    statement: Words
    requires: tuple[str, ...]
    numeric: bool
    has_cases: bool
    has_check: bool
    observe: str | None
    answer: str | None
    misconceptions: Mapping[str, Words]
    misconception_sources: Mapping[str, str]
    path: Path
    line: int

    @property
    def observes(self) -> bool:
        """Whether a learner's code can be put to it; a numeric claim observes by itself."""
        return self.numeric or self.observe is not None


@dataclass(frozen=True, slots=True)
class VerifierInfo:
    """One script: its docstring, its claims in their order, and what could not be read."""

    name: str
    path: Path
    doc: str
    claims: tuple[ClaimInfo, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """All verifiers of a folder, by name."""

    verifiers: Mapping[str, VerifierInfo]

    @property
    def claims(self) -> tuple[ClaimInfo, ...]:
        return tuple(claim for verifier in self.verifiers.values() for claim in verifier.claims)

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(problem for verifier in self.verifiers.values() for problem in verifier.problems)

    def claim(self, ref: ClaimRef) -> ClaimInfo | None:
        """The claim of that reference, or None."""
        verifier = self.verifiers.get(ref.verifier)
        claims = verifier.claims if verifier else ()
        return next((claim for claim in claims if claim.ref == ref), None)


def index(folder: Path) -> Index:
    """The index of every script in ``folder``; a name that begins with ``_`` is a helper, not a verifier."""
    scripts = sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))
    return Index({path.stem: verifier(path) for path in scripts})


def verifier(path: Path) -> VerifierInfo:
    """One script's claims. A script that does not parse has none, and a problem."""
    try:
        if not path.is_file():  # a pipe would be waited for
            return _unread(path, 1, 1, "cannot be read: it is no file")
        source = path.read_text(encoding="utf-8")
        tree = parse(source)
    except SyntaxError as error:
        return _unread(path, error.lineno or 1, error.offset or 1, f"not valid Python: {error.msg}")
    except (OSError, ValueError) as error:
        return _unread(path, 1, 1, f"cannot be read: {error}")
    except (RecursionError, MemoryError):
        return _unread(path, 1, 1, "cannot be read: it is nested too deeply for the parser")
    reader = _Reader(path, source.split("\n"))
    reader.module(tree)
    claims = tuple(draft.finish(path) for draft in reader.drafts.values())
    return VerifierInfo(path.stem, path, ast.get_docstring(tree) or "", claims, tuple(reader.problems))


def _unread(path: Path, line: int, column: int, message: str) -> VerifierInfo:
    return VerifierInfo(path.stem, path, "", (), (Problem(path, line, column, message, "verifier-readable"),))


@dataclass(slots=True)
class _Draft:
    """A claim while its decorated parts are being found."""

    name: str
    statement: Words
    requires: tuple[str, ...]
    line: int
    parts: dict[str, str] = field(default_factory=dict)
    beliefs: dict[str, Words] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)

    def finish(self, path: Path) -> ClaimInfo:
        return ClaimInfo(
            ClaimRef(path.stem, self.name),
            self.statement,
            self.requires,
            numeric="truth" in self.parts,
            has_cases="cases" in self.parts,
            has_check="check" in self.parts or "truth" in self.parts,
            observe=self.parts.get("observe"),
            answer=self.parts.get("answer"),
            misconceptions=self.beliefs,
            misconception_sources=self.sources,
            path=path,
            line=self.line,
        )


@dataclass(slots=True)
class _Reader:
    path: Path
    lines: list[str]
    drafts: dict[str, _Draft] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def module(self, tree: ast.Module) -> None:
        for node in tree.body:
            if isinstance(node, ast.Assign | ast.AnnAssign) and _is_claim(node.value):
                self.claim(node)
            elif isinstance(node, Registered):
                self.registered(node)
        self.hidden(tree)

    def claim(self, node: ast.Assign | ast.AnnAssign) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        call = node.value
        assert isinstance(call, ast.Call)
        if len(targets) != 1 or not isinstance(targets[0], ast.Name):
            return self.problem(node, "give each claim one plain name: parity = Claim(...)")
        words = {word.arg: word.value for word in call.keywords if word.arg}
        name = _text(call.args[0] if call.args else words.get("name"))
        statement = self.words(call, words)
        if name is None or not name.isidentifier():
            return self.problem(call, 'the claim\'s name must be a Python name in quotes: Claim("parity", ...)')
        if any(draft.name == name for draft in self.drafts.values()):
            return self.problem(call, f"{name} is claimed twice in this script")
        if statement is None:
            return None
        requires = _texts(words.get("requires"))
        if requires is None:
            return self.problem(call, 'requires must be written out: requires=("cuda",)')
        self.drafts[targets[0].id] = _Draft(name, statement, requires, node.lineno)
        return None

    def registered(self, node: Registered) -> None:
        for decorator in node.decorator_list:
            call = decorator if isinstance(decorator, ast.Call) else None
            attribute = call.func if call else decorator
            if isinstance(attribute, ast.Attribute) and isinstance(attribute.value, ast.Name):
                draft = self.drafts.get(attribute.value.id)
                if draft is not None:
                    self.part(draft, attribute.attr, node, call)

    def part(self, draft: _Draft, part: str, node: Registered, call: ast.Call | None) -> None:
        if part == "misconception":
            return self.misconception(draft, node, call)
        if part in draft.parts:
            return self.problem(node, f"{draft.name}: {part} declared twice")
        draft.parts[part] = node.name if part == "observe" else self.text_of(node)
        return None

    def misconception(self, draft: _Draft, node: Registered, call: ast.Call | None) -> None:
        if node.name in draft.beliefs:
            return self.problem(node, f"{draft.name}: misconception {node.name} declared twice")
        keywords = call.keywords if call else []
        words = self.words(call or node, {word.arg: word.value for word in keywords if word.arg})
        if words is not None:
            draft.beliefs[node.name], draft.sources[node.name] = words, self.text_of(node)
        return None

    def words(self, node: ast.expr | Registered, given: Mapping[str, ast.expr]) -> Words | None:
        en, zh = _text(given.get("en")), _text(given.get("zh"))
        if en is None or zh is None:
            self.problem(node, "en= and zh= must both be given, as text in quotes")
            return None
        return Words(en, zh)

    def hidden(self, tree: ast.Module) -> None:
        """A claim anywhere but at the top level would run, and never be listed."""
        top = {id(node.value) for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign)}
        for node in ast.walk(tree):
            if _is_claim(node) and id(node) not in top:
                assert isinstance(node, ast.Call)
                self.problem(node, "a claim must be assigned at the top level of the script")

    def text_of(self, node: Registered) -> str:
        """The source without its decorators: a function's own line is that of its ``def``.

        Whole lines are sliced, for ``ast.get_source_segment`` splits the file anew at each call.
        """
        return textwrap.dedent("\n".join(self.lines[node.lineno - 1 : node.end_lineno])) + "\n"

    def problem(self, node: ast.expr | ast.stmt, message: str) -> None:
        self.problems.append(Problem(self.path, node.lineno, node.col_offset + 1, message, "verifier-readable"))


def _is_claim(node: ast.AST | None) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name == "Claim"


def _text(node: ast.expr | None) -> str | None:
    """The value of a literal string; joined pieces in brackets are one literal."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _texts(node: ast.expr | None) -> tuple[str, ...] | None:
    if node is None:
        return ()
    if not isinstance(node, ast.Tuple | ast.List):
        return None
    found = tuple(text for text in map(_text, node.elts) if text is not None)
    return found if len(found) == len(node.elts) else None


def names_defined(source: str) -> Iterator[str]:
    """The functions, classes and variables at the top level of ``source``; raise ``SyntaxError``."""
    for node in parse(source).body:
        if isinstance(node, Registered):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
