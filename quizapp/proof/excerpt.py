"""The part of a verifier that a learner's process may have: what is done with a subject, and nothing of the answer."""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Collection, Iterator

from quizapp.proof.claim import BrokenClaimError
from quizapp.syntax import parse

SECRET = {"answer", "misconception", "check", "truth", "cases"}
"""The parts of a claim that stay with the judge."""
Decorated = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def excerpt(source: str, name: str, classes: Collection[str] = ()) -> str:
    """The function ``name`` of a script, the ``classes`` named, and every top-level statement that they need.

    The statements keep their order; comments, and decorators that register a part of a claim, are left out. Raises
    ``BrokenClaimError`` where they need a claim or one of its ``SECRET`` parts, or where ``name`` is not defined.
    """
    script = _Script(parse(source))
    wanted = script.needed([name, *sorted(classes)])
    kept = [_only(node, wanted) for node in script.tree.body if script.joins(node, wanted)]
    return ast.unparse(ast.Module([_bare(node, script.claims) for node in kept], type_ignores=[])) + "\n"


class _Script:
    """A verifier's top-level statements, by the names that they bind."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.claims = {name for node in tree.body if _makes_claim(node) for name in self.binds(node)}
        self.secret = {name for node in tree.body for name in self._parts(node)}

    def binds(self, node: ast.stmt) -> set[str]:
        """The names that a top-level statement defines; of a compound one, those that it may define."""
        if isinstance(node, Decorated):
            return {node.name}
        if isinstance(node, ast.Import | ast.ImportFrom):
            return {_name_of(alias) for alias in node.names}
        stored = {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
        return stored.union(*(self.binds(each) for each in ast.iter_child_nodes(node) if isinstance(each, ast.stmt)))

    def needed(self, names: list[str]) -> set[str]:
        """The names, and all that what they stand for names in turn."""
        found: set[str] = set()
        waiting = [(name, "the observe function") for name in names]
        while waiting:
            name, user = waiting.pop()
            if name in found:
                continue
            self._refuse(name, user)
            nodes = [node for node in self.tree.body if name in self.binds(node)]
            if not nodes and user == "the observe function":
                raise BrokenClaimError(f"{name} must be defined at the top level of the script, to be observed with")
            found |= {name} if nodes else set()
            waiting += [(each, name) for node in nodes for each in _names_used(_bare(node, self.claims))]
        return found

    def joins(self, node: ast.stmt, wanted: set[str]) -> bool:
        """Whether a statement defines what is wanted, or sets it up: ``torch.backends.cudnn.allow_tf32 = False``."""
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            return True
        sets = isinstance(node, ast.Assign) and all(isinstance(target, ast.Attribute) for target in node.targets)
        return bool(self.binds(node) & wanted) or (sets and set(_names_used(node)) - set(dir(builtins)) <= wanted)

    def _refuse(self, name: str, user: str) -> None:
        if name in self.claims or name in self.secret:
            what = "a claim" if name in self.claims else "a part of a claim"
            raise BrokenClaimError(
                f"{user} needs {name}, which is {what} and stays with the judge; "
                f"move what observing needs into a function of its own"
            )

    def _parts(self, node: ast.stmt) -> Iterator[str]:
        """The functions that a statement registers as a part of a claim, by decorator or by a call."""
        if isinstance(node, Decorated) and any(self._registers(each) in SECRET for each in node.decorator_list):
            yield node.name
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and self._registers(node.value) in SECRET:
            yield from (each.id for each in node.value.args if isinstance(each, ast.Name))

    def _registers(self, node: ast.expr) -> str | None:
        return _registers(node, self.claims)


def _registers(node: ast.expr, claims: set[str]) -> str | None:
    """``observe`` of ``claim.observe``, ``misconception`` of ``claim.misconception(...)``; None of anything else."""
    while isinstance(node, ast.Call):
        node = node.func
    known = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in claims
    return node.attr if known and isinstance(node, ast.Attribute) else None


def _makes_claim(node: ast.stmt) -> bool:
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    called = value.func if isinstance(value, ast.Call) else None
    return (called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")) == "Claim"


def _bare(node: ast.stmt, claims: set[str]) -> ast.stmt:
    """A definition without the decorators that register it with a claim."""
    if isinstance(node, Decorated):
        node.decorator_list = [each for each in node.decorator_list if _registers(each, claims) is None]
    return node


def _only(node: ast.stmt, wanted: set[str]) -> ast.stmt:
    """An import of what is wanted alone."""
    if isinstance(node, ast.ImportFrom) and node.module == "__future__":
        return node
    if isinstance(node, ast.Import | ast.ImportFrom):
        node.names = [each for each in node.names if _name_of(each) in wanted]
    return node


def _name_of(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _names_used(node: ast.stmt) -> Iterator[str]:
    """The names that a statement looks up in its module, in whatever scope inside it."""
    yield from _globals(symtable.symtable(ast.unparse(node), "script", "exec"), top=True)


def _globals(table: symtable.SymbolTable, *, top: bool) -> Iterator[str]:
    for symbol in table.get_symbols():
        if symbol.is_referenced() if top else symbol.is_global():
            yield symbol.get_name()
    for child in table.get_children():
        yield from _globals(child, top=False)
