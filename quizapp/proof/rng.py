"""Randomness that a seed decides, the same on every machine."""

from __future__ import annotations

import hashlib
import math
import random
import sys


class Rng(random.Random):
    """Python's generator, and the device that a run is on.

    While cases are drawn and while a check runs, the global generators of Python, NumPy and torch
    are seeded too, so that ``torch.randn`` and module constructors may be used as they are.
    """

    def __init__(self, *key: object, device: str = "cpu") -> None:
        super().__init__(_number(key))
        self.device = device

    def rounded(self, low: float, high: float, digits: int = 2) -> float:
        """A number between ``low`` and ``high`` with few digits, for a question a person reads."""
        return round(self.uniform(low, high), digits)

    def log_uniform(self, low: float, high: float) -> float:
        """A number whose order of magnitude is uniform between those of ``low`` and ``high``."""
        return math.exp(self.uniform(math.log(low), math.log(high)))


def seed_everything(*key: object) -> None:
    """Seed the global generators of Python and, where they are loaded, of NumPy and torch."""
    number = _number(key)
    random.seed(number)
    if (numpy := sys.modules.get("numpy")) is not None:
        numpy.random.seed(number % 2**32)
    if (torch := sys.modules.get("torch")) is not None:
        torch.default_generator.manual_seed(number)
        # torch.manual_seed would note a stack trace for a GPU that is not there: half a millisecond, hundreds of times
        if torch.cuda.is_available():
            torch.cuda.manual_seed_all(number)


def _number(key: tuple[object, ...]) -> int:
    # hash() differs between processes; a digest does not. 63 bits: torch takes no more.
    digest = hashlib.sha256("\x1f".join(map(str, key)).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
