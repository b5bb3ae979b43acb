"""Real gloo processes; each test pays for one import of torch."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from quizapp.proof import ranks

pytest.importorskip("torch")


def run(body: str) -> subprocess.CompletedProcess[str]:
    # a process of its own: forking pytest would carry its threads and pipes along
    code = "from quizapp.proof import run_ranks\nimport os, torch\nimport torch.distributed as dist\n"
    return subprocess.run(
        [sys.executable, "-c", code + textwrap.dedent(body)], capture_output=True, text=True, check=False, timeout=100
    )


def test_ranks_are_one_group_and_answer_in_order() -> None:
    done = run("""
        def work(rank):
            total = torch.tensor([rank + 1.0])
            dist.all_reduce(total)
            return {"rank": rank, "pid": os.getpid(), "total": total}

        results = run_ranks(3, work)
        print([result["rank"] for result in results], len({result["pid"] for result in results} - {os.getpid()}))
        print([result["total"].item() for result in results])
    """)
    assert done.stdout.splitlines() == ["[0, 1, 2] 3", "[6.0, 6.0, 6.0]"], done.stderr


def test_a_rank_that_raises_or_dies_gives_its_error_and_nobody_waits_for_it() -> None:
    done = run("""
        def raises(rank):
            if rank == 1:
                raise ValueError("rank one is ill")
            dist.barrier()

        def dies(rank):
            if rank == 0:
                os._exit(3)
            dist.barrier()

        for work in (raises, dies):
            try:
                run_ranks(2, work)
            except RuntimeError as error:
                print(work.__name__, str(error).splitlines()[-1])
    """)
    assert done.stdout.count("\n") == 2, done.stderr
    first, second = done.stdout.splitlines()
    assert first == "raises rank 1: ValueError: rank one is ill", "not the lost connection that the other rank saw"
    assert second.startswith("dies "), done.stderr


def test_a_rank_that_is_killed_while_it_notes_its_error_leaves_no_half_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(path: Path, *_: object, **__: object) -> None:
        path.touch()
        raise SystemExit

    monkeypatch.setattr(Path, "write_text", killed)
    with pytest.raises(SystemExit):
        ranks._note(tmp_path, 1, ValueError("ill"))
    assert ranks._first_error(tmp_path) is None


def test_the_first_note_stands(tmp_path: Path) -> None:
    ranks._note(tmp_path, 1, ValueError("first"))
    ranks._note(tmp_path, 0, RuntimeError("lost connection"))
    assert "rank 1: ValueError: first" in str(ranks._first_error(tmp_path))


def test_a_torch_on_many_threads_is_refused() -> None:
    done = run("""
        torch.set_num_threads(2)
        try:
            run_ranks(2, print)
        except RuntimeError as error:
            print(error)
    """)
    assert "OMP_NUM_THREADS=1" in done.stdout, done.stderr
