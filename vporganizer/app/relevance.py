"""Cosines -> relevances from 0 to 1, which hits of several encoders can be ranked by.

A cosine says nothing by itself: one encoder gives every pair of text and clip 0.6 to 0.7, another 0.05 to
0.3. What can be compared is how far a clip stands out from what is usual for this encoder, this query and
this clip. Three things tell what is usual:

- **Neutral texts**, everyday captions that are the same for every query. Their cosines with the library's
  clips tell which clips are near to any text, and how much cosines scatter when nothing is meant.
- **The query's own cosines** with all clips of the encoder, of which most do not fit it. They tell what
  this query adds to every cosine: a long or odd text may lift them all. Neutral texts cannot tell that.
- **How many clips there are.** Of three clips, none can be told from 'this query lifts everything' by the
  two that remain with any certainty, so their spread is taken from the neutral texts, or from the clips
  where that is more, and a clip has to stand out twice as far. Rather a hit too low than one of an encoder
  that has hardly looked at anything on top: with each clip that is indexed this fades.

Nothing here is a matter of ranks: a best hit that does not stand out has a low relevance. All statistics
are quantiles where there are enough clips, so that many matches do not count as what is usual.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vporganizer.app.hits import Match

Floats = NDArray[np.floating]

SAMPLE = 2000
"""Clips that stand for all of an encoder's: quantiles of so many are exact enough, and quick to take."""

STRONG, FAIR, WEAK = 0.80, 0.50, 0.20
"""Least relevances for a match's words, where no cosine says so by itself.

0.5 is where a clip stands as far out as the best of so many by chance would; about one standard deviation
more makes 0.8, one less 0.2. To be set again once the real models can be measured.
"""

UNKNOWN = -1.0
"""Added to what hits are ranked by, where the encoder does not know the text: below all that do."""
PARTLY = 0.7
"""Share of its relevance that a hit keeps where the encoder knows the text only in part."""

_FEW = 40.0  # clips: from about so many on, their own spread counts more than that of neutral texts
_CLIPS_A_VIDEO = 4  # clips of one video resemble each other: more of them tell little more
_NEVER_LESS = 1e-3  # what rounding to float16 does to a cosine; no spread is smaller
_SAME = 0.98  # cosine of texts that are as good as the same
_CLIPS_SPREAD = 0.08  # of cosines between clips, where there are too few to tell
_HALF, _STEEP = 2.0, 1.07  # a relevance of a half: one such clip in a hundred searches by chance
_OF_SO_MANY = 100  # clips that chance is reckoned for where encoders are compared: the same for all of them
_PRUDENCE = 0.5  # powers of ten by which a clip of three must be less likely by chance than one of many
_CLEAR = 5.0  # standard deviations of a match that leaves no doubt


@dataclass(frozen=True, slots=True)
class Background:
    """What is usual for an encoder in this library, whatever is asked.

    Attributes:
        sample: vectors of some of its clips, (M, D).
        clips, contents: how many there are in all.
        neutral: mean of the neutral vectors, (D,).
        hubness: 0 to 1, how far a clip's mean cosine with neutral vectors tells of its cosine with others.
        spread: standard deviation of what neutral vectors leave unexplained; None where nothing tells.
        level: mean cosine of neutral vectors and clips.
        near: cosines of the sample with `neutral`, (M,): the same for every query, so taken once.
    """

    sample: NDArray[np.float32]
    clips: int
    contents: int
    neutral: NDArray[np.float32]
    hubness: float
    spread: float | None
    level: float
    near: NDArray[np.float32] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "near", self.sample @ self.neutral)


def text_background(
    sample: NDArray[np.float32], texts: NDArray[np.float32], clips: int, contents: int
) -> Background:
    """Takes what is usual from neutral texts, (J, D), and some of the encoder's clips, (M, D)."""
    cosines = texts @ sample.T
    hubness, spread = _two_ways(cosines)
    if _resemblance(texts) > _SAME:  # an encoder to which all neutral texts are one
        hubness, spread = 0.0, _within_rows(cosines)
    return Background(
        sample,
        clips,
        contents,
        texts.mean(axis=0),
        hubness,
        spread,
        float(cosines.mean()) if len(sample) else 0.0,
    )


def example_background(
    sample: NDArray[np.float32], content: NDArray[np.int64], clips: int, contents: int
) -> Background:
    """The same for look-ups by example: clips of the library are neutral to each other.

    Args:
        sample: some of the encoder's clips, (M, D).
        content: which content each is of, (M,): clips of one content say nothing, they are alike.
        clips, contents: how many there are in all.
    """
    chosen = np.unique(np.linspace(0, len(sample) - 1, min(48, len(sample))).astype(int))
    cosines = (sample[chosen] @ sample.T).astype(np.float64)
    other = content[chosen][:, None] != content[None, :]
    found = cosines[other]
    if len(found) < 20:
        spread, level = _CLIPS_SPREAD, float(found.mean()) if len(found) else 0.5
    else:
        middle = float(np.median(found))
        tail = (np.quantile(found, 0.98) - middle) / 2.05
        spread, level = max(float(tail), 1.4826 * float(np.median(np.abs(found - middle)))), middle
    neutral = sample.mean(axis=0) if len(sample) else np.zeros(sample.shape[1], np.float32)
    return Background(sample, clips, contents, neutral, 0.0, spread, level)


def relevances(
    background: Background, queries: NDArray[np.float32], scores: NDArray[np.float32],
    usual: NDArray[np.float32] | None, *, alone: bool,
) -> NDArray[np.float32]:  # fmt: skip
    """Relevances of clips of one encoder for one question.

    Args:
        background: what is usual for the encoder.
        queries: what is asked for, (Q, D): a text, or windows of an example.
        scores: cosines of clips with the best of them, (N,).
        usual: cosines of the same clips with `background.neutral`, (N,); None to leave out that some
            clips are near to everything, so that relevances rise with scores.
        alone: no other encoder answers. Then a small library is compared with what neutral texts give,
            and not only with itself: all its clips may fit.

    Returns:
        (N,) from 0 to 1.
    """
    if not len(scores) or not len(background.sample):
        return np.zeros(len(scores), np.float32)
    own = (background.sample @ queries.T).max(axis=1).astype(np.float64)
    spread_of_texts = background.spread
    hubness = background.hubness if usual is not None and not _is_neutral(background, queries) else 0.0
    adjusted = scores
    if hubness and usual is not None:
        own = own - hubness * (background.near - background.level)
        adjusted = scores - np.float32(hubness) * (usual - np.float32(background.level))
    elif background.hubness and spread_of_texts is not None:
        spread_of_texts = float(np.hypot(spread_of_texts, background.near.std()))
    now = _usual(own, spread_of_texts, background, alone=alone)
    out = (adjusted - np.float32(now.offset)) / np.float32(now.spread)
    # The long way only for the few that stand out: the others keep their order below them.
    far = out > 1
    curve = _curve(now, np.append(out[far], 1.0).astype(np.float64), background.clips)
    found: NDArray[np.float32] = (curve[-1] / (2 - np.minimum(out, 1))).astype(np.float32)
    found[far] = curve[:-1]
    return found


def _curve(now: _Usual, out: NDArray[np.float64], clips: int) -> NDArray[np.float64]:
    """Relevances of clips that stand `out` so many standard deviations, (N,)."""
    z = now.normal(out)
    evidence = _evidence(z, min(clips, SAMPLE) if now.alone else _OF_SO_MANY)
    if not now.alone:
        evidence = evidence - _PRUDENCE * 3 / (now.telling + 3)
    sure = 1 / (1 + np.exp(-np.clip(_STEEP * (evidence - _HALF), -60, 60)))
    # Of clear matches none is surer than the other; the encoder's own best is the best of them.
    place = np.clip(z / max(float(z.max()), _CLEAR), 0, 1)
    return sure * (0.6 + 0.4 * place)


def strength(relevance: float) -> Match | None:
    """A relevance in words; None if it is no match."""
    if relevance >= STRONG:
        return "strong"
    if relevance >= FAIR:
        return "fair"
    return "weak" if relevance >= WEAK else None


@dataclass(frozen=True, slots=True)
class _Usual:
    """What is usual for one query: a cosine, the spread around it, and how many clips tell so."""

    offset: float
    spread: float
    telling: float
    alone: bool

    def normal(self, out: Floats) -> NDArray[np.float64]:
        """How far clips stand out, as standard deviations of a normal distribution."""
        if not self.alone:
            out = out / np.sqrt(1 + 1.57 / self.telling)  # the median of few is itself uncertain
        return _normal(out, self.telling + 2)


def _usual(own: Floats, spread: float | None, background: Background, *, alone: bool) -> _Usual:
    """What is usual for a query, by its cosines with the sample, (M,), and the spread of neutral texts."""
    last, sixth, quarter, middle = (float(x) for x in np.quantile(own, [0.02, 0.16, 0.25, 0.5]))
    # Four clips in ten may match: the smaller of two spreads that matches do not inflate both. The lower
    # tail tells whether a normal distribution promises too little.
    many = min(1.4826 * float(np.median(np.abs(own - middle))), middle - sixth)
    many = max(many, (quarter - last) / 1.38, 0.1 * (spread or 0.0), _NEVER_LESS)
    below = own[own < middle] - middle
    lower = float(np.sqrt(np.mean(below**2))) if len(below) else 0.0
    few = max(spread or 0.0, _NEVER_LESS)
    if not alone or spread is None:
        few = max(few, lower)
    weight = background.clips**2 / (background.clips**2 + _FEW**2)
    found = float(np.exp(weight * np.log(many) + (1 - weight) * np.log(few)))
    offset = middle if background.clips < _FEW else min(middle, quarter + 0.6745 * found)
    if alone and spread is not None:
        trust = background.clips / (background.clips + _FEW)
        offset = trust * offset + (1 - trust) * min(background.level, offset)
    telling = max(1.0, min(background.clips, _CLIPS_A_VIDEO * background.contents))
    return _Usual(offset, found, telling, alone)


def _normal(t: Floats, degrees: float) -> NDArray[np.float64]:
    """Values of Student's t as values of a normal distribution that are as unlikely (Wallace 1959)."""
    size = np.sqrt(degrees * np.log1p(t**2 / degrees)) * (8 * degrees + 1) / (8 * degrees + 3)
    found: NDArray[np.float64] = np.sign(t) * size
    return found


def _evidence(z: NDArray[np.float64], clips: int) -> NDArray[np.float64]:
    """How much speaks against chance: -log10 of how many of so many clips would stand out as far by it."""
    far = np.maximum(z, 0.0)
    tail = -(far**2) / 2 - np.log(np.sqrt(np.pi / 2) * (far + np.sqrt(far**2 + 8 / np.pi)))  # within 2 %
    found: NDArray[np.float64] = np.minimum(z, 0.0) - tail / np.log(10) - np.log10(max(clips, 1))
    return found


def _two_ways(cosines: NDArray[np.float32]) -> tuple[float, float | None]:
    """How far columns (clips) differ as a whole, 0 to 1, and the spread that rows and columns leave.

    Analysis of variance of (J, M) cosines: a mean for each text, one for each clip, and the rest.
    """
    rows, columns = cosines.shape
    if rows < 2 or columns < 1:
        return 0.0, None
    if columns < 2:
        return 0.0, float(cosines.std(ddof=1))
    found = cosines.astype(np.float64)
    of_clips = found.mean(axis=0)
    rest = found - of_clips - found.mean(axis=1, keepdims=True) + found.mean()
    noise = float((rest**2).sum() / ((rows - 1) * (columns - 1)))
    between = max(0.0, float(of_clips.var(ddof=1)) - noise / rows)
    hubness = between / (between + noise / rows) if between > 0 else 0.0
    if columns < 30:
        return hubness, float(np.sqrt(noise))
    usual = 1.4826 * float(np.median(np.abs(rest)))
    return hubness, max(usual, float(np.quantile(rest, 0.99)) / 2.326)


def _within_rows(cosines: NDArray[np.float32]) -> float | None:
    return float(np.sqrt(cosines.var(axis=1, ddof=1).mean())) if cosines.shape[1] > 1 else None


def _resemblance(vectors: NDArray[np.float32]) -> float:
    """Mean cosine of pairs of unit vectors, (J, D)."""
    count = len(vectors)
    total = float((vectors.sum(axis=0) ** 2).sum())
    return (total - count) / (count * (count - 1)) if count > 1 else 1.0


def _is_neutral(background: Background, queries: NDArray[np.float32]) -> bool:
    """True where the query is what neutral texts are: then nothing of its cosines may be taken away."""
    length = float(np.linalg.norm(background.neutral))
    return length == 0 or float((queries @ background.neutral).max()) / length > _SAME
