"""A short text in both languages, as verifiers carry it."""

from __future__ import annotations

from typing import NamedTuple


class Say(NamedTuple):
    """One text, English and Chinese. Where both would read the same, ``Say.same`` says so."""

    en: str
    zh: str

    @classmethod
    def same(cls, text: str) -> Say:
        """A text that needs no translation: a shape, a name, a formula."""
        return cls(text, text)

    def to(self, lang: str) -> str:
        """The text in ``lang``: ``"zh"``, or English for anything else."""
        return self.zh if lang == "zh" else self.en
