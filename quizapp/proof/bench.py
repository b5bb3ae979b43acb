"""The bench: where a learner's code runs, in a process that knows neither the verifier nor its answer.

It is handed the part of the script that observes, and the inputs of each case; it hands back observations, plain
data. Nothing that the code does to this process can make them right.
"""

from __future__ import annotations

import base64
import json
import pickle
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from quizapp.proof.claim import BrokenClaimError, Subject
from quizapp.proof.experiment import line_in, one_line
from quizapp.proof.plain import NotPlainError, encode, plain
from quizapp.proof.rng import seed_everything

ROOM = 14 << 20
"""Characters that the observations of one attempt may take together; a record takes 16 MiB."""

Observed = dict[str, Any]
"""``seen``, encoded plain data; or what was ``raised``, and at which ``line`` of the attempt."""


def observe(job: Mapping[str, Any]) -> dict[str, Any]:
    """Load a learner's file and observe its entry point on every case.

    Returns ``observations``, one a case; or one ``word`` for a file that cannot be put to any: ``unparsable``,
    ``missing``, ``exited`` or ``raised``, with its ``detail`` and ``line``. (A file that ends the process or never
    ends is named by the runner, which alone can see it.)
    """
    file, entry = Path(str(job["file"])), str(job["entry"])
    watch = load_excerpt(str(job["module"]), str(job["excerpt"]), str(job["observe"]))
    try:
        subject = load_entry(file, entry)
        return {"observations": list(_observations(job, watch, subject, str(file)))}
    except SyntaxError as error:
        return {"word": "unparsable", "detail": str(error.msg), "line": error.lineno}
    except MissingEntryError as error:
        return {"word": "missing", "detail": str(error.args[0])}
    except SystemExit as error:
        return {"word": "exited", "detail": f"SystemExit: {error.code}", "line": line_in(error, str(file))}
    except _LoadError as error:
        return {"word": "raised", "detail": str(error), "line": error.line}


def _observations(job: Mapping[str, Any], watch: Callable[..., Any], subject: Subject, file: str) -> Iterator[Observed]:
    room = ROOM
    for index, case in enumerate(job["cases"]):
        seed_everything(job["claim"], job["seed"], index, "check")
        inputs = pickle.loads(base64.b64decode(case["inputs"]))  # noqa: S301  # the judge wrote it, and is trusted
        found = _observed(watch, subject, inputs, file)
        room -= len(json.dumps(found))
        if room < 0:
            found = {"raised": f"the observations of all cases take more than {ROOM >> 20} MiB", "line": None}
        yield found


def _observed(watch: Callable[..., Any], subject: Subject, inputs: dict[str, Any], file: str) -> Observed:
    try:
        return {"seen": encode(plain(watch(subject, **inputs)))}
    except NotPlainError as error:
        return {"raised": str(error), "line": None}
    except Exception as error:  # the learner's code may raise anything; it is told, with its line
        return {"raised": one_line(error), "line": line_in(error, file)}


def load_excerpt(module: str, excerpt: str, name: str) -> Callable[..., Any]:
    """Run a verifier's excerpt under the verifier's name and return its observe function.

    Raises ``BrokenClaimError`` where it does not run: that is the verifier's fault, not the learner's.
    """
    namespace = ModuleType(module)
    sys.modules[module] = namespace  # pickles and dataclasses look a module up by its name
    try:
        exec(compile(excerpt, f"<{module}>", "exec", dont_inherit=True), namespace.__dict__)  # noqa: S102  # a verifier's own text
        found: Callable[..., Any] = namespace.__dict__[name]
    except Exception as error:
        raise BrokenClaimError(f"what {name} needs does not run by itself: {one_line(error)}") from error
    return found


class _LoadError(Exception):
    """The body of an attempt's file raised before anything could be observed."""

    def __init__(self, cause: Exception, line: int | None) -> None:
        super().__init__(one_line(cause))
        self.line = line


class MissingEntryError(LookupError):
    """An attempt's file defines no callable of the name that is judged."""


def load_entry(file: Path, entry: str) -> Subject:
    """Run an attempt's file and return its entry point."""
    module = ModuleType("attempt")
    sys.modules["attempt"] = module
    code = compile(file.read_text(encoding="utf-8"), str(file), "exec", dont_inherit=True)
    try:
        exec(code, module.__dict__)  # noqa: S102  # running the learner's code is what this is for; the runner limits it
    except Exception as error:
        raise _LoadError(error, line_in(error, str(file))) from error
    one_thread()
    subject = module.__dict__.get(entry)
    if not callable(subject):
        raise MissingEntryError(f"defines no {entry}()")
    return subject  # type: ignore[no-any-return]  # a namespace holds anything; callable() has just been asked


def one_thread() -> None:
    """Keep torch on one thread: ratios of processor time and forked ranks both rest on it."""
    if (torch := sys.modules.get("torch")) is not None:
        torch.set_num_threads(1)
