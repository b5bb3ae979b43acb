"""Copies of cases are deep, and keep what their parts have in common."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import pytest

from quizapp.proof.copies import duplicate

torch: Any = pytest.importorskip("torch")
nn: Any = torch.nn


def parts(value: Any) -> list[Any]:
    """Every tensor of a value, its module's included."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, nn.Module):
        return [*value.parameters(), *value.buffers()]
    if isinstance(value, dict):
        value = list(value.values())
    return [part for inner in value for part in parts(inner)] if isinstance(value, list | tuple) else []


def model() -> Any:
    return nn.Sequential(nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect"), nn.BatchNorm2d(4), nn.Dropout())


CASES: dict[str, Callable[[], Any]] = {
    "module": lambda: {"model": model(), "x": torch.randn(2, 3, 5, 5)},
    "nested": lambda: {"a": [torch.ones(2), (torch.zeros(3), 4)], "b": OrderedDict(x=torch.eye(2)), "c": {"d": {1, 2}}},
    "gradient": lambda: {
        "w": torch.randn(3, requires_grad=True),
        "p": nn.Parameter(torch.randn(2), requires_grad=False),
    },
    "strides": lambda: {"t": torch.randn(3, 4).t(), "c": torch.randn(1, 2, 3, 3).to(memory_format=torch.channels_last)},
    "sparse view": lambda: {"t": torch.randn(4, 6)[:, ::2], "e": torch.randn(3, 1).expand(3, 4)},
    "empty": lambda: {"a": torch.empty(0), "b": torch.empty(0, 3)},
    "complex": lambda: {"z": torch.randn(3, dtype=torch.complex64).conj()},
}


@pytest.mark.parametrize("case", CASES)
def test_a_copy_is_what_deepcopy_makes_and_shares_no_memory_with_the_original(case: str) -> None:
    value = CASES[case]()
    twin, expected = duplicate(value), copy.deepcopy(value)
    assert repr(twin) == repr(expected)
    for mine, theirs, original in zip(parts(twin), parts(expected), parts(value), strict=True):
        assert torch.equal(mine, theirs)
        assert (type(mine), mine.dtype, mine.stride(), mine.requires_grad) == (
            type(theirs),
            theirs.dtype,
            theirs.stride(),
            theirs.requires_grad,
        )
        assert original.numel() == 0 or mine.untyped_storage().data_ptr() != original.untyped_storage().data_ptr()


def test_a_module_used_twice_is_one_in_the_copy_and_its_hooks_are_its_own() -> None:
    layer = nn.Linear(2, 2)
    twin = duplicate({"a": layer, "b": [layer]})
    assert twin["a"] is twin["b"][0]
    twin["a"].register_forward_hook(lambda *_: torch.zeros(1))
    assert not layer._forward_hooks


def test_two_views_of_one_memory_are_views_of_one_memory_in_the_copy() -> None:
    base = torch.zeros(2, 3)
    first, second = base.unbind()
    twin = duplicate({"base": base, "first": first, "second": second})
    twin["first"].fill_(1)
    assert twin["base"].tolist() == [[1, 1, 1], [0, 0, 0]]
    assert base.sum() == 0


def test_a_subclass_and_a_module_that_copies_itself_are_left_to_deepcopy() -> None:
    class Own(nn.Module):  # type: ignore[misc]  # torch is untyped here
        def __deepcopy__(self, memo: Any) -> str:
            return "mine"

    assert duplicate({"own": Own()}) == {"own": "mine"}
