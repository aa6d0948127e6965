"""From which cosine on a match of the starter is called strong, fair or weak: the one place."""

from __future__ import annotations

from vporganizer.encoder.protocol import MatchLimits

# Measured by tests/benchmarks/bench_starter_limits.py, whose tables are in docs/starter.md.
LIMITS = MatchLimits(strong=0.52, fair=0.40, weak=0.28)
"""For a text and a clip."""

CLIP_LIMITS = MatchLimits(strong=0.76, fair=0.60, weak=0.44)
"""For two clips, which lie nearer to each other than texts do to clips."""
