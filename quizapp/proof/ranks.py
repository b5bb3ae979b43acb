"""Several real processes with a gloo group, for claims about distributed training."""

from __future__ import annotations

import contextlib
import tempfile
import traceback
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

PATIENCE = timedelta(seconds=60)
"""How long a collective waits for a rank that has died before the run fails."""


ERROR = "first-error.txt"


def run_ranks(world: int, work: Callable[[int], Any]) -> list[Any]:
    """Run ``work(rank)`` in ``world`` forked processes joined by a gloo group; results in rank order.

    Results are what ``torch.save`` can write. Forking is safe here because a run keeps torch on
    one thread: after a multi-threaded operation the child would wait for threads it does not
    have. Raises ``RuntimeError`` with the traceback of the rank that failed first.
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
            raise RuntimeError(_first_error(place) or str(error)) from error
        return [torch.load(place / f"{rank}.pt", weights_only=False) for rank in range(world)]


def _rank(rank: int, world: int, place: Path, work: Callable[[int], Any]) -> None:
    import torch
    import torch.distributed as dist

    dist.init_process_group("gloo", init_method=f"file://{place}/store", rank=rank, world_size=world, timeout=PATIENCE)
    try:
        torch.save(work(rank), place / f"{rank}.pt")
        dist.barrier()
    except Exception:
        # before the group is left: the others fail only then, with a lost connection that explains nothing
        with contextlib.suppress(FileExistsError), (place / ERROR).open("x", encoding="utf-8") as file:
            file.write(f"rank {rank}: {traceback.format_exc()}")
        raise
    finally:
        dist.destroy_process_group()


def _first_error(place: Path) -> str | None:
    with contextlib.suppress(FileNotFoundError):
        return (place / ERROR).read_text(encoding="utf-8").strip()
    return None
