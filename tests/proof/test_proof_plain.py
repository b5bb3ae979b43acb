"""What passes from a learner's process to the judge's: plain data, and a reader that hostile data cannot upset."""

from __future__ import annotations

import base64
import json
import math
from collections import OrderedDict, namedtuple
from contextlib import suppress
from enum import IntEnum
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizapp.proof.plain import ARRAYS, BITS, DTYPES, JSON_DEPTH, NotPlainError, decode, encode, plain, too_deep

torch = pytest.importorskip("torch")

shapes = st.lists(st.integers(0, 3), max_size=4)
finite = st.floats(allow_nan=False)


@st.composite
def tensors(draw: st.DrawFn) -> Any:
    """A tensor of any type and shape, with any bits in it."""
    dtype, shape = getattr(torch, draw(st.sampled_from(DTYPES))), draw(shapes)
    size = math.prod(shape) * dtype.itemsize
    raw = bytearray(draw(st.binary(min_size=size, max_size=size)))
    if dtype is torch.bool:
        raw = bytearray(byte & 1 for byte in raw)
    flat = torch.frombuffer(raw, dtype=torch.uint8) if raw else torch.empty(0, dtype=torch.uint8)
    return flat.view(dtype).reshape(shape)


@st.composite
def arrays(draw: st.DrawFn) -> Any:
    dtype, shape = np.dtype(draw(st.sampled_from(ARRAYS))), draw(shapes)
    return np.asarray(np.frombuffer(bytes(math.prod(shape) * dtype.itemsize), dtype).reshape(shape) + dtype.type(1))


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**200), 2**200)
    | st.floats()
    | st.complex_numbers()
    | st.text()
    | st.binary(max_size=20)
)
data = st.recursive(
    scalars | tensors() | arrays(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(), inner, max_size=3)
    ),
    max_leaves=8,
)


def written(value: Any) -> str:
    """Equal texts for equal data, types and bits included."""
    if isinstance(value, torch.Tensor):
        raw = value.contiguous().reshape(-1).view(torch.uint8).tolist()
        return f"tensor {value.dtype} {tuple(value.shape)} {raw}"
    if isinstance(value, np.ndarray):
        return f"array {value.dtype} {value.shape} {value.tobytes()!r}"
    if isinstance(value, list | tuple):
        return f"{type(value).__name__} {[written(each) for each in value]}"
    if isinstance(value, dict):
        return f"dict { {key: written(each) for key, each in value.items()} }"
    return f"{type(value).__name__} {value!r}"


@settings(max_examples=300)
@given(data)
def test_what_is_encoded_and_decoded_is_the_same_to_the_bit(value: Any) -> None:
    text = json.dumps(encode(plain(value)), allow_nan=False)
    assert written(decode(json.loads(text))) == written(plain(value)) == written(value)


json_data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
kinds = st.sampled_from(["float", "tuple", "dict", "program", "complex", "bytes", "tensor", "array", "pickle", "ref"])
fields = st.sampled_from(["dtype", "shape", "data", "device", "inputs", "constants", "steps", "result", "ref", "dict"])
likely = (
    st.sampled_from([*DTYPES, "nan", "inf", "AAAA", "cuda", "cpu", "aten::add", "input", "step", "object", "float128"])
    | st.lists(st.integers(-2, 2**62), max_size=3)
    | json_data
)
hostile = st.recursive(
    json_data,
    lambda inner: st.dictionaries(kinds, inner | st.dictionaries(fields, likely | inner, max_size=6), max_size=2),
    max_leaves=6,
)


@settings(max_examples=1000)
@given(hostile)
def test_a_reader_of_hostile_data_raises_value_errors_alone(value: Any) -> None:
    with suppress(ValueError):
        assert repr(plain(decode(value)))


def tensor(**changed: Any) -> dict[str, Any]:
    sound = {"dtype": "float32", "shape": [2], "device": "cpu", "data": base64.b64encode(bytes(8)).decode()}
    return {"tensor": sound | changed}


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (tensor(shape=[3]), "8 bytes do not fill float32"),
        (tensor(shape=[2**62, 2**62]), "is no shape"),
        (tensor(shape=[-2]), "is no shape"),
        (tensor(shape=[2.0]), "is no shape"),
        (tensor(shape=[True, 2]), "is no shape"),
        (tensor(shape=[1] * 99), "is no shape"),
        (tensor(dtype="object"), "has a type out of"),
        (tensor(dtype=["float32"]), "has a type out of"),
        (tensor(data="AAA"), "padding"),
        (tensor(data="é" * 12), "ASCII"),
        (tensor(data=None), "base64"),
        ({"array": {"dtype": "object", "shape": [1], "data": ""}}, "has a type out of"),
        ({"pickle": "gASVAAAAAAAAAA=="}, "no kind of plain data"),
        ({"tuple": [], "list": []}, "2 keys"),
        ({}, "0 keys"),
        ({"float": "1e5"}, "is no number"),
        ({"float": "infinity"}, "is no number"),
        (1 << (BITS + 1), "too large"),
        (json.loads("[" * 500 + "]" * 500), "deeper"),
        ({"program": {"dict": {}}}, "this is no program"),
        ({"program": []}, "this is no program"),
    ],
)
def test_each_way_to_be_malformed_has_its_reason(value: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        decode(value)


def test_bytes_that_are_no_booleans_become_some() -> None:
    found = decode(tensor(dtype="bool", shape=[3], data=base64.b64encode(b"\x00\x01\xff").decode()))
    assert found.tolist() == [False, True, True]
    assert found.view(torch.uint8).tolist() == [0, 1, 1]


def test_a_tensor_of_a_device_that_is_absent_comes_to_lie_on_the_cpu() -> None:
    assert decode(tensor(device="cuda"), "cuda:77" if not torch.cuda.is_available() else "cpu").device.type == "cpu"
    assert decode(tensor(device="/dev/mem"), "cpu").device.type == "cpu"


class Colour(IntEnum):
    RED = 1


class Text(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "a lie"


class Always(float):
    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


Point = namedtuple("Point", "x y")  # the untyped kind is what a learner may return


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Colour.RED, 1),
        (Text("truth"), "truth"),
        (Always(2), 2.0),
        (Point(1, [Text("y")]), (1, ["y"])),
        (OrderedDict(a=Colour.RED), {"a": 1}),
        (torch.Size([2, 3]), (2, 3)),
        (torch.float32, "torch.float32"),
        (torch.device("cpu"), "cpu"),
        (np.float64(0.5), 0.5),
        (np.int8(3), 3),
        (np.bool_(True), True),
        (torch.ones(2).max(0), (torch.tensor(1.0), torch.tensor(0))),
    ],
)
def test_what_resembles_plain_data_becomes_it_exactly(value: Any, expected: Any) -> None:
    assert written(plain(value)) == written(expected)


class Trap(torch.Tensor):  # type: ignore[misc, name-defined]  # torch is untyped here
    """A tensor that is near to everything."""

    def __sub__(self, other: Any) -> Any:
        return torch.zeros(2)


def test_a_tensor_loses_its_class_its_history_and_its_memory() -> None:
    leaf = torch.ones(2, requires_grad=True)
    for value in (
        torch.ones(2).as_subclass(Trap),
        leaf * 2,
        torch.ones(3, 2).T[0][:2],
        torch.nn.Parameter(leaf.detach()),
    ):
        made = plain(value)
        assert type(made) is torch.Tensor
        assert not made.requires_grad
        assert made.is_contiguous()
        assert made.untyped_storage().data_ptr() != value.untyped_storage().data_ptr()


class Foo:
    pass


ENDLESS: list[Any] = []
ENDLESS.append(ENDLESS)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (Foo(), "the observation is a Foo; "),
        ({"y": Foo()}, r"the observation holds a Foo at \['y'\]; "),
        ([1, {"x": (2, len)}], r"a builtin_function_or_method at \[1\]\['x'\]\[1\]"),
        ({1, 2}, "is a set"),
        (Fraction(1, 2), "is a Fraction"),
        ({1: 2}, "a dict with a int for a key"),
        (range(3), "is a range"),
        (np.array(["x"], dtype=object), "is a ndarray"),
        (np.datetime64("2020-01-01"), "is a date"),
        (torch.ones(2).to_sparse(), "sparse"),
        (torch.ones(2, device="meta"), "meta"),
        (torch.zeros(4 << 20), "more than 12 MiB of tensors"),
        ([torch.zeros(1 << 20)] * 4, r"more than 12 MiB .* at \[3\]"),
        (ENDLESS, "nested deeper"),
        ([0] * 200_001, "more than 200000 values"),
        (1 << 5000, "5001 bits"),
    ],
)
def test_what_is_not_plain_is_named_with_its_place(value: Any, said: str) -> None:
    with pytest.raises(NotPlainError, match=said):
        plain(value)


def test_depth_is_measured_without_recursion() -> None:
    nested: Any = 0
    for _ in range(JSON_DEPTH - 1):
        nested = [nested]
    assert not too_deep(nested)
    for _ in range(100_000):
        nested = {"x": nested}
    assert too_deep(nested)
    while isinstance(nested, dict):  # unwound by hand: freeing it in one go would recurse too
        nested = nested["x"]
