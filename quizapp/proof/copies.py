"""Copies of what a case holds: ``copy.deepcopy``, four times as fast for the tensors and modules that most cases hold.

A proof makes a copy for every subject on every case, and ``copy.deepcopy`` spends most of its time on storages and on
the twenty empty dictionaries of each module's hooks.
"""

from __future__ import annotations

import copy
import sys
from collections import OrderedDict
from typing import Any

ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes})
Memo = dict[Any, Any]


def duplicate(value: Any) -> Any:
    """A deep copy; what is one object, or one storage of two tensors, in ``value`` is one in the copy."""
    try:
        return _copy(value, {})
    except _SharedStorageError:
        return copy.deepcopy(value)


class _SharedStorageError(Exception):
    """Two tensors look at one memory: their copies have to as well."""


def _copy(value: Any, memo: Memo) -> Any:
    kind = type(value)
    if kind in ATOMS or (kind is tuple and ATOMS.issuperset(map(type, value))):  # a stride, a padding
        return value
    if id(value) in memo:
        return memo[id(value)]
    if kind in (dict, OrderedDict):
        return _dictionary(value, memo)
    if (torch := sys.modules.get("torch")) is not None:
        if kind in (torch.Tensor, torch.nn.Parameter) and value.layout is torch.strided:
            return _tensor(value, memo, torch)
        if isinstance(value, torch.nn.Module) and not hasattr(value, "__deepcopy__"):
            return _module(value, memo)
    return copy.deepcopy(value, memo)


def _dictionary(value: dict[Any, Any], memo: Memo) -> dict[Any, Any]:
    memo[id(value)] = twin = type(value)()
    for key, inner in value.items():
        twin[_copy(key, memo)] = _copy(inner, memo)
    return twin


def _module(value: Any, memo: Memo) -> Any:
    memo[id(value)] = twin = value.__new__(type(value))
    twin.__dict__ = {name: _copy(inner, memo) for name, inner in value.__dict__.items()}
    return twin


def _plain_tensor(value: Any, torch: Any) -> bool:
    """One that its numbers, its strides and whether it wants a gradient say all about."""
    whole = value.untyped_storage().nbytes() == value.numel() * value.element_size()
    lazy = value.is_conj() or value.is_neg() or value.is_meta
    return bool(whole and not lazy and value.is_leaf and value.grad is None and not value.__dict__)


def _tensor(value: Any, memo: Memo, torch: Any) -> Any:
    place = ("storage", value.untyped_storage().data_ptr())
    if place in memo and place[1]:
        raise _SharedStorageError
    memo[place] = True
    if not _plain_tensor(value, torch):
        return copy.deepcopy(value, memo)
    numbers = value.detach().clone(memory_format=torch.preserve_format)
    twin = torch.nn.Parameter(numbers, value.requires_grad) if isinstance(value, torch.nn.Parameter) else numbers
    memo[id(value)] = twin.requires_grad_(value.requires_grad)
    return twin
