"""The list of a deck's files: nothing that could matter to a run changes without changing its digest."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from quizapp.deck import cache, manifest
from quizapp.deck.manifest import Entry, Manifest, ManifestError, changes, scan

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="verifiers run on POSIX only")

Tree = dict[str, tuple[int, bytes]]

NAME = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=6).filter(
    lambda name: name not in (".", "..") and len(os.fsencode(name)) < 100
)
PLACE = st.tuples(st.sampled_from(["questions", "verifiers"]), st.lists(NAME, min_size=1, max_size=3)).map(
    lambda parts: "/".join((parts[0], *parts[1]))
)
FILE = st.tuples(st.sampled_from([0o400, 0o600, 0o644, 0o755, 0o4755]), st.binary(max_size=40))


def _apart(tree: Tree) -> bool:
    """Whether no file is asked to be a folder of another."""
    return not any(other.startswith(f"{name}/") for name in tree for other in tree)


TREES = st.dictionaries(PLACE, FILE, max_size=5).filter(_apart)


@contextmanager
def planted(tree: Tree) -> Iterator[Path]:
    """The tree on disk."""
    with tempfile.TemporaryDirectory() as name:
        deck = Path(name).resolve()
        for folder in ("questions", "verifiers"):
            (deck / folder).mkdir()
        for path in tree:
            put(deck, tree, path)
        yield deck


def put(deck: Path, tree: Tree, path: str) -> None:
    mode, data = tree[path]
    (deck / path).parent.mkdir(parents=True, exist_ok=True)
    (deck / path).write_bytes(data)
    (deck / path).chmod(mode)


@given(TREES)
@settings(deadline=None, max_examples=50)
def test_every_file_is_listed_once_with_its_mode_and_its_bytes(tree: Tree) -> None:
    with planted(tree) as deck:
        handed: dict[str, bytes] = {}
        found = scan(deck, lambda entry, data: handed.update({entry.name: data}))
        assert {entry.name: entry.mode for entry in found.entries} == {path: mode for path, (mode, _) in tree.items()}
        assert handed == {path: data for path, (_, data) in tree.items()}
        assert [entry.path for entry in found.entries] == sorted(entry.path for entry in found.entries)
        assert scan(deck) == found
        assert Manifest.from_json(found.to_json()) == found


@given(TREES, st.data())
@settings(deadline=None, max_examples=100)
def test_whatever_is_changed_about_a_file_changes_the_digest(tree: Tree, data: st.DataObject) -> None:
    what = data.draw(st.sampled_from(["byte", "length", "mode", "remove", "rename", "add"] if tree else ["add"]))
    path = data.draw(st.sampled_from(sorted(tree))) if tree else ""
    other = data.draw(PLACE)
    with planted(tree) as deck:
        before = scan(deck)
        changed = altered(tree, what, path, other)
        assume(changed is not None)
        assert changed is not None
        for gone in tree.keys() - changed.keys():
            (deck / gone).unlink()
        for name in changed:
            put(deck, changed, name)
        after = scan(deck)
        assert after.digest != before.digest
        assert {change.entry.name for change in changes(before, after)} == {
            name for name in tree.keys() | changed.keys() if tree.get(name) != changed.get(name)
        }


def altered(tree: Tree, what: str, path: str, other: str) -> Tree | None:
    """Another tree, one step away; None where there is no such step."""
    new = dict(tree)
    if what == "add":
        new[other] = (0o600, b"")
    else:
        mode, content = new.pop(path)
        if what == "byte" and content:
            new[path] = (mode, bytes([content[0] ^ 1]) + content[1:])
        elif what == "length":
            new[path] = (mode, content + b"\0")
        elif what == "mode":
            new[path] = (mode ^ 0o100, content)
        elif what == "rename":
            new[other] = (mode, content)
    return new if new != tree and _apart(new) and len(new) >= len(tree) - (what == "remove") else None


ENTRY = st.builds(
    Entry,
    path=st.binary(min_size=1, max_size=12),
    mode=st.integers(0, 0o7777),
    size=st.integers(0, 1 << 40),
    sha256=st.binary(min_size=32, max_size=32).map(bytes.hex),
)
MANIFEST = st.builds(Manifest, root=st.binary(max_size=12), entries=st.lists(ENTRY, max_size=4).map(tuple))


@given(MANIFEST)
def test_the_encoding_can_be_read_back_so_no_two_manifests_share_one(found: Manifest) -> None:
    assert decoded(found.encoded()) == found


@given(MANIFEST, MANIFEST)
def test_different_manifests_have_different_digests(one: Manifest, other: Manifest) -> None:
    assert (one == other) == (one.encoded() == other.encoded()) == (one.digest == other.digest)


def decoded(data: bytes) -> Manifest:
    """The one manifest of an encoding, by its lengths alone."""
    place = data.index(b"\0") + 1

    def number() -> int:
        nonlocal place
        place += 8
        return int.from_bytes(data[place - 8 : place], "big")

    def take(size: int) -> bytes:
        nonlocal place
        place += size
        return data[place - size : place]

    root = take(number())
    entries = tuple(Entry(take(number()), number(), number(), take(32).hex()) for _ in range(number()))
    assert place == len(data)
    return Manifest(root, entries)


@pytest.fixture
def deck(tmp_path: Path) -> Path:
    tree: Tree = {f"{folder}/{name}": (0o644, b"1") for folder in ("questions", "verifiers") for name in ("a", "b")}
    for path in tree:
        put(tmp_path / "deck", tree, path)
    return tmp_path / "deck"


def test_the_same_files_elsewhere_are_another_deck(deck: Path) -> None:
    here = scan(deck)
    there = scan(deck.rename(deck.with_name("moved")))
    assert (here.contents, here.digest) != (there.contents, there.digest)
    assert here.contents == there.contents


def test_a_way_to_the_folder_by_a_link_is_the_folder(deck: Path) -> None:
    link = deck.with_name("link")
    link.symlink_to(deck)
    assert scan(link) == scan(deck)


def test_a_hidden_file_and_a_compiled_one_count_like_others(deck: Path) -> None:
    before = scan(deck)
    for name in (".hidden.py", "__pycache__/a.cpython-311.pyc"):
        (deck / "verifiers" / name).parent.mkdir(exist_ok=True)
        (deck / "verifiers" / name).write_bytes(b"\0")
    assert [change.entry.name for change in changes(before, scan(deck))] == [
        "verifiers/.hidden.py",
        "verifiers/__pycache__/a.cpython-311.pyc",
    ]


def test_what_lies_beside_the_two_folders_does_not_matter(deck: Path) -> None:
    before = scan(deck)
    (deck / "README.md").write_text("about", encoding="utf-8")
    os.mkfifo(deck / "pipe")
    assert scan(deck) == before


def a_link(path: Path) -> None:
    path.symlink_to("a")


def a_link_to_a_folder(path: Path) -> None:
    path.symlink_to("..", target_is_directory=True)


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made, tempfile.TemporaryDirectory() as short:
        made.bind(f"{short}/s")  # a socket's own path may not be long
        Path(short, "s").rename(path)


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


ODD = [(a_link, "symbolic link"), (a_link_to_a_folder, "symbolic link"), (a_socket, "socket"), (a_pipe, "named pipe")]


@pytest.mark.parametrize(("make", "kind"), ODD)
@pytest.mark.parametrize("place", ["questions/odd", "verifiers/odd", "verifiers/deep/odd"])
def test_what_is_neither_a_file_nor_a_folder_is_refused_by_its_path(
    deck: Path, make: Callable[[Path], None], kind: str, place: str
) -> None:
    (deck / place).parent.mkdir(exist_ok=True)
    make(deck / place)
    with pytest.raises(ManifestError, match=rf"{place} is a {kind}"):
        scan(deck)


@pytest.mark.parametrize("make", [*(make for make, _ in ODD), Path.touch])
def test_the_two_folders_themselves_must_be_folders(deck: Path, make: Callable[[Path], None]) -> None:
    for path in sorted((deck / "questions").iterdir()):
        path.unlink()
    (deck / "questions").rmdir()
    make(deck / "questions")
    with pytest.raises(ManifestError, match=r"questions is .*; it must be a folder"):
        scan(deck)


def test_a_missing_folder_is_told(deck: Path) -> None:
    with pytest.raises(ManifestError, match="cannot be opened as a folder"):
        scan(deck / "nowhere")
    (deck / "verifiers").rename(deck / "verify")
    with pytest.raises(ManifestError, match=r"there is no folder .*/verifiers; a deck has questions and verifiers"):
        scan(deck)


LIMITS = [("MAX_FILES", 5, "more than 5"), ("MAX_FILE", 0, "too large"), ("MAX_TOTAL", 3, "verifiers/b is too large")]


@pytest.mark.parametrize(("limit", "value", "said"), LIMITS)
def test_a_deck_beyond_a_limit_is_refused(
    deck: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, said: str
) -> None:
    scan(deck)
    monkeypatch.setattr(manifest, limit, value)
    with pytest.raises(ManifestError, match=said):
        scan(deck)


def test_folders_within_folders_have_an_end(deck: Path) -> None:
    bottom = deck / "verifiers" / "/".join("d" * manifest.MAX_DEPTH)
    bottom.mkdir(parents=True)
    scan(deck)
    (bottom / "d").mkdir()
    with pytest.raises(ManifestError, match="folders deep"):
        scan(deck)


def grows(deck: Path) -> None:
    with (deck / "questions" / "a").open("ab") as file:
        file.write(b"more")


def is_written_again_at_the_same_time_of_day(deck: Path) -> None:
    path = deck / "questions" / "a"
    before = path.stat()
    path.write_bytes(b"2")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


MEANWHILE: list[tuple[Callable[[Path], object], str]] = [
    (grows, r"questions/a changed"),
    (is_written_again_at_the_same_time_of_day, r"questions/a changed"),
    (lambda deck: (deck / "questions" / "a").unlink(), r"questions/a vanished"),
    (lambda deck: (deck / "verifiers" / "b").unlink(), r"verifiers/b vanished"),
    (lambda deck: (deck / "questions" / "c").touch(), r"questions/c appeared"),
    (lambda deck: (deck / "verifiers" / "b").replace(deck / "verifiers" / "c"), r"verifiers/b vanished"),
    (lambda deck: shutil.rmtree(deck / "verifiers"), r"no folder .*verifiers"),
]


@pytest.mark.parametrize(("act", "said"), MEANWHILE, ids=[said for _, said in MEANWHILE])
def test_what_happens_while_a_deck_is_read_is_told_by_its_path(
    deck: Path, act: Callable[[Path], object], said: str
) -> None:
    """The act comes when the last of the questions has been read, and verifiers are still to come."""

    def keep(entry: Entry, _: bytes) -> None:
        if entry.name == ("verifiers/a" if "verifiers/b" in said else "questions/b"):
            act(deck)

    with pytest.raises(ManifestError, match=said):
        scan(deck, keep)


def test_a_file_exchanged_between_the_look_and_the_opening_is_not_taken_for_it(
    deck: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe would be waited for, a link would lead anywhere."""
    real = os.open
    swaps: list[tuple[Callable[[Path], object], str]] = [
        (a_pipe, "changed while"),
        (a_link, "cannot be read"),
        (lambda path: path.write_bytes(b"2"), "changed while"),
    ]
    for make, said in swaps:
        target = deck / "verifiers" / "b"

        def swap(
            name: bytes, *rest: int, target: Path = target, make: Callable[[Path], object] = make, **at: int
        ) -> int:
            if name == b"b" and not (target.parent / "old").exists():
                target.rename(target.parent / "old")
                make(target)
            return real(name, *rest, **at)

        with monkeypatch.context() as patched:
            patched.setattr(os, "open", swap)
            patched.setattr(os, "supports_dir_fd", {swap})
            (deck / "questions" / "b").unlink(missing_ok=True)
            with pytest.raises(ManifestError, match=rf"verifiers/b {said}"):
                scan(deck)
        (target.parent / "old").replace(target)


def test_a_message_never_holds_what_a_terminal_obeys(deck: Path) -> None:
    (deck / "verifiers" / "x\x1b[2J\u202e\n").symlink_to("a")
    with pytest.raises(ManifestError) as caught:
        scan(deck)
    assert str(caught.value).isprintable()
    assert "x\\x1b[2J\\u202e\\n" in str(caught.value)


def test_a_name_that_is_no_text_is_a_name_like_others(deck: Path) -> None:
    (deck / "verifiers" / os.fsdecode(b"\xff.py")).touch()
    found = scan(deck)
    assert b"verifiers/\xff.py" in [entry.path for entry in found.entries]
    assert Manifest.from_json(found.to_json()) == found


@pytest.mark.parametrize(
    "files", [[["a", 1, 2]], [["a", "1", 2, "0" * 64]], [["a", 1, 2, "0" * 62]], [["a", 1, 2, None]], 3, [7]]
)
def test_what_is_no_manifest_is_not_read_as_one(files: object) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Manifest.from_json({"root": "/", "files": files})


def test_a_deck_is_never_answered_from_the_cache_of_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever names a folder can make its short name that of another, and its files as old and as long."""
    monkeypatch.setattr(cache, "place", lambda _: tmp_path / "cache.jsonl")
    stamp = cache.Stamp(1, 2)
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    cache.write(theirs, {"01-a.yaml": cache.entry(b"", stamp, 10**18, {"cards": [], "verifiers": []})})
    assert list(cache.read(theirs)) == ["01-a.yaml"]
    assert cache.read(ours) == {}
