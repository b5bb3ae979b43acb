"""Plain data: all that may pass from a learner's process to the judge's, and how it is written.

Never a pickle: the reader must be safe against whatever the other side writes.
"""

from __future__ import annotations

import base64
import math
import sys
from collections.abc import Callable, Mapping
from typing import Any

from quizapp.proof.program import Program

DEPTH = 24
"""How deep an observation may be nested; its JSON is at most ``JSON_DEPTH``."""
JSON_DEPTH = 4 * DEPTH
ITEMS = 200_000  # values in one observation
BYTES = 12 << 20  # of all its tensors; in base64 they fill a record
BITS = 4096  # of a whole number; Python's own reader stops at 4300 digits
DTYPES = (
    *("bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"),
    *("float16", "bfloat16", "float32", "float64", "complex64", "complex128"),
    *("float8_e4m3fn", "float8_e5m2"),
)
ARRAYS = tuple(name for name in DTYPES if name != "bfloat16" and "float8" not in name)
"""The types of NumPy that have a name here."""


class NotPlainError(TypeError):
    """A value that is no plain data; the message says what was found, and where."""


def plain(value: Any) -> Any:
    """``value`` as plain data, made of exact builtin types: a copy that holds nothing of the original.

    None, booleans, numbers, texts, bytes, lists, tuples, dicts with text for keys, tensors (detached and contiguous,
    on their device), NumPy arrays and ``Program`` are plain; sizes become tuples, types and devices of torch texts.
    Raises ``NotPlainError`` for anything else, and for what is too deep or too large.
    """
    return _Plainer().plain(value, ())


class _Plainer:
    """Makes one value plain, within its bounds."""

    def __init__(self) -> None:
        self._items = 0
        self._bytes = 0

    def plain(self, value: Any, at: tuple[str | int, ...]) -> Any:
        self._items += 1
        if self._items > ITEMS or len(at) > DEPTH:
            raise NotPlainError(f"the observation holds more than {ITEMS} values, or is nested deeper than {DEPTH}")
        if value is None or isinstance(value, bool):
            return value
        for kind, convert in _SCALARS:
            if isinstance(value, kind):
                return convert(value)
        return self._collection(value, at)

    def _collection(self, value: Any, at: tuple[str | int, ...]) -> Any:
        if isinstance(value, list | tuple):
            inner = [self.plain(each, (*at, index)) for index, each in enumerate(value)]
            return inner if isinstance(value, list) else tuple(inner)
        if isinstance(value, dict):
            return {_key(key, at): self.plain(each, (*at, str(key))) for key, each in value.items()}
        if isinstance(value, Program):
            self._count(sum(each.nbytes for each in value.constants), at)
            return value
        return self._foreign(value, at)

    def _foreign(self, value: Any, at: tuple[str | int, ...]) -> Any:
        """What belongs to torch or NumPy, where they are loaded."""
        if (torch := sys.modules.get("torch")) is not None:
            if isinstance(value, torch.Tensor):
                return self._tensor(torch, value, at)
            if isinstance(value, torch.dtype | torch.device):
                return str(value)
        if (numpy := sys.modules.get("numpy")) is not None:
            if isinstance(value, numpy.generic) and not isinstance(value.item(), numpy.generic):
                return self.plain(value.item(), at)
            if isinstance(value, numpy.ndarray) and value.dtype.name in ARRAYS:
                self._count(value.nbytes, at)
                return numpy.array(value, order="C", subok=False)
        raise NotPlainError(_told(f"a {type(value).__name__}", at))

    def _tensor(self, torch: Any, value: Any, at: tuple[str | int, ...]) -> Any:
        if value.layout is not torch.strided or value.is_meta or str(value.dtype).removeprefix("torch.") not in DTYPES:
            raise NotPlainError(_told(f"a {value.layout} tensor of {value.dtype} on {value.device}", at))
        self._count(value.nbytes, at)
        copy = value.detach().clone(memory_format=torch.contiguous_format)
        return copy.resolve_conj().resolve_neg().as_subclass(torch.Tensor)

    def _count(self, size: int, at: tuple[str | int, ...]) -> None:
        self._bytes += size
        if self._bytes > BYTES:
            raise NotPlainError(_told(f"more than {BYTES >> 20} MiB of tensors, counted up to what lies", at))


def _whole(value: int) -> int:
    if value.bit_length() > BITS:
        raise NotPlainError(f"the observation holds a whole number of {value.bit_length()} bits")
    return int.__index__(value)


_SCALARS: tuple[tuple[type, Callable[[Any], Any]], ...] = (  # subclasses become what they are made of
    (int, _whole),
    (float, float.__float__),
    (complex, complex.__complex__),
    (str, str.__str__),
    (bytes, lambda value: bytes(memoryview(value))),
)


def _key(key: Any, at: tuple[str | int, ...]) -> str:
    if not isinstance(key, str):
        raise NotPlainError(_told(f"a dict with a {type(key).__name__} for a key", at))
    return str.__str__(key)


def _told(what: str, at: tuple[str | int, ...]) -> str:
    where = "".join(f"[{step!r}]" for step in at)
    found = f"the observation holds {what} at {where}" if at else f"the observation is {what}"
    return f"{found}; numbers, texts, tensors, and lists, tuples or dicts of them can be judged"


def encode(value: Any) -> Any:
    """Plain data as JSON data, read back by ``decode``.

    Lists and texts stand for themselves; anything that JSON has no word for is an object of one key, its kind.
    """
    if isinstance(value, list):
        return [encode(each) for each in value]
    if value is None or isinstance(value, bool | int | str) or (isinstance(value, float) and math.isfinite(value)):
        return value
    for kind, written in _WRITERS:
        if isinstance(value, kind):
            return written(value)
    return _block(value)


_WRITERS: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (float, lambda value: {"float": repr(value)}),
    (tuple, lambda value: {"tuple": [encode(each) for each in value]}),
    (dict, lambda value: {"dict": {key: encode(each) for key, each in value.items()}}),
    (Program, lambda value: {"program": encode(value.to_plain())}),
    (complex, lambda value: {"complex": [encode(value.real), encode(value.imag)]}),
    (bytes, lambda value: {"bytes": base64.b64encode(value).decode()}),
)


def _block(value: Any) -> Any:
    """A tensor or an array: its type, its shape, its numbers as they lie in memory."""
    data: dict[str, Any] = {"dtype": str(value.dtype).removeprefix("torch."), "shape": list(value.shape)}
    if type(value).__name__ != "Tensor":
        return {"array": {**data, "data": base64.b64encode(value.tobytes()).decode()}}
    import torch

    raw = value.cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
    return {"tensor": {**data, "device": value.device.type, "data": base64.b64encode(raw).decode()}}


def decode(data: Any, device: str = "cpu") -> Any:
    """The plain data that ``encode`` wrote. Raises ``ValueError``, and nothing else, on any other JSON data.

    A tensor that lay on an accelerator comes to lie on ``device``, or on the CPU where that is absent.
    """
    if too_deep(data):
        raise ValueError(f"the data is nested deeper than {JSON_DEPTH}")
    return _decoded(data, device)


def too_deep(data: Any) -> bool:
    """Whether JSON data is nested deeper than any observation is; found without recursion."""
    level = [data]
    for _ in range(JSON_DEPTH):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return False
    return True


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _decoded(data: Any, device: str) -> Any:
    if isinstance(data, list):
        return [_decoded(each, device) for each in data]
    if isinstance(data, dict):
        _expect(len(data) == 1, f"an object of {len(data)} keys is no plain data")
        ((kind, inner),) = data.items()
        _expect(kind in _READERS, f"{str(kind)[:40]!r} is no kind of plain data")
        return _READERS[kind](inner, device)
    whole = type(data) is int and data.bit_length() <= BITS
    _expect(data is None or whole or isinstance(data, bool | float | str), "a number is too large for plain data")
    return data


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)


def _tuple(inner: Any, device: str) -> tuple[Any, ...]:
    _expect(isinstance(inner, list), "a tuple is written as a list")
    return tuple(_decoded(each, device) for each in inner)


def _dict(inner: Any, device: str) -> dict[str, Any]:
    _expect(isinstance(inner, dict), "a dict is written as an object")
    return {str(key): _decoded(each, device) for key, each in inner.items()}


def _float(inner: Any, _device: str) -> float:
    _expect(inner in ("nan", "inf", "-inf"), f"{str(inner)[:40]!r} is no number")
    return float(inner)


def _complex(inner: Any, device: str) -> complex:
    parts = _tuple(inner, device)
    _expect([type(part) for part in parts] == [float, float], "a complex number has two parts")
    return complex(*parts)


def _bytes(inner: Any, _device: str) -> bytes:
    _expect(isinstance(inner, str), "bytes are written in base64")
    return base64.b64decode(inner, validate=True)  # raises binascii.Error, a ValueError


def _read_block(inner: Any, names: tuple[str, ...], itemsize: Callable[[str], int]) -> tuple[str, list[int], bytes]:
    """The type's name, the shape and as many bytes as they take."""
    _expect(isinstance(inner, dict) and inner.get("dtype") in names, f"a tensor has a type out of {', '.join(names)}")
    name, shape = inner["dtype"], inner.get("shape")
    fine = (
        isinstance(shape, list) and len(shape) <= 32 and all(type(each) is int and 0 <= each < 2**40 for each in shape)
    )
    _expect(fine, f"{str(shape)[:80]} is no shape")
    raw = _bytes(inner.get("data"), "")
    _expect(len(raw) == math.prod(shape) * itemsize(name), f"{len(raw)} bytes do not fill {name} {shape}")
    return name, shape, raw


def _tensor(inner: Any, device: str) -> Any:
    import torch

    name, shape, raw = _read_block(inner, DTYPES, lambda each: int(getattr(torch, each).itemsize))
    try:
        flat = torch.frombuffer(bytearray(raw), dtype=torch.uint8) if raw else torch.empty(0, dtype=torch.uint8)
        tensor = (flat != 0 if name == "bool" else flat.view(getattr(torch, name))).reshape(shape)
        return tensor if inner.get("device") == "cpu" else tensor.to(_present(torch, device))
    except RuntimeError as error:
        raise ValueError(f"this is no tensor: {error}") from error


def _present(torch: Any, device: str) -> str:
    return device if device.partition(":")[0] == "cuda" and torch.cuda.is_available() else "cpu"


def _array(inner: Any, _device: str) -> Any:
    import numpy as np

    name, shape, raw = _read_block(inner, ARRAYS, lambda each: np.dtype(each).itemsize)
    flat = np.frombuffer(raw, dtype=np.uint8)
    return (flat != 0 if name == "bool" else flat.view(name)).reshape(shape).copy()


_READERS: Mapping[str, Callable[[Any, str], Any]] = {
    "float": _float,
    "tuple": _tuple,
    "dict": _dict,
    "program": lambda inner, device: Program.from_plain(_decoded(inner, device)),
    "complex": _complex,
    "bytes": _bytes,
    "tensor": _tensor,
    "array": _array,
}
