"""An encoder's vectors in memory: float32 blocks that only the last of which changes when some are added."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BLOCK_ROWS = 8192
"""Rows of a full block: 32 MB at 1000 dimensions. All full blocks share one compiled product."""

_SMALLEST = 256
_ALIGNMENT = 64
"""JAX uses memory of ours as it is where it starts at a multiple of this, and copies it (slowly) else."""


@dataclass(slots=True)
class Block:
    """Up to `BLOCK_ROWS` vectors: `data` is (R, D) float32 with R a power of two, zero after `count`.

    `version` grows when rows were added, so that copies of it elsewhere can tell that they are old.
    """

    data: NDArray[np.float32]
    count: int = 0
    version: int = 0


class VectorMatrix:
    """The vectors of some clips, in the order in which they were added."""

    def __init__(self, dim: int) -> None:
        self.dim = dim
        self.blocks: list[Block] = []
        self._ids: list[NDArray[np.int64]] = []

    def __len__(self) -> int:
        return sum(block.count for block in self.blocks)

    @property
    def ids(self) -> NDArray[np.int64]:
        """The clips' ids, (N,), in the order of the rows."""
        if len(self._ids) != 1:
            self._ids = [np.concatenate([np.empty(0, np.int64), *self._ids])]
        return self._ids[0]

    def append(self, ids: NDArray[np.int64], vectors: NDArray[np.float16]) -> None:
        """Adds clips with their stored vectors: (M,) and (M, D)."""
        self._ids.append(ids)
        done = 0
        while done < len(vectors):
            block = self._with_room(len(vectors) - done)
            part = vectors[done : done + len(block.data) - block.count]
            block.data[block.count : block.count + len(part)] = part
            block.count += len(part)
            block.version += 1
            done += len(part)

    def rows(self) -> Iterator[tuple[int, Block]]:
        """Yields each block with the number of its first row."""
        first = 0
        for block in self.blocks:
            yield first, block
            first += block.count

    def _with_room(self, wanted: int) -> Block:
        """Returns the last block, enlarged if that helps, or a new one."""
        last = self.blocks[-1] if self.blocks else None
        if last is not None and last.count < len(last.data):
            return last
        if last is not None and len(last.data) < BLOCK_ROWS:
            bigger = Block(self._new(last.count + wanted), last.count, last.version)
            bigger.data[: last.count] = last.data[: last.count]
            self.blocks[-1] = bigger
            return bigger
        self.blocks.append(Block(self._new(wanted)))
        return self.blocks[-1]

    def _new(self, wanted: int) -> NDArray[np.float32]:
        """Returns room for as many rows, so that few different sizes are ever compiled for."""
        rows = int(min(BLOCK_ROWS, max(_SMALLEST, 1 << (wanted - 1).bit_length())))
        raw = np.zeros(rows * self.dim * 4 + _ALIGNMENT, np.uint8)
        offset = -raw.ctypes.data % _ALIGNMENT
        return raw[offset : offset + rows * self.dim * 4].view(np.float32).reshape(rows, self.dim)
