"""The wheel alone is enough: built, installed into a clean environment, and run from elsewhere."""

from __future__ import annotations

import json
import os
import site
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import quizapp
from quizapp import content

ROOT = Path(__file__).parents[2]

WHERE = "import json, quizapp, quizapp.content as c; print(json.dumps([quizapp.__file__, str(c.root())]))"


@dataclass(frozen=True)
class Environment:
    """A virtual environment that has our dependencies, and of ourselves only the wheel."""

    root: Path
    elsewhere: Path

    @property
    def bin(self) -> Path:
        return self.root / ("Scripts" if sys.platform == "win32" else "bin")

    def run(self, program: str, *words: str) -> subprocess.CompletedProcess[str]:
        home = {"QUIZAPP_HOME": str(self.elsewhere / "home"), "LANG": "C.UTF-8"}
        kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        done = subprocess.run(
            [str(self.bin / program), *words],
            cwd=self.elsewhere,
            env=kept | home,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def json(self, program: str, *words: str) -> Any:
        return json.loads(self.run(program, *words).stdout)


def build(folder: Path) -> Path:
    """The wheel of this checkout; without isolation nothing is fetched."""
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The dependencies are borrowed: a ``.pth`` names their folder, and ``.pth`` files in there are not read."""
    made = Environment(tmp_path_factory.mktemp("env"), tmp_path_factory.mktemp("elsewhere"))
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(made.root)], check=True)
    python = made.bin / "python"
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "--disable-pip-version-check",
        "install",
        "--quiet",
    ]
    subprocess.run([*install, "--no-deps", "--no-index", str(wheel)], check=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    own = made.root / ("Lib" if sys.platform == "win32" else f"lib/{version}") / "site-packages"
    borrowed = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages()]
    (own / "borrowed.pth").write_text("\n".join(dict.fromkeys(borrowed)) + "\n", encoding="utf-8")
    return made


def test_the_wheel_carries_its_content_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    inside = {name for name in names if name.startswith("quizapp/_content/")}
    for folder, pattern in (("questions", "*.yaml"), ("verifiers", "*.py"), ("db/versions", "*.py")):
        shipped = {f"quizapp/_content/{folder}/{path.name}" for path in (ROOT / folder).glob(pattern)}
        assert shipped
        assert shipped <= inside
    assert {f"quizapp/_content/{name}" for name in ("questions/ids.txt", "db/schema.sql", "db/env.py")} <= inside
    assert {"quizapp/py.typed", "quizapp/deck/topic.schema.json"} <= set(names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"quizapp", "quizapp_dl"}
    assert [name for name in names if name.endswith((".pyc", ".db", ".part")) or "__pycache__" in name] == []


def test_the_wheel_asks_for_what_the_project_names(wheel: Path) -> None:
    import tomllib
    from email.parser import Parser

    from packaging.requirements import Requirement

    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = Parser().parsestr(archive.read(name).decode())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {Requirement(text).name for text in metadata.get_all("Requires-Dist", []) if "extra ==" not in text}
    assert asked == {Requirement(text).name for text in project["dependencies"]}
    assert metadata["Version"] == quizapp.__version__
    assert metadata["Requires-Python"] == project["requires-python"]


def test_the_installed_package_is_the_wheels(environment: Environment) -> None:
    package, root = environment.json("python", "-c", WHERE)
    assert Path(package).is_relative_to(environment.root)
    assert Path(root) == Path(package).parent / "_content"


def test_a_checkout_finds_its_own_content() -> None:
    done = subprocess.run([sys.executable, "-c", WHERE], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [str(ROOT / "quizapp" / "__init__.py"), str(ROOT)]
    assert content.root() == ROOT


def test_the_installed_deck_is_the_checkouts(environment: Environment) -> None:
    from quizapp.service.library import Library

    listed = [entry["id"] for entry in environment.json("quizapp", "list", "--json")]
    assert listed == [card.id for card in Library.shipped().deck.cards]


def test_the_installed_program_lints_its_deck_clean(environment: Environment) -> None:
    done = environment.run("quizapp", "lint", "--no-run")
    assert done.stdout == ""


def test_the_installed_program_proves_a_claim(environment: Environment) -> None:
    (line,) = environment.run("quizapp", "verify", "prewitt_filter.border", "--json").stdout.splitlines()
    proof = json.loads(line)
    assert (proof["verdict"], proof["versions"]["quizapp"]) == ("proved", quizapp.__version__)


def test_the_installed_program_makes_its_database_and_schedules(environment: Environment) -> None:
    assert environment.json("quizapp", "due", "--json")["new"] > 0
    (card, *_) = [entry["id"] for entry in environment.json("quizapp", "list", "--json")]
    graded = environment.json("quizapp", "grade", card, "good", "--json")
    assert graded["due"] > graded["day"]
    home = environment.elsewhere / "home"
    assert (home / "quizapp.db").is_file()
    assert sorted(path.name for path in environment.elsewhere.iterdir()) == ["home"]


@pytest.mark.slow
def test_a_clone_of_the_commit_makes_the_wheel_too(tmp_path: Path) -> None:
    """Nothing that only lies in the working tree is needed."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(clone)]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = tmp_path.glob("*.whl")
    assert zipfile.ZipFile(built).testzip() is None
