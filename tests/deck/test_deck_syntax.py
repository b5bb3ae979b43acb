"""Source is parsed from several threads, and beside a library that parses too."""

from __future__ import annotations

import ast
import gc
import threading

import pytest

from quizapp.syntax import parse

SOURCE = "\n".join(
    f"def f{n}(a, b={{}}, *c):\n    return [a[{n}:b] for x in c if (x, (a, (b, [c])))]" for n in range(60)
)


def test_threads_that_parse_at_once_all_get_their_tree() -> None:
    wanted, found = ast.dump(ast.parse(SOURCE)), []
    threads = [threading.Thread(target=lambda: found.append(ast.dump(parse(SOURCE)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [wanted] * 8


def test_a_depth_that_another_threads_parsing_confused_is_counted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = ast.parse, []

    def confused(source: str) -> ast.Module:
        calls.append(gc.isenabled())
        if len(calls) < 3:
            raise SystemError("AST constructor recursion depth mismatch (before=42, after=209)")
        return real(source)

    monkeypatch.setattr(ast, "parse", confused)
    assert len(parse("a = 1").body) == 1
    assert calls == [False] * 3
    assert gc.isenabled()


def test_a_system_error_that_stays_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: str) -> ast.Module:
        raise SystemError("for good")

    monkeypatch.setattr(ast, "parse", broken)
    with pytest.raises(SystemError, match="for good"):
        parse("a = 1")
    assert gc.isenabled()


def test_bad_source_is_refused_and_the_next_is_read() -> None:
    with pytest.raises(SyntaxError):
        parse("def")
    assert isinstance(parse("x"), ast.Module)
