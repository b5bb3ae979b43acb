"""Several real processes with a gloo group, for claims about distributed training."""

from __future__ import annotations

import contextlib
import json
import tempfile
import traceback
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

PATIENCE = timedelta(seconds=8)
"""How long a collective waits for a rank that has died, or that waits in another collective."""

ERROR = "first-error.json"


class RankFailedError(RuntimeError):
    """What the first rank to fail raised. ``frames`` are the (file, line) pairs it passed through, outermost first."""

    def __init__(self, message: str, frames: list[tuple[str, int]]) -> None:
        super().__init__(message)
        self.frames = frames


def run_ranks(world: int, work: Callable[[int], Any]) -> list[Any]:
    """Run ``work(rank)`` in ``world`` forked processes joined by a gloo group; results in rank order.

    Results are what ``torch.save`` can write. Forking is safe here because a run keeps torch on
    one thread: after a multi-threaded operation the child would wait for threads it does not
    have. Raises ``RankFailedError`` with what the rank that failed first raised.
    """
    import torch
    import torch.multiprocessing as processes

    if torch.get_num_threads() != 1:
        raise RuntimeError("run_ranks forks, and forking a multi-threaded torch hangs: set OMP_NUM_THREADS=1")
    with tempfile.TemporaryDirectory(prefix="quizapp-ranks-") as folder:
        place = Path(folder)
        try:
            processes.start_processes(_rank, (world, place, work), nprocs=world, start_method="fork")
        except (processes.ProcessRaisedException, processes.ProcessExitedException) as error:
            raise _first_error(place) or RankFailedError(str(error), []) from error
        return [torch.load(place / f"{rank}.pt", weights_only=False) for rank in range(world)]


def _rank(rank: int, world: int, place: Path, work: Callable[[int], Any]) -> None:
    import torch
    import torch.distributed as dist

    dist.init_process_group("gloo", init_method=f"file://{place}/store", rank=rank, world_size=world, timeout=PATIENCE)
    try:
        torch.save(work(rank), place / f"{rank}.pt")
        dist.barrier()
    except Exception as error:
        _note(place, rank, error)
        raise
    finally:
        dist.destroy_process_group()


def _note(place: Path, rank: int, error: Exception) -> None:
    # before the group is left: the others fail only then, with a lost connection that explains nothing
    frames = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    draft = place / f"{rank}.json"
    draft.write_text(json.dumps({"message": f"rank {rank}: {type(error).__name__}: {error}", "frames": frames}))
    with contextlib.suppress(FileExistsError):  # a link is there whole or not at all: a rank may be killed at any line
        (place / ERROR).hardlink_to(draft)


def _first_error(place: Path) -> RankFailedError | None:
    with contextlib.suppress(FileNotFoundError):
        noted = json.loads((place / ERROR).read_text(encoding="utf-8"))
        return RankFailedError(noted["message"], [(name, line) for name, line in noted["frames"]])
    return None
