"""Pictures to show: posters and storyboards from the scan, stills of moments on demand."""

from __future__ import annotations

import logging
from pathlib import Path

from vporganizer.app.decoder import SharedDecoder
from vporganizer.errors import MediaError
from vporganizer.library.library import Library
from vporganizer.library.pictures import any_picture, save_still, still_path
from vporganizer.library.videos import videos_with_content
from vporganizer.media.records import PictureAt, Still

log = logging.getLogger(__name__)


def still(library: Library, decoder: SharedDecoder, content_id: int, start: float, end: float) -> Path | None:
    """A picture from the middle of a moment: made once, then kept with the library.

    Where the file is away or cannot be read, its poster; None if there is none either.
    """
    time = (start + end) / 2
    kept = still_path(library, content_id, time)
    if kept.exists():
        return kept
    online = [v for v in videos_with_content(library.db, content_id) if v.availability == "online"]
    for video in online[:1]:
        try:
            for answer in decoder.run(PictureAt(video.path, (time,))):
                if isinstance(answer, Still):
                    return save_still(library, content_id, time, answer.jpeg)
        except MediaError as error:
            log.info("no still of %r: %s", video.path, error)
    return any_picture(library, content_id, time)
