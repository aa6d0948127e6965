"""The models there are, and whether they are at hand."""

from __future__ import annotations

from dataclasses import dataclass

from vporganizer.encoder import catalog


@dataclass(frozen=True, slots=True)
class Model:
    """One encoder as a person sees it: `label` is what it is called, `installed` whether it can be used."""

    name: str
    label: str
    installed: bool
    detail: str


def models() -> list[Model]:
    """Lists the encoders, with what is missing where one cannot be used."""
    listed = []
    for name in catalog.names():
        problem = catalog.missing(name)
        listed.append(
            Model(name, catalog.label(name), problem is None, problem or "installed with the program")
        )
    return listed
