"""What holds for every test."""

from __future__ import annotations

import signal

from hypothesis import HealthCheck, settings

# No test asserts a time: on a busy machine neither a slow example nor slow drawing of examples is a failure.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

# Under nohup or in the background of a shell, SIGHUP or SIGINT is ignored, and that is handed on to every program that
# a test starts to see how it takes the signal. A handler that does nothing is as good here, and is not handed on.
for number in (signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGINT)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, lambda *_: None)
