"""Runs verifiers: a child process a run, inside walls, with limits, a clean environment and a nonce.

What a run says counts only when it comes on the run's own channel with the run's nonce: neither
an exit code of 0 nor a printed "proved" is a verdict.
"""

from quizapp.runner.isolation import Isolation, Level, probe, refusal
from quizapp.runner.job import Answer, Belief, Draw, Inputs, Job, Observe, Prove, Verdict
from quizapp.runner.message import Broken, Done, Message, Outcomed, Stop, Stopped
from quizapp.runner.room import Room
from quizapp.runner.run import Limits, Run
from quizapp.runner.workers import Workers

__all__ = [
    "Answer",
    "Belief",
    "Broken",
    "Done",
    "Draw",
    "Inputs",
    "Isolation",
    "Job",
    "Level",
    "Limits",
    "Message",
    "Observe",
    "Outcomed",
    "Prove",
    "Room",
    "Run",
    "Stop",
    "Stopped",
    "Verdict",
    "Workers",
    "probe",
    "refusal",
]
