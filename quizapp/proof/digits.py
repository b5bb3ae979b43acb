"""Real handwritten digits, from the file that scikit-learn ships: no download, and no import of scikit-learn."""

from __future__ import annotations

import gzip
import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path("datasets", "data", "digits.csv.gz")


def digits() -> tuple[Any, Any]:
    """1797 images (1797, 8, 8) in float32, from 0 to 1, and their labels (1797,) in int64, as fresh torch tensors.

    The test part of "Optical Recognition of Handwritten Digits" (Alpaydin & Kaynak 1998, UCI repository, CC BY 4.0),
    in its order: writers are mixed, classes nearly even. Raises ``FileNotFoundError`` where scikit-learn is missing.
    """
    import torch

    rows = torch.from_numpy(_rows().copy())
    return (rows[:, :-1] / 16).float().reshape(-1, 8, 8), rows[:, -1].long()


@cache
def _rows() -> Any:
    import numpy as np

    # found, not imported: scikit-learn brings scipy along and takes a second
    found = importlib.util.find_spec("sklearn")
    if found is None or found.origin is None:
        raise FileNotFoundError("the digits are scikit-learn's; install it with: pip install scikit-learn")
    with gzip.open(Path(found.origin).parent / FILE, "rt", encoding="ascii") as file:
        return np.loadtxt(file, delimiter=",")
