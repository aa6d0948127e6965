"""English plurals. Other languages bring their own in Qt's translation files."""

from __future__ import annotations


def plural(translated: str, count: int) -> str:
    """Finishes '2 video(s)', which Qt gives where no translation file has the right form.

    `plural(self.tr("%Ln video(s)", "", count), count)`: a translation holds no '(s)' and stays as it is.
    """
    return translated.replace("(s)", "" if count == 1 else "s")
