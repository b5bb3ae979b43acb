"""What this machine has for quizapp, what it lacks, and what to do about that. Nothing is written."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import Any

from quizapp import __version__
from quizapp.deck.claims import ClaimInfo
from quizapp.deck.load import sources
from quizapp.model.card import ClaimRef
from quizapp.proof.record import Proof, Verdict
from quizapp.proof.say import Say
from quizapp.runner import Isolation, Level, Workers, probe, refusal
from quizapp.service import linting
from quizapp.service.errors import REFUSALS
from quizapp.service.library import Library
from quizapp.service.proving import prove
from quizapp.service.remedies import Machine, remedy
from quizapp.store.door import FORMAT, Found, StoreError, connect, explained, look

TRIED = ClaimRef("conv_bn_fusion", "parity")
"""Needs torch and is proved in a moment."""
BUSY = 1.0  # seconds to wait for another program that is writing


class Mark(StrEnum):
    """How good a finding is. A ``problem`` is what keeps something from working."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


NOTHING = Say.same("")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: ``name``, for people and scripts alike, its ``value`` in a word, more in ``says``.

    ``advice`` is what to do where it could be better; ``facts`` are JSON data.
    """

    name: str
    value: Say
    mark: Mark = Mark.OK
    says: Say = NOTHING
    advice: Say | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def examine(library: Library, database: Path) -> Iterator[Finding]:
    """Every finding about the machine, the isolation first, each as soon as it is known; the proofs take seconds."""
    found = probe()
    yield isolation(found, Machine.here())
    yield foreign_decks(refusal())
    yield proof(library, found)
    yield Finding("quizapp", Say.same(__version__), says=Say.same(str(Path(__file__).parents[1])))
    yield python()
    yield torch()
    yield cuda(library, Path("/dev"))
    yield storage(database)
    yield deck(library)


def isolation(found: Isolation, machine: Machine) -> Finding:
    """How well runs are isolated, by what, and why not better."""
    by = " + ".join((found.by, *(("seccomp",) if found.level is Level.FULL and found.seccomp else ())))
    says = Say(*("; ".join(filter(None, (by, why))) for why in found.why))
    if found.level is Level.NONE:
        says = Say(
            f"{says.en}: a run can read and write whatever you can", f"{says.zh}：凡是你能读写的，运行的代码都能读写"
        )
    advice = remedy(found, machine)
    mark = Mark.OK if advice is None else Mark.PROBLEM if machine.platform == "win32" else Mark.NOTE
    facts = {"level": found.level.value, "by": found.by, "seccomp": found.seccomp, "signals": found.scope}
    return Finding("isolation", Say.same(found.level.value), mark, says, advice, facts)


def foreign_decks(why: Say | None) -> Finding:
    """Whether decks of others may run; ``why`` they may not, None where they may."""
    if why is None:
        says = Say("each once you have trusted it: quizapp trust DIR", "各自获得信任之后可以运行：quizapp trust DIR")
        return Finding("foreign decks", Say("allowed", "允许"), says=says, facts={"allowed": True})
    return Finding("foreign decks", Say("refused", "拒绝"), Mark.NOTE, why, facts={"allowed": False})


def proof(library: Library, found: Isolation) -> Finding:
    """A claim proved twice by workers of its own: in one that has yet to import everything, and in one that has."""
    try:
        claim = library.index.claim(TRIED) or next(iter(library.index.claims), None)
        if claim is None:
            says, advice = (
                Say("no verifier is there", "找不到验证脚本"),
                Say("install quizapp again", "重新安装 quizapp"),
            )
            return _unproved(says, advice)
        with closing(Workers(found)) as workers:
            runs = [_timed(library, claim, workers) for _ in range(2)]
    except (*REFUSALS, OSError) as error:
        return _unproved(Say.same(str(error)), None)
    for _, run in runs:
        if run.verdict is not Verdict.PROVED:
            more = f"quizapp verify {claim.ref}"
            return _unproved(run.reason or NOTHING, Say(f"{more} tells more", f"运行 {more} 查看详情"), run.verdict)
    cold, warm = (round(took) for took, _ in runs)
    return _proved(str(claim.ref), cold, None if found.level is Level.NONE else warm)  # such workers serve one run


def _proved(claim: str, cold: int, warm: int | None) -> Finding:
    if warm is None:
        says = Say(f"{claim}: {cold} ms, each run starts anew", f"{claim}：{cold} 毫秒，每次运行都重新启动")
    else:
        says = Say(f"{claim}: {cold} ms cold, {warm} ms warm", f"{claim}：冷启动 {cold} 毫秒，热启动 {warm} 毫秒")
    facts = {"claim": claim, "cold_ms": cold, "warm_ms": warm}
    return Finding("proof", Say("proved", "已证明"), says=says, facts=facts)


def _timed(library: Library, claim: ClaimInfo, workers: Workers) -> tuple[float, Proof]:
    """Milliseconds of wall time, and the proof."""
    began = time.perf_counter()
    found = prove(library, [claim], [0], "cpu", workers=workers).result()
    return 1000 * (time.perf_counter() - began), found


def _unproved(why: Say, advice: Say | None, verdict: Verdict = Verdict.ERROR) -> Finding:
    facts = {"verdict": verdict.value}
    return Finding("proof", Say.same(verdict.value), Mark.PROBLEM, why, advice, facts)


def python() -> Finding:
    """The interpreter and the system."""
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    facts = {"executable": sys.executable, "system": system}
    return Finding("python", Say.same(platform.python_version()), says=Say.same(system), facts=facts)


def torch() -> Finding:
    """Which torch is installed; it is not imported here, the proof has just shown whether it can be."""
    version = _torch()
    if version is None:
        says = Say("torch is not installed: no verifier can run", "未安装 torch：验证脚本无法运行")
        advice = Say.same("python -m pip install torch")
        return Finding("torch", Say("missing", "缺失"), Mark.PROBLEM, says, advice, {"version": None})
    return Finding("torch", Say.same(version), facts={"version": version})


def _torch() -> str | None:
    try:
        return metadata.version("torch")
    except metadata.PackageNotFoundError:
        return None


def cuda(library: Library, devices: Path) -> Finding:
    """Whether the folder ``devices``, as /dev, holds a GPU's; how many claims need one."""
    found = sorted(device.name for device in devices.glob("nvidia[0-9]*"))
    claims = library.index.claims
    needing = sum("cuda" in claim.requires for claim in claims)
    facts = {"devices": found, "claims": needing}
    if found:
        return _with_device(found, facts)
    says = Say(
        f"{needing} of {len(claims)} claims need one and are skipped here" if needing else "no claim needs one",
        f"{len(claims)} 个论断中有 {needing} 个需要它，在此跳过" if needing else "没有论断需要它",
    )
    return Finding("cuda", Say("no device", "无设备"), Mark.NOTE if needing else Mark.OK, says, facts=facts)


def _with_device(found: list[str], facts: Mapping[str, Any]) -> Finding:
    value, says = Say("device", "有设备"), Say.same(", ".join(found))
    if not (_torch() or "").endswith("+cpu"):
        return Finding("cuda", value, says=says, facts=facts)
    advice = Say(
        "this torch is a build without CUDA: install one with it, as pytorch.org shows",
        "这个 torch 不带 CUDA：请按 pytorch.org 的说明安装带 CUDA 的版本",
    )
    return Finding("cuda", value, Mark.NOTE, says, advice, facts)


def storage(database: Path) -> Finding:
    """Where reviews are kept, in which format, and whether they can be."""
    facts: dict[str, Any] = {"path": str(database), "format": None, "writable": False}
    try:
        found = look(database, wait=BUSY)
        refuse_read_only(database)
    except StoreError as error:
        said = str(error)
        return Finding("database", Say("unusable", "不可用"), Mark.PROBLEM, Say.same(said), facts=facts)
    facts["writable"] = True
    if found is Found.OLDER:
        says = Say(
            f"{database}, of an older format: quizapp study copies it, then brings it up to date",
            f"{database}，格式较旧：quizapp study 会先备份再升级",
        )
        return Finding("database", Say("older", "旧格式"), Mark.NOTE, says, facts=facts)
    if found is not Found.CURRENT:
        says = Say(f"{database} is made with the first review", f"首次复习时创建 {database}")
        return Finding("database", Say("none yet", "尚无"), says=says, facts=facts)
    facts["format"] = FORMAT
    return Finding("database", Say(f"format {FORMAT}", f"格式 {FORMAT}"), says=Say.same(str(database)), facts=facts)


def refuse_read_only(database: Path) -> None:
    """Raise ``StoreError`` where no review could be written to ``database``; nothing is written to find that out."""
    folder = next((place for place in database.parents if place.exists()), database.parent)
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise StoreError(
            f"{folder} is no folder that can be written to; choose another place with --db or QUIZAPP_HOME"
        )
    torn = database.with_name(f"{database.name}-journal").exists()  # whoever opens it to write rolls that back
    if torn or not database.exists():
        return
    with explained(database), closing(connect(database, mode="rw", wait=BUSY)) as connection:
        connection.execute("BEGIN IMMEDIATE")  # asks for the right to write
        connection.execute("ROLLBACK")


def deck(library: Library) -> Finding:
    """What there is to study, and what lint says of it."""
    found, _ = sources(library.questions)  # read anew: what is read by way of the cache is written to it
    cards, claims = sum(len(source.data["cards"]) for source in found), len(library.index.claims)
    problems = linting.static(library)
    refused = linting.refused(problems)
    counts = Say(
        f"{len(found)} topics, {claims} claims, {len(problems)} problems",
        f"{len(found)} 个主题，{claims} 个论断，{len(problems)} 个问题",
    )
    advice = Say("quizapp lint says which", "运行 quizapp lint 查看") if problems else None
    mark = Mark.PROBLEM if refused else Mark.NOTE if problems else Mark.OK
    facts = {"topics": len(found), "cards": cards, "claims": claims, "problems": len(problems)}
    return Finding("deck", Say(f"{cards} cards", f"{cards} 张卡片"), mark, counts, advice, facts)
