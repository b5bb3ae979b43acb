"""What the author of a verifier imports.

    from quizapp.proof import Case, Claim, close, main

A claim is declared at module level and filled in by decorators; ``main()`` runs the script. This
package imports nothing else of the project, and torch only where a claim needs it.
"""

import os
import sys

# Before torch is imported: one thread makes processor-time ratios right and forking safe.
for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
if (_torch := sys.modules.get("torch")) is not None:  # sorted imports bring a script's torch first
    _torch.set_num_threads(1)

from quizapp.proof.claim import BrokenClaimError, Case, Claim  # noqa: E402  # the environment comes first
from quizapp.proof.compare import (  # noqa: E402
    at_least,
    at_least_if,
    at_most,
    close,
    curves,
    equal,
    heat_map,
    note,
    table,
)
from quizapp.proof.digits import digits  # noqa: E402
from quizapp.proof.program import ProgramError, trace  # noqa: E402
from quizapp.proof.ranks import run_ranks  # noqa: E402
from quizapp.proof.replay import replay  # noqa: E402
from quizapp.proof.rng import Rng  # noqa: E402
from quizapp.proof.script import main  # noqa: E402
from quizapp.proof.timing import faster  # noqa: E402

__all__ = [
    "BrokenClaimError",
    "Case",
    "Claim",
    "ProgramError",
    "Rng",
    "at_least",
    "at_least_if",
    "at_most",
    "close",
    "curves",
    "digits",
    "equal",
    "faster",
    "heat_map",
    "main",
    "note",
    "replay",
    "run_ranks",
    "table",
    "trace",
]
