"""The second page of full search: what it shall look at, how closely, and how long that takes here."""

from __future__ import annotations

import os
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QComboBox, QWidget

from vporganizer.app.folders import FolderStatus
from vporganizer.app.words import duration, printable
from vporganizer.gui.background import Announcement, SignalOf
from vporganizer.gui.bars import SlimProgressBar
from vporganizer.gui.full.facts import Asked, Coverage, Plan, Price
from vporganizer.gui.full.parts import Choice, Page, Trouble
from vporganizer.gui.full.words import device_words, percent, rough
from vporganizer.gui.look import Button, Text
from vporganizer.gui.scanner import RECENTLY, Wanted
from vporganizer.gui.translation import plural

FEWER = 8  # pictures of a moment, in place of 16
FEWER_SHARE = 0.45
"""Of the time with 16 pictures, until it is measured: 'the 8 / 16 frames' of tests/benchmarks/encoder.py."""

EVERYTHING, RECENT, FOLDER = range(3)


class SecondStep(Page):
    """Says by `ask` which times it wants to know, and by `start` what a person wants to have looked at."""

    ask: SignalOf[Asked] = Signal(object)  # type: ignore[assignment]
    start: SignalOf[Wanted] = Signal(object)  # type: ignore[assignment]
    other_model: Announcement = Signal()  # type: ignore[assignment]
    leave: Announcement = Signal()  # type: ignore[assignment]

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Use full search on your videos"), parent)
        self._model = ""
        self._answers = False
        self._videos_here = 0
        self._plans: dict[str, Plan] = {}
        self.everything = Choice(self.tr("Everything"))
        self.recent = Choice(self.tr("The last 12 months"))
        self.folder = Choice(self.tr("One folder:"))
        self.folders = QComboBox()
        self.folders.setAccessibleName(self.tr("Folder"))
        self.closely = Choice(
            self.tr("16 pictures of each moment"), self.tr("What full search was made for: sees most.")
        )
        self.quickly = Choice(
            self.tr("8 pictures of each moment"),
            self.tr("Takes about half the time; may miss quick actions."),
        )
        self.trouble = Trouble()
        self._lead = Text(wrap=True)
        self._measured = Text(quiet=True, wrap=True)
        self._busy = SlimProgressBar()
        self._busy.setRange(0, 0)
        policy = self._busy.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # what is under the pointer must not jump
        self._busy.setSizePolicy(policy)
        self._busy.setAccessibleName(self.tr("Measuring"))
        self.other_button = Button(self.tr("Another model…"))
        self.leave_button = Button(self.tr("Later"))
        self.start_button = Button(self.tr("Start"), primary=True)
        self._scopes, self._frames = QButtonGroup(self), QButtonGroup(self)
        self._arrange()
        self._connect()

    def _arrange(self) -> None:
        self.content.addWidget(self._lead)
        self.content.addSpacing(4)
        self.content.addWidget(Text(self.tr("What to look at"), bold=True, factor=1.1))
        for number, choice in enumerate((self.everything, self.recent, self.folder)):
            self._scopes.addButton(choice.radio, number)
            self.content.addWidget(choice)
        self.folder.row.insertWidget(1, self.folders, 1)
        self.folders.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._how = Text(self.tr("How closely"), bold=True, factor=1.1)
        self.content.addSpacing(4)
        self.content.addWidget(self._how)
        for choice in (self.closely, self.quickly):
            self._frames.addButton(choice.radio)
            self.content.addWidget(choice)
        self.content.addSpacing(4)
        self.content.addWidget(self._measured)
        self.content.addWidget(self._busy)
        self.content.addWidget(self.trouble)
        self.content.addStretch(1)
        self.buttons.addWidget(self.other_button)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.leave_button)
        self.buttons.addWidget(self.start_button)
        self.main_button = self.start_button

    def _connect(self) -> None:
        self._scopes.idClicked.connect(self._scope_chosen)
        self._frames.buttonClicked.connect(self._frames_chosen)
        self.folders.activated.connect(self._folder_chosen)
        self.other_button.clicked.connect(self.other_model.emit)
        self.leave_button.clicked.connect(self.leave.emit)
        self.start_button.clicked.connect(self._start_clicked)

    # What is chosen --------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The model as commands name it, with its number of pictures where it is not the usual one."""
        fewer = self.quickly.radio.isChecked() and not self.quickly.isHidden()
        return f"{self._model}@{FEWER}" if fewer else self._model

    def wanted(self) -> Wanted:
        """The scan that is chosen."""
        scope = self._scopes.checkedId()
        folders = (os.fsencode(self._folder()),) if scope == FOLDER else ()
        return Wanted(folders, full=self.name, newer_than=RECENTLY if scope == RECENT else None)

    def _folder(self) -> str:
        chosen = self.folders.currentData()
        return chosen if isinstance(chosen, str) else ""

    # What is shown ---------------------------------------------------------------------------

    def begin(self, model: str, folders: Sequence[FolderStatus], now: Coverage) -> None:
        """Shows the page for a model ('NAME' or 'NAME@8') as far as full search has come, asks for times."""
        begun = now.name == model and now.share > 0
        self._answers = now.chosen and now.name == model
        self._videos_here = now.videos
        self._lead.setText(self._leading(now) if begun else self._leading(Coverage()))
        self.start_button.setText(self.tr("Go on") if begun and not now.complete else self.tr("Start"))
        self._model, _, fewer = model.partition("@")
        self._plans.clear()
        self.trouble.tell("")
        self.folders.clear()
        for one in folders:
            self.folders.addItem(printable(one.path), one.path)
        self.folder.setVisible(len(folders) > 1)
        self._show_frames(True)
        self.everything.radio.setChecked(True)
        (self.quickly if fewer else self.closely).radio.setChecked(True)
        self._ask()

    def _leading(self, now: Coverage) -> str:
        if now.complete:
            return self.tr("Full search has looked at all your videos.")
        if now.share > 0:
            begun = self.tr("Full search has looked at %1 % of your videos, and goes on from there.")
            begun = begun.replace("%1", percent(now.share))
        else:
            begun = self.tr("Nothing has been started yet. Full search looks at your videos anew.")
        rest = self.tr(
            "It begins with the newest; you can search meanwhile, pause, or stop: what is finished is kept."
        )
        return f"{begun} {rest}"

    def show_plan(self, plan: Plan) -> None:
        """Shows the times that were asked for."""
        self._plans[plan.name] = plan
        if plan.name == self._model:
            self._show_frames(plan.pictures > FEWER)
        self._tell()

    def show_trouble(self, sentence: str, hint: str) -> None:
        """Says why there are no times."""
        self._busy.hide()
        self._measured.setText("")
        self.trouble.tell(sentence, hint)

    def _show_frames(self, shown: bool) -> None:
        for part in (self._how, self.closely, self.quickly):
            part.setVisible(shown)

    def _ask(self) -> None:
        self._busy.show()
        self._measured.setText(self.tr("Measuring how long one moment takes here…"))
        self._tell()
        self.ask.emit(Asked(self.name, self._folder()))

    def _tell(self) -> None:
        """Shows what is known by now."""
        plan = self._plans.get(self.name)
        for choice, price in zip(
            (self.everything, self.recent, self.folder), _prices(plan), strict=True
        ):  # fmt: skip
            choice.tell(self._videos(price), self._time(price))
        self._tell_frames()
        chosen = _prices(plan)[self._scopes.checkedId()]
        self.start_button.setEnabled(chosen is None or chosen.clips > 0 or not self._answers)
        if plan is None:
            return
        self._busy.hide()
        self._measured.setText(self._how_measured(plan))

    def _tell_frames(self) -> None:
        scope = self._scopes.checkedId()
        usual, fewer = (
            _prices(self._plans.get(name))[scope] for name in (self._model, f"{self._model}@{FEWER}")
        )
        known = [
            usual.seconds if usual else fewer.seconds / FEWER_SHARE if fewer else None,
            fewer.seconds if fewer else usual.seconds * FEWER_SHARE if usual else None,
        ]
        for choice, seconds in zip((self.closely, self.quickly), known, strict=True):
            choice.set_price(rough(seconds) if seconds else "")

    def _videos(self, price: Price | None) -> str:
        if price is None:
            return "…"
        if not price.clips:
            return self.tr("Nothing is left to look at here.") if self._videos_here else ""
        return plural(self.tr("%Ln video(s)", "", price.videos), price.videos)

    def _time(self, price: Price | None) -> str:
        if price is None or not price.clips:
            return ""
        return rough(price.seconds)

    def _how_measured(self, plan: Plan) -> str:
        if not self._videos_here:
            return self.tr("There is nothing to look at yet: add a folder with videos first.")
        if plan.per_clip is None:
            return ""
        told = self.tr("Rough times: one of your moments was measured, and took %1 on %2.")
        return told.replace("%1", duration(plan.per_clip)).replace("%2", device_words(plan.device))

    def _scope_chosen(self, _: int) -> None:
        self._tell()

    def _frames_chosen(self) -> None:
        if self.name in self._plans:
            self._tell()
        else:
            self._ask()

    def _folder_chosen(self) -> None:
        self.folder.radio.setChecked(True)
        self._plans.clear()
        self._ask()

    def _start_clicked(self) -> None:
        self.start.emit(self.wanted())


def _prices(plan: Plan | None) -> tuple[Price | None, Price | None, Price | None]:
    return (plan.everything, plan.recent, plan.folder) if plan else (None, None, None)
