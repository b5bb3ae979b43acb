"""The learner's log on disk: one SQLite file, opened with care and only ever appended to.

Nothing is imported here, so that ``place`` and ``fast`` cost the first paint neither
SQLAlchemy nor Alembic. ``database.Store`` is the whole of it for writers.
"""
