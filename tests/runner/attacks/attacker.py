"""A verifier that attacks: it calls the function that ``orders/order.json`` names, and says what became of it.

As a script it does so without any walls, in a process like any other of the user's, and prints the finding.
"""

from __future__ import annotations

import errno
import json
import os
import runpy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from quizapp.proof import Case, Claim, Rng


def became(folder: Path) -> dict[str, Any]:
    """``did`` with what the attack gained, or ``refused`` with the error that stopped it.

    Of several attacks ``did`` holds what became of each by its name; each is made in a process of its own.
    """
    order = json.loads((folder / "orders" / "order.json").read_text(encoding="utf-8"))
    attacks = runpy.run_path(str(folder / f"{order['kind']}.py"))
    if isinstance(order["name"], str):
        return _outcome(attacks[order["name"]], order["arguments"])
    return {"did": {name: _apart(attacks[name], order["arguments"]) for name in order["name"]}}


def _apart(attack: Callable[..., Any], arguments: dict[str, Any]) -> dict[str, Any]:
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        os.write(writing, json.dumps(_outcome(attack, arguments)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as told:
        found: dict[str, Any] = json.loads(told.read() or "{}")
    os.waitpid(child, 0)
    return found


def _outcome(attack: Callable[..., Any], arguments: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"did": attack(**arguments)}
    except OSError as error:
        return {"refused": errno.errorcode.get(error.errno or 0, type(error).__name__)}
    except (MemoryError, RuntimeError) as error:
        return {"refused": type(error).__name__}


attack = Claim("attack", en="An attack says what became of it", zh="攻击会说出结果")


@attack.cases
def cases(_rng: Rng) -> Iterator[Case]:
    yield Case("found", given=became(Path(__file__).parent))


@attack.truth(rel=0)
def one(_case: Case) -> int:
    return 1


@attack.answer
def right(**_found: object) -> int:
    return 1


@attack.misconception(en="none", zh="零")
def wrong(**_found: object) -> int:
    return 0


if __name__ == "__main__":
    sys.stdout.write(json.dumps(became(Path(sys.argv[1]))))
