"""What a terminal has to be like to study in. Pure: what it is like is looked up by the face that stands on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from quizapp.proof.say import Say
from quizapp.service.doctor import Finding, Mark

BEST = (80, 24)
WIDE, NARROW = "中", "─"
"""A character that takes two cells everywhere, and one that takes one unless a terminal is set otherwise."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """What was found out about a terminal.

    ``size`` is columns and rows, None where there is no terminal; ``colours`` a system of colours by Rich's name,
    None for none; ``cells`` how many each character was seen to take, empty where the terminal did not say.
    """

    size: tuple[int, int] | None
    encoding: str
    colours: str | None
    plain: bool
    cells: Mapping[str, int]


def judge(found: Terminal, least: tuple[int, int]) -> Iterator[Finding]:
    """The findings about a terminal, where ``least`` is the smallest that cards can be read in."""
    yield _size(found.size, least)
    if found.size is not None:
        yield _colours(found)
    yield _text(found)


def _size(size: tuple[int, int] | None, least: tuple[int, int]) -> Finding:
    if size is None:
        says = Say("the output goes elsewhere, so none was looked at", "输出不在终端上，因此没有检查")
        advice = Say("run quizapp doctor where you study", "在学习用的终端中运行 quizapp doctor")
        return Finding("terminal", Say("none", "无"), Mark.NOTE, says, advice, {"size": None})
    value, facts = Say.same("{}×{}".format(*size)), {"size": list(size)}
    if size[0] < least[0] or size[1] < least[1]:
        advice = Say("make it {}×{} or larger".format(*least), "至少调到 {}×{}".format(*least))
        return Finding(
            "terminal", value, Mark.PROBLEM, Say("too small for a card", "太小，显示不下卡片"), advice, facts
        )
    if size[0] < BEST[0] or size[1] < BEST[1]:
        advice = Say("{}×{} shows more at a time".format(*BEST), "{}×{} 可以显示更多".format(*BEST))
        return Finding("terminal", value, Mark.NOTE, advice=advice, facts=facts)
    return Finding("terminal", value, facts=facts)


def _colours(found: Terminal) -> Finding:
    names = {"truecolor": "24-bit", "256": "256", "standard": "16", "windows": "16"}
    value, facts = names.get(found.colours or "", "0"), {"colours": found.colours}
    if found.plain:
        says = Say("as NO_COLOR asks; marks and words say the same", "按 NO_COLOR 的要求；符号和文字表达同样的意思")
        return Finding("colours", Say.same("0"), says=says, facts={"colours": None})
    if found.colours == "truecolor":
        return Finding("colours", Say.same(value), facts=facts)
    if found.colours is None:
        advice = Say(
            "set TERM to what your terminal is, such as xterm-256color", "把 TERM 设为你的终端类型，如 xterm-256color"
        )
    else:
        advice = Say(
            "export COLORTERM=truecolor, if yours can show more", "如果终端支持更多颜色：export COLORTERM=truecolor"
        )
    return Finding("colours", Say.same(value), Mark.NOTE, advice=advice, facts=facts)


def _text(found: Terminal) -> Finding:
    value = found.encoding.lower()
    facts = {"encoding": value, "cells": dict(found.cells)}
    if value.replace("-", "").replace("_", "") != "utf8":
        says = Say("cannot write what the cards are written in", "无法显示卡片中的文字")
        return Finding("text", Say.same(value), Mark.PROBLEM, says, Say.same("export LANG=C.UTF-8"), facts)
    if not found.cells:
        return Finding("text", Say.same(value), facts=facts)
    return _width(Finding("text", Say.same(value), facts=facts, says=_seen(found.cells)), found.cells)


def _seen(cells: Mapping[str, int]) -> Say:
    seen = ", ".join(f"{char} {count}" for char, count in cells.items())
    return Say(f"cells: {seen}", f"占格：{seen}")


def _width(fine: Finding, cells: Mapping[str, int]) -> Finding:
    if cells.get(WIDE, 2) != 2:
        advice = Say(
            "Chinese will overlap here: use a terminal that draws it two cells wide",
            "中文会重叠：请换用按两格显示汉字的终端",
        )
    elif cells.get(NARROW, 1) != 1:
        advice = Say(
            "lines will be broken: have the terminal draw ambiguous characters narrow",
            "线条会错位：请在终端设置中把“宽度不确定的字符”设为窄",
        )
    else:
        return fine
    return Finding(fine.name, fine.value, Mark.NOTE, fine.says, advice, fine.facts)
