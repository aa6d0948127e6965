"""Whatever is done to files between scans, what the person said follows the bytes or the place."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from helpers.libraries import scan, tags_by_name, video_at
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from vporganizer.library import videos
from vporganizer.library.library import Library
from vporganizer.library.tags import add_tag

NAMES = st.sampled_from([f"{letter}.mp4" for letter in "abcdefgh"])


class Folder(RuleBasedStateMachine):
    """A real folder, and beside it what its files should be called and tagged.

    `tags` maps the name of each file to its tags, as they should be told after the next scan, `gone` the
    bytes of deleted files to theirs. `stirred` are names that nothing more is done to until then: what
    was said of such a place twice over is ambiguous.
    """

    @initialize()
    def make(self) -> None:
        self.work = Path(tempfile.mkdtemp())
        self.root = self.work / "videos"
        self.root.mkdir()
        (self.root / "anchor.mp4").write_bytes(b"always here, so that the folder is never empty")
        self.library = Library.open(self.work / "library")
        self.tags: dict[str, set[str]] = {"anchor.mp4": set()}
        self.gone: dict[bytes, set[str]] = {}
        self.count = 0
        self.scanned = False
        self.stirred: set[str] = set()

    def teardown(self) -> None:
        if hasattr(self, "library"):
            self.library.close()
            shutil.rmtree(self.work)

    def fresh(self) -> bytes:
        self.count += 1
        return b"content %d " % self.count * 20

    @rule(name=NAMES)
    def create(self, name: str) -> None:
        if name not in self.tags and name not in self.stirred:
            (self.root / name).write_bytes(self.fresh())
            self.tags[name] = set()
            self.stirred.add(name)

    @rule(name=NAMES)
    def edit(self, name: str) -> None:
        """Other bytes at the same place; not twice, or moved as well, between two scans."""
        if name in self.tags and name not in self.stirred:
            (self.root / name).write_bytes(self.fresh())
            self.stirred.add(name)

    @rule(one=NAMES, two=NAMES)
    def rename(self, one: str, two: str) -> None:
        if one in self.tags and two not in self.tags and one not in self.stirred and two not in self.stirred:
            (self.root / one).rename(self.root / two)
            self.tags[two] = self.tags.pop(one)
            self.stirred.add(one)  # a new file in its place would be another story: tested elsewhere

    @rule(one=NAMES, two=NAMES)
    def swap(self, one: str, two: str) -> None:
        if one != two and {one, two} <= set(self.tags) and not {one, two} & self.stirred:
            (self.root / one).rename(self.root / "x")
            (self.root / two).rename(self.root / one)
            (self.root / "x").rename(self.root / two)
            self.tags[one], self.tags[two] = self.tags[two], self.tags[one]

    @rule(one=NAMES, two=NAMES)
    def move_over(self, one: str, two: str) -> None:
        if one != two and {one, two} <= set(self.tags) and not {one, two} & self.stirred:
            (self.root / one).replace(self.root / two)
            self.tags[two] = self.tags.pop(one) | self.tags[two]
            self.stirred |= {one, two}

    @rule(name=NAMES)
    def touch(self, name: str) -> None:
        if name in self.tags:
            self.count += 1
            os.utime(self.root / name, (self.count, self.count))

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        if name in self.tags and name not in self.stirred:
            self.gone[(self.root / name).read_bytes()] = self.tags.pop(name)
            (self.root / name).unlink()
            self.stirred.add(name)

    @precondition(lambda self: self.gone and self.scanned)
    @rule(name=NAMES, data=st.data())
    def bring_back(self, name: str, data: st.DataObject) -> None:
        if name not in self.tags and name not in self.stirred:
            lost = data.draw(st.sampled_from(sorted(self.gone)))
            (self.root / name).write_bytes(lost)
            self.tags[name] = self.gone.pop(lost)
            self.stirred.add(name)

    @rule()
    def scan(self) -> None:
        scan(self.library, self.root)
        self.scanned = True
        self.stirred.clear()
        untagged = [name for name, tags in self.tags.items() if not tags]
        assert tags_by_name(self.library) == {name: tuple(sorted(tags)) for name, tags in self.tags.items()}
        for name in untagged:
            self.tags[name] = {f"{name} {self.count}"}
            add_tag(self.library, [video_at(self.library, self.root / name).id], f"{name} {self.count}")
        assert scan(self.library, self.root).unchanged == len(self.tags)

    @invariant()
    def rows_are_whole(self) -> None:
        if hasattr(self, "library"):
            there = videos.all_videos(self.library)
            assert len({video.path for video in there}) == len(there)
            assert not any(b"\0" in video.path for video in there)


Folder.TestCase.settings = settings(deadline=None, max_examples=40, stateful_step_count=25)
TestFolder = Folder.TestCase
