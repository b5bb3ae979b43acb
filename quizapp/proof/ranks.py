"""Several real processes with a gloo group, for claims about distributed training."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

PATIENCE = timedelta(seconds=60)
"""How long a collective waits for a rank that has died before the run fails."""


def run_ranks(world: int, work: Callable[[int], Any]) -> list[Any]:
    """Run ``work(rank)`` in ``world`` forked processes joined by a gloo group; results in rank order.

    Results are what ``torch.save`` can write. Forking is safe here because a run keeps torch on
    one thread: after a multi-threaded operation the child would wait for threads it does not
    have. Raises ``RuntimeError`` with the first rank's traceback where one fails.
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
            raise RuntimeError(str(error)) from error
        return [torch.load(place / f"{rank}.pt", weights_only=False) for rank in range(world)]


def _rank(rank: int, world: int, place: Path, work: Callable[[int], Any]) -> None:
    import torch
    import torch.distributed as dist

    dist.init_process_group("gloo", init_method=f"file://{place}/store", rank=rank, world_size=world, timeout=PATIENCE)
    try:
        torch.save(work(rank), place / f"{rank}.pt")
        dist.barrier()
    finally:
        dist.destroy_process_group()
