"""Makes v1.db, a small library of schema version 1. Run once, when that schema was released.

python tests/library/stored/make_v1.py tests/library/stored/v1.db
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from vporganizer.library import clips, failures, folders, tags, videos
from vporganizer.library.connection import run
from vporganizer.library.library import Library
from vporganizer.library.records import NewClip, Stamp


def main(target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder, Library.open(Path(folder)) as library:
        volume = folders.ensure_volume(library, "uuid:1234", "Drive")
        root = folders.add_folder(library, b"/stored", volume.id)
        content = videos.create_content(library, "1:abc", 12345)
        videos.set_media_facts(library, content, duration=2.0, width=64, height=48, fps=25.0, codec="h264")
        video = videos.add_video(library, root.id, b"\xff not text.mp4", Stamp(12345, 10**18), content)
        broken = videos.add_video(library, root.id, b"broken.mp4", Stamp(0, 10**18), None)
        failures.record_failure(library, broken, "scan", "permanent", "It is empty.")
        encoder = clips.ensure_encoder(library, "tiny", "tiny-1", 4)
        vectors = np.eye(4, dtype=np.float32)
        windows = [NewClip(0.0, 1.0, True, vectors[0]), NewClip(1.0, 2.0, False, vectors[1])]
        clips.store_windows(
            library, content, encoder, windows, complete_to=2, precision="float32", backend="cpu"
        )
        clips.finish_windows(library, content, 2.0, None)
        tags.add_tag(library, [video], "Lake")
        run(library, "UPDATE video SET rating = 4, note = 'Ferien' WHERE id = ?", [video])
        library.db.conn.execute("PRAGMA journal_mode = DELETE")
        library.db.conn.execute("VACUUM INTO ?", [str(target)])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
