"""What runs inside the walls: the process that forks a child a run, walls that it raises itself, serving a request.

Started as ``python -P -m quizapp.inside FD`` by ``quizapp.runner``; knows only ``quizapp.proof``.
"""
