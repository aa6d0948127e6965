"""Colours: readable in light and dark, and they follow the platform."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from vporganizer.gui.bars import SlimProgressBar, SlimScrollBar
from vporganizer.gui.look import Text, colours


def luminance(colour: QColor) -> float:
    """Relative luminance by WCAG 2."""
    parts = [colour.redF(), colour.greenF(), colour.blueF()]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: QColor, other: QColor) -> float:
    """Contrast ratio by WCAG 2: 4.5 is what text needs."""
    high, low = sorted([luminance(one), luminance(other)], reverse=True)
    return (high + 0.05) / (low + 0.05)


def palette(ground: str, text: str) -> QPalette:
    made = QPalette()
    for role in (QPalette.ColorRole.Base, QPalette.ColorRole.Window):
        made.setColor(role, QColor(ground))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText):
        made.setColor(role, QColor(text))
    return made


@pytest.fixture
def application(qapp: QApplication) -> Iterator[QApplication]:
    before = qapp.palette()
    yield qapp
    qapp.setPalette(before)


@pytest.mark.parametrize(
    ("ground", "text"), [("#ffffff", "#000000"), ("#1b1e20", "#eceff1"), ("#fafafa", "#232629")]
)
def test_quiet_text_can_still_be_read(ground: str, text: str) -> None:
    shades = colours(palette(ground, text))
    assert contrast(shades.quiet, shades.ground) >= 4.5
    assert contrast(shades.text, shades.raised) >= 7


def test_quiet_text_follows_the_platform_into_the_dark(qtbot: QtBot, application: QApplication) -> None:
    label, bar, progress = Text("some words", quiet=True), SlimScrollBar(), SlimProgressBar()
    for widget in (label, bar, progress):
        qtbot.addWidget(widget)
    application.setPalette(palette("#1b1e20", "#eceff1"))
    QApplication.processEvents()
    assert contrast(label.palette().windowText().color(), QColor("#1b1e20")) >= 4.5
    assert (
        "#1b1e20" in bar.styleSheet() and colours(application.palette()).line.name() in progress.styleSheet()
    )
