"""Reading a training checkpoint that holds more than tensors, as a Runner's does."""

import contextlib
import importlib
import io
import logging
import pickle
import tempfile
from pathlib import Path

import numpy as np
import torch

from quizapp.proof import Case, Claim, equal, main, note

trusted = Claim(
    "trusted",
    en="Since PyTorch 2.6 torch.load refuses a checkpoint with objects of other classes in it unless told weights_only=False; tensors and numbers alone it takes",
    zh="PyTorch 2.6起，检查点里若有其他类的对象，torch.load默认拒绝，须写weights_only=False；只含张量和数字的则照常读取",
    requires=("torch>=2.6",),
    on="cpu",
)
in_mmengine = Claim(
    "in_mmengine",
    en="So does the checkpoint of a Runner: it holds a HistoryBuffer for each logged value",
    zh="Runner的检查点正是如此：每个记录的量都有一个HistoryBuffer",
    requires=("torch>=2.6", "mmengine", "cv2", "matplotlib"),
    on="cpu",
)


class HistoryBuffer:
    """As in mmengine.logging: a logged value's past, in NumPy arrays."""

    def __init__(self, values):
        self._log_history = np.array(values)


@trusted.cases
def checkpoints(rng):
    losses = [rng.random() for _ in range(5)]
    weights = {f"layer{i}.weight": torch.randn(3, 3) for i in range(4)}
    scalars = {"train/loss": HistoryBuffer(losses)}
    for en, zh, more in (
        (
            "as a Runner saves it",
            "与Runner保存的一样",
            {"message_hub": scalars},
        ),
        (
            "with numbers and lists",
            "另含数字与列表",
            {"meta": {"loss": losses}},
        ),
        ("weights alone", "只有权重", {}),
    ):
        yield Case(en, zh=zh, weights=weights, more=more)


@in_mmengine.cases
def real_checkpoints(rng):
    hub = importlib.import_module("mmengine.logging").MessageHub("training")
    for _ in range(5):
        hub.update_scalar("train/loss", rng.random())
    weights = {f"layer{i}.weight": torch.randn(3, 3) for i in range(4)}
    more = {"message_hub": hub.state_dict()}
    yield Case("message_hub", weights=weights, more=more)


@in_mmengine.check
@trusted.check
def gives_the_weights(load, case):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "epoch_1.pth")
        torch.save({"state_dict": case.weights, **case.more}, path)
        got = load(path)["state_dict"]
    right = [k for k, v in case.weights.items() if torch.equal(got[k], v)]
    keys = ["state_dict", *case.more]
    return [
        equal(len(right), len(case.weights), en="weights", zh="权重个数"),
        note(f"The file holds {keys}.", f"文件内容：{keys}。"),
    ]


@in_mmengine.answer
@trusted.answer
def load_trusted(path):
    """For a file of one's own: unpickling may run any code."""
    return torch.load(path, map_location="cpu", weights_only=False)


def objects(case):
    return "message_hub" in case.more


@in_mmengine.misconception(
    en="calls torch.load as before PyTorch 2.6",
    zh="沿用PyTorch 2.6以前的写法",
    raises=(pickle.UnpicklingError,),
)
@trusted.misconception(
    en="calls torch.load as before PyTorch 2.6",
    zh="沿用PyTorch 2.6以前的写法",
    on=objects,
    because=("there is no object in it", "其中没有对象"),
    raises=(pickle.UnpicklingError,),
)
def by_default(path):
    return torch.load(path, map_location="cpu")


@trusted.misconception(
    en="allows HistoryBuffer alone",
    zh="只把HistoryBuffer加入允许列表",
    on=objects,
    because=("there is no object in it", "其中没有对象"),
    raises=(pickle.UnpicklingError,),
)
def allows_the_class(path):
    with torch.serialization.safe_globals([HistoryBuffer]):
        return torch.load(path, map_location="cpu")


@in_mmengine.misconception(
    en="allows HistoryBuffer alone",
    zh="只把HistoryBuffer加入允许列表",
    raises=(pickle.UnpicklingError,),
)
def allows_the_real_class(path):
    kind = importlib.import_module("mmengine.logging").HistoryBuffer
    with torch.serialization.safe_globals([kind]):
        return torch.load(path, map_location="cpu")


@in_mmengine.misconception(
    en="lets MMEngine's own loader read it",
    zh="用MMEngine自带的函数读取",
    raises=(pickle.UnpicklingError,),
)
def with_mmengine(path):
    loader = importlib.import_module("mmengine.runner").CheckpointLoader
    logs = importlib.import_module("mmengine.logging").MMLogger
    logs.get_current_instance().setLevel(logging.CRITICAL)
    with contextlib.redirect_stdout(io.StringIO()):
        return loader.load_checkpoint(str(path), map_location="cpu")


if __name__ == "__main__":
    main()
