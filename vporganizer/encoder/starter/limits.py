"""From which cosine on a match of the starter is called strong, fair or weak: the one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MatchLimits:
    """Least cosines for a match's words; below `weak` nothing is called a match."""

    strong: float
    fair: float
    weak: float


LIMITS = MatchLimits(strong=0.30, fair=0.2, weak=0.15)
