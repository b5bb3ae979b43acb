"""How long the command line takes to answer, as multiples of an empty Python process in the same run.

python benchmarks/startup.py [ROUNDS]
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile

COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "quizapp --help": ["-m", "quizapp", "--help"],
    "quizapp due, warm cache": ["-m", "quizapp", "due"],
    "quizapp list": ["-m", "quizapp", "list"],
    "quizapp grade": ["-m", "quizapp", "grade", "prewitt-filter/which-edges", "good"],
    "import torch": ["-c", "import torch"],
}


def processor_seconds(arguments: list[str], home: str) -> float:
    """Processor time, user and system, of one whole process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = os.environ | {"QUIZAPP_HOME": home}
    subprocess.run([sys.executable, *arguments], env=environment, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def main() -> None:
    """Interleave the commands, so that a busy machine slows all of them alike; print medians."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory() as home:
        for _ in range(rounds + 1):
            for name, arguments in COMMANDS.items():
                taken[name].append(processor_seconds(arguments, home))
    base = statistics.median(taken["python -c pass"][1:])
    for name, values in taken.items():
        middle = statistics.median(values[1:])  # the first round fills caches
        print(f"{name:26} {1000 * middle:7.0f} ms of processor time   {middle / base:6.1f} × an empty process")


if __name__ == "__main__":
    main()
