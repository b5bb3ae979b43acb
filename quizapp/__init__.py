"""Spaced-repetition interview cards whose answers are proved by running them."""

__version__ = "0.1.0"
