"""The givens of a numeric case in a prompt: ``{name}`` stands for a value drawn by the seed."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)\}")


def placeholders(text: str) -> set[str]:
    """The names that ``text`` asks for."""
    return set(_PLACEHOLDER.findall(text))


def fill(text: str, given: Mapping[str, object]) -> str:
    """``text`` with its givens; a name that is not given stays as it is, so that the lack shows."""
    return _PLACEHOLDER.sub(lambda match: str(given.get(match[1], match[0])), text)
