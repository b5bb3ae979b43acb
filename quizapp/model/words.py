"""Text for people, in the two languages every card is written in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Lang(StrEnum):
    """A language of the interface and of the cards."""

    EN = "en"
    ZH = "zh"

    @property
    def other(self) -> Lang:
        return Lang.ZH if self is Lang.EN else Lang.EN


@dataclass(frozen=True, slots=True)
class Words:
    """One text in both languages; neither may be missing."""

    en: str
    zh: str

    def __getitem__(self, lang: Lang | str) -> str:
        if lang not in (Lang.EN, Lang.ZH):
            raise KeyError(lang)  # an answer for every index would make Words a sequence without an end
        return self.zh if lang == Lang.ZH else self.en
