"""What to do for better isolation on this machine, in one line."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from quizapp.proof.say import Say
from quizapp.runner.isolation import VARIABLE, Isolation, Level

INSTALL = {
    "debian": "sudo apt-get install {debian}",
    "ubuntu": "sudo apt-get install {debian}",
    "fedora": "sudo dnf install {fedora}",
    "rhel": "sudo dnf install {fedora}",
    "suse": "sudo zypper install {debian}",
    "arch": "sudo pacman -S {fedora}",
    "alpine": "doas apk add {fedora}",
}
"""By the names that /etc/os-release goes by or says it is like."""
BUBBLEWRAP = {"debian": "bubblewrap", "fedora": "bubblewrap"}
SECCOMP = {"debian": "libseccomp2", "fedora": "libseccomp"}

FORBID = {
    "kernel/unprivileged_userns_clone": "0",
    "kernel/apparmor_restrict_unprivileged_userns": "1",
    "user/max_user_namespaces": "0",
}
"""Settings below /proc/sys with the value at which they forbid user namespaces: Debian's, Ubuntu's, the kernel's."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What the advice depends on.

    ``kin`` are the names of the distribution, its own first; ``forbids`` the settings that forbid user namespaces;
    ``asked`` is the level that the environment asks for, None where it does not.
    """

    platform: str = "linux"
    release: str = ""
    kin: tuple[str, ...] = ()
    bubblewrap: bool = False
    asked: str | None = None
    forbids: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def here(cls) -> Machine:
        """The machine that this is, by files and the environment alone."""
        return cls(
            sys.platform,
            platform.release(),
            _kin(),
            shutil.which("bwrap") is not None,
            os.environ.get(VARIABLE),
            forbidding(Path("/proc/sys")),
        )


def remedy(found: Isolation, machine: Machine) -> Say | None:
    """What would better the isolation; None where it is the best there is."""
    if found.level is Level.FULL:
        return None if found.seccomp else _seccomp(machine)
    if machine.asked not in (None, Level.FULL.value):
        return Say(f"unset {VARIABLE}", f"取消环境变量：unset {VARIABLE}")
    if machine.platform != "linux":
        return _elsewhere(machine)
    if machine.release.endswith("-Microsoft"):  # WSL 2 has a kernel of its own, whose name ends otherwise
        return Say(
            "WSL 1 has no namespaces: in PowerShell, wsl --set-version NAME 2",
            "WSL 1 没有命名空间：在 PowerShell 中运行 wsl --set-version NAME 2",
        )
    return _namespaces(machine) if machine.bubblewrap else _install(machine, BUBBLEWRAP)


def forbidding(settings: Path) -> dict[str, str]:
    """The settings in a folder like /proc/sys that forbid user namespaces, with their values."""
    found = {name: _setting(settings / name) for name in FORBID}
    return {name: value for name, value in found.items() if value == FORBID[name]}


def _seccomp(machine: Machine) -> Say:
    way = _install(machine, SECCOMP)
    return Say(f"system calls are not filtered: {way.en}", f"系统调用没有过滤：{way.zh}")


def _elsewhere(machine: Machine) -> Say:
    if machine.platform == "darwin":
        return Say(
            "macOS has no walls that quizapp can raise: verifiers run with limits only; for more, a Linux machine, "
            "virtual or not",
            "quizapp 在 macOS 上无法隔离：验证脚本只受资源限制；需要隔离请用 Linux（虚拟机也可）",
        )
    if machine.platform in ("win32", "cygwin"):
        return Say(
            "Windows itself runs no verifier: install quizapp in WSL 2 (wsl --install), and bubblewrap there",
            "Windows 本身无法运行验证脚本：请在 WSL 2 中安装 quizapp（wsl --install），并在其中安装 bubblewrap",
        )
    return Say(
        f"{machine.platform} has no walls that quizapp can raise; Linux has",
        f"quizapp 在 {machine.platform} 上无法隔离",
    )


def _install(machine: Machine, package: Mapping[str, str]) -> Say:
    for name in machine.kin:
        if name in INSTALL:
            return Say.same(INSTALL[name].format(**package))
    wanted = package["fedora"]
    return Say(f"install {wanted} with your package manager", f"用系统的包管理器安装 {wanted}")


def _namespaces(machine: Machine) -> Say:
    if machine.forbids:
        off = ", ".join(f"{name.replace('/', '.')} = {value}" for name, value in machine.forbids.items())
        return Say(
            f"user namespaces are forbidden here by {off}: look at sysctl and at what your distribution says of it",
            f"这里禁止使用用户命名空间（{off}）：请查看 sysctl 及发行版的说明",
        )
    return Say(
        "look at what bubblewrap says; in a container, user namespaces must be allowed from outside "
        "(its seccomp and AppArmor profiles)",
        "请看 bubblewrap 给出的原因；在容器中，需从外部允许用户命名空间（容器的 seccomp 与 AppArmor 配置）",
    )


def _kin() -> tuple[str, ...]:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return ()
    return (release.get("ID", ""), *release.get("ID_LIKE", "").split())


def _setting(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
