"""Runs verifiers: one process a run, its own group, limits, a clean environment, a nonce.

What a run says counts only when it comes on the run's own channel with the run's nonce: neither
an exit code of 0 nor a printed "proved" is a verdict.
"""

from quizapp.runner.job import Answer, Attempt, Belief, Draw, Job, Prove
from quizapp.runner.message import Broken, Done, Message, Outcomed, Stop, Stopped
from quizapp.runner.run import Limits, Run

__all__ = [
    "Answer",
    "Attempt",
    "Belief",
    "Broken",
    "Done",
    "Draw",
    "Job",
    "Limits",
    "Message",
    "Outcomed",
    "Prove",
    "Run",
    "Stop",
    "Stopped",
]
