"""Plays a file from a moment on in a player that can be told where to start, else in the system's own."""

from __future__ import annotations

import configparser
import logging
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Player:
    """A player and how it is told where to start.

    Attributes:
        name: as people know it.
        program: its command.
        start: arguments before the file; {seconds} stands for the place.
        elsewhere: where it lies on systems that do not put it on the search path.
    """

    name: str
    program: str
    start: tuple[str, ...]
    elsewhere: tuple[str, ...] = ()


# From each player's manual. Players that are not here (Totem, Dragon) take no place to start at.
PLAYERS = (
    Player("mpv", "mpv", ("--force-window=yes", "--start={seconds}")),
    Player("Celluloid", "celluloid", ("--mpv-start={seconds}",)),
    Player("IINA", "iina-cli", ("--mpv-start={seconds}",), (
        "/Applications/IINA.app/Contents/MacOS/iina-cli",
    )),
    Player("VLC", "vlc", ("--start-time={seconds}",), (
        "/Applications/VLC.app/Contents/MacOS/VLC",
        r"C:\Program Files\VideoLAN\VLC\vlc.exe",
        r"C:\Program Files (x86)\VideoLAN\VLC\vlc.exe",
    )),
    Player("SMPlayer", "smplayer", ("-start", "{seconds}")),
    Player("MPlayer", "mplayer", ("-ss", "{seconds}")),
    Player("ffplay", "ffplay", ("-loglevel", "error", "-ss", "{seconds}")),
)  # fmt: skip

_running: list[subprocess.Popen[bytes]] = []


def play(path: str, start: float) -> Player | None:
    """Starts a player on a file, `start` seconds from its beginning.

    Returns the player, or None where there is none that can start there: the caller then opens the
    file as a double click in a file manager would.
    """
    for player, program in _installed():
        command = [program, *(part.format(seconds=f"{start:.2f}") for part in player.start), path]
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # the player stays when this program ends
            )
        except OSError as error:
            log.warning("%s could not be started: %s", program, error)
            continue
        _running[:] = [one for one in _running if one.poll() is None]  # those that ended are reaped
        _running.append(process)
        return player
    return None


def _installed() -> list[tuple[Player, str]]:
    """The players there are with their commands, the person's own choice first."""
    found = [(player, program) for player in PLAYERS if (program := _program_of(player))]
    preferred = _default_player()
    return sorted(found, key=lambda pair: pair[0].program not in preferred)


def _program_of(player: Player) -> str | None:
    if program := shutil.which(player.program):
        return program
    return next((place for place in player.elsewhere if os.path.exists(place)), None)


def _default_player() -> str:
    """Names of the desktop files that open MP4 files by the person's choice, as far as it is recorded."""
    if not sys.platform.startswith("linux"):
        return ""
    config = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    try:
        parser.read(Path(config) / "mimeapps.list", encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as error:
        log.info("mimeapps.list cannot be read: %s", error)
        return ""
    return parser.get("Default Applications", "video/mp4", fallback="").casefold()
