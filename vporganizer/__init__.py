"""VP Organizer makes a person's own video files searchable by what happens in them.

    import vporganizer
    with vporganizer.open_library("DIR") as library:
        library.scan(["FOLDER"])
        for hit in library.search("a dog"):
            print(hit.path, hit.start, hit.end)

Importing the package loads neither JAX nor Qt: `open_library` is resolved when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["__version__", "open_library"]

if TYPE_CHECKING:
    from vporganizer.app.context import open_library


def __getattr__(name: str) -> Any:
    """Resolves `open_library` at first use (PEP 562)."""
    if name == "open_library":
        from vporganizer.app.context import open_library

        return open_library
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
