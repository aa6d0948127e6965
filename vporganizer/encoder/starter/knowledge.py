"""How well the starter can be expected to understand a text; needs no network, so it answers at once."""

from __future__ import annotations

import json
import re
from pathlib import Path

from vporganizer.encoder.protocol import Knows
from vporganizer.encoder.starter.lexicon import Lexicon

# Scuba diver, groom and baseball player: all that ImageNet knows of people.
_PEOPLE = slice(981, 984)
_SURE = 0.5


class Knowledge:
    """Answers `knows` from the class names and the lexicon."""

    def __init__(self, folder: Path) -> None:
        """Reads `classes.json` and `lexicon.txt.gz` of `folder`."""
        self._names = class_names(folder / "classes.json")
        self.lexicon = Lexicon(folder / "lexicon.txt.gz")

    def knows(self, text: str) -> Knows:
        """Says how well `text` can be expected to be understood: the first of these that fits.

        'yes' for the name of a class; 'no' where the lexicon finds nothing or people; 'partly' where it is
        unsure or passes over words; else 'yes'.
        """
        if self._is_class(text):
            return "yes"
        reading = self.lexicon.read(text)
        if reading.confidence == 0 or reading.classes[_PEOPLE].sum() > 0.5:
            return "no"
        return "yes" if reading.confidence >= _SURE and reading.complete else "partly"

    def _is_class(self, text: str) -> bool:
        plain = _plain(text)
        bare = re.sub(r"^(a|an|the) ", "", plain)
        return plain in self._names or any(one in self._names for one in self.lexicon.singulars(bare))


def class_names(file: Path) -> frozenset[str]:
    """Every name of a class: 'kite (bird of prey)' is a 'kite' too, 'cardboard box / carton' is two names."""
    names: set[str] = set()
    for entry in json.loads(file.read_text(encoding="utf-8")):
        name = str(entry["name"])
        names |= {_plain(name), *(_plain(part) for part in re.sub(r"\(.*?\)", "", name).split("/"))}
    return frozenset(names)


def _plain(text: str) -> str:
    """Lower case, words apart by one space, no punctuation at the ends."""
    return " ".join(text.lower().split()).strip(' .,;:!?"')
