"""A deck of others, as a person has to see it before it is trusted: what would run, and what is different."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from quizapp.deck.claims import VerifierInfo, index
from quizapp.deck.manifest import Change, Entry
from quizapp.proof.say import Say
from quizapp.sanitise import clean
from quizapp.service.trust import Candidate, named, refusal

SHOWN = 200
"""Lines of differences; what is left out is counted."""
WIDEST = 400
"""Characters of a line."""
TAB = "⇥   "
COMPARED = 2000
"""Lines of a file beyond which it is not compared here: the comparison takes time by the square."""

RUNS = Say("What would run:", "会运行的脚本：")
BESIDE = Say("What it could read or load:", "运行时可以读取或加载的文件：")
NO_SCRIPT = Say("  no script", "  没有脚本")
LINES = Say("{n} lines", "{n} 行")
BINARY = Say("not text: nobody can read it here", "不是文本：这里无法阅读")
SUM = Say("{files} files, {size}, digest {digest}", "{files} 个文件，{size}，摘要 {digest}")
READ = Say("The code is in {deck}: read it first.", "代码在 {deck} 中：请先阅读。")
CHANGED = Say("What is different since {when}:", "自 {when} 以来的改动：")
COPY_SPOILT = Say(
    "  The copy made then is not as it was, so no lines can be compared.", "  当时制作的副本已被改动，无法逐行比较。"
)
REMADE = Say(
    "The deck is as it was trusted; the copy made then is not, and will be made anew.",
    "牌组与获得信任时一致；当时制作的副本已被改动，将重新制作。",
)
MODE = Say("mode {was:o} → {now:o}", "权限 {was:o} → {now:o}")
ADDED, REMOVED, OTHER = Say("added", "新增"), Say("removed", "删除"), Say("changed", "更改")
TOO_LONG = Say("  too long to be compared here", "  太长，无法在此比较")
LEFT_OUT = Say(
    "… {n} lines of differences are not shown: compare {copy} with {deck}",
    "… 还有 {n} 行改动没有显示：请比较 {copy} 与 {deck}",
)
WALLS = {
    "full": Say(
        "A run here is walled in by {by}: no network, and of your files only the deck's.",
        "这里的运行由 {by} 隔离：没有网络，也只能读到牌组的文件。",
    ),
    "partial": Say(
        "A run here is walled in only in part, by {by} ({why}).", "这里的运行只得到部分隔离：{by}（{why}）。"
    ),
    "none": Say(
        "A run here is not walled in ({why}): it can read and write whatever you can.",
        "这里的运行没有隔离（{why}）：凡是你能读写的，它都能读写。",
    ),
}


def page(found: Candidate, lang: str) -> Iterator[str]:
    """The lines about a deck that somebody is asked to trust."""
    yield named(found.deck)
    yield ""
    yield from _scripts(found, lang)
    yield ""
    size = _size(sum(entry.size for entry in found.manifest.entries))
    digest = found.manifest.digest[:12]
    yield SUM.to(lang).format(files=len(found.manifest.entries), size=size, digest=digest)
    yield isolation_line(lang)
    if (why := refusal()) is not None:
        yield clean(why.to(lang))
    yield from _differences(found, lang)
    yield READ.to(lang).format(deck=named(found.deck))


def isolation_line(lang: str) -> str:
    """What a run could do on this machine."""
    from quizapp.runner.isolation import probe

    found = probe()
    return WALLS[found.level.value].to(lang).format(by=found.by, why=clean(found.why.to(lang)))


def written_out(line: str) -> str:
    """A stranger's line: whatever a terminal would obey, or nobody could see, is written out as ``<U+001B>``.

    More than ``spelt`` does, since what is compared must not lose so much as an accent. A tab is an arrow.
    """
    odd = {char for char in line if not char.isprintable() or clean(char) != char}
    names = {ord(char): TAB if char == "\t" else f"<U+{ord(char):04X}>" for char in odd | {"\t"}}
    return clean(line.translate(names), max_chars=WIDEST)


def _scripts(found: Candidate, lang: str) -> Iterator[str]:
    scripts = {f"verifiers/{info.path.name}": info for info in index(found.folder / "verifiers").verifiers.values()}
    yield RUNS.to(lang)
    if not scripts:
        yield NO_SCRIPT.to(lang)
    for entry in found.manifest.entries:
        if (info := scripts.get(entry.name)) is not None:
            yield _file(found, entry, lang)
            yield from _claims(info, lang)
    rest = [entry for entry in found.manifest.entries if entry.name not in scripts]
    if rest:
        yield BESIDE.to(lang)
    yield from (_file(found, entry, lang) for entry in rest)


def _file(found: Candidate, entry: Entry, lang: str) -> str:
    text = _text((found.folder / entry.name).read_bytes())
    lines = BINARY.to(lang) if text is None else LINES.to(lang).format(n=len(text))
    return f"  {written_out(entry.name)}  {lines}, {_size(entry.size)}"


def _claims(info: VerifierInfo, lang: str) -> Iterator[str]:
    for claim in info.claims:
        yield f"    {written_out(claim.ref.name)}: {written_out(claim.statement[lang])}"
    for problem in info.problems:
        yield f"    {problem.line}:{problem.column}: {written_out(problem.message)}"


def _differences(found: Candidate, lang: str) -> Iterator[str]:
    if found.before is None:
        return
    yield ""
    if not found.changes:
        yield REMADE.to(lang)
        return
    yield CHANGED.to(lang).format(when=written_out(found.before.when))
    yield from (f"  {_said(change, lang)}" for change in found.changes)
    if not found.before.sound():
        yield COPY_SPOILT.to(lang)
        return
    lines = [line for change in found.changes for line in _compared(found, change, lang)]
    yield from lines[:SHOWN]
    if len(lines) > SHOWN:
        places = {"copy": named(found.before.copy), "deck": named(found.deck)}
        yield LEFT_OUT.to(lang).format(n=len(lines) - SHOWN, **places)
    yield ""


def _said(change: Change, lang: str) -> str:
    what = ADDED if change.was is None else REMOVED if change.now is None else OTHER
    said = [what.to(lang)] if change.content else []
    if change.mode and change.was and change.now:
        said.append(MODE.to(lang).format(was=change.was.mode, now=change.now.mode))
    return f"{', '.join(said)}  {written_out(change.entry.name)}"


def _compared(found: Candidate, change: Change, lang: str) -> Iterator[str]:
    """The lines that differ, with their neighbours; nothing for a file that is no text on either side."""
    assert found.before is not None  # a change is from something
    name = change.entry.name
    was = _text((found.before.copy / name).read_bytes()) if change.was else []
    now = _text((found.folder / name).read_bytes()) if change.now else []
    if was is None or now is None or not change.content:
        return
    yield ""
    if max(len(was), len(now)) > COMPARED:
        yield f"  {written_out(name)}:{TOO_LONG.to(lang)}"
        return
    yield from map(written_out, difflib.unified_diff(was, now, f"trusted/{name}", name, lineterm=""))


def _text(data: bytes) -> list[str] | None:
    """The lines of a text as an editor counts them; None for what is no text."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text.removesuffix("\n").split("\n") if text else []


def _size(size: int) -> str:
    return f"{size} B" if size < 1024 else f"{size / 1024:.1f} KiB" if size < 1 << 20 else f"{size / (1 << 20):.1f} MiB"
