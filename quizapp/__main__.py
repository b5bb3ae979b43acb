"""``python -m quizapp`` is ``quizapp``."""

from quizapp.cli import main

main()
