"""The first page of full search: what it gives, what it takes, and the two ways to get it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QWidget

from vporganizer.app.models import Model
from vporganizer.app.words import size
from vporganizer.gui.background import Announcement, SignalOf
from vporganizer.gui.full.facts import Offer
from vporganizer.gui.full.parts import Choice, Facts, Page, Trouble
from vporganizer.gui.full.words import device_words, left_to_get, memory_words
from vporganizer.gui.look import Button, Text
from vporganizer.gui.translation import plural


class OfferPage(Page):
    """Says by its signals, which carry a model's name, what a person wants to do."""

    download: SignalOf[str] = Signal(object)  # type: ignore[assignment]
    have_files: SignalOf[str] = Signal(object)  # type: ignore[assignment]
    use: SignalOf[str] = Signal(object)  # type: ignore[assignment]
    leave: Announcement = Signal()  # type: ignore[assignment]

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Full search"), parent)
        self._offer: Offer | None = None
        self._group = QButtonGroup(self)
        self.choices = (
            Choice(self.tr("Standard"), self.tr("Right for most computers.")),
            Choice(self.tr("Large"), self.tr("Slower, and needs more memory: best with a graphics card.")),
        )
        self.trouble = Trouble()
        self._facts = Facts(
            [
                self.tr("Download"), self.tr("Room on the disk"), self.tr("Memory"), self.tr("Runs on"),
                self.tr("Time"), self.tr("Licence"), self.tr("Credit"),
            ]
        )  # fmt: skip
        self.files_button = Button(self.tr("I have the files already…"))
        self.leave_button = Button(self.tr("Not now"))
        self.go_button = Button(self.tr("Download"), primary=True)
        self._arrange()
        self._connect()

    def _arrange(self) -> None:
        lead = self.tr(
            "Finds people, actions and places in your videos: “two people dancing”, “a dog jumping into "
            "a lake”, “snow falling at night”. Quick search, which you use now, knows only things."
        )
        self.content.addWidget(Text(lead, wrap=True))
        for number, choice in enumerate(self.choices):
            self._group.addButton(choice.radio, number)
            self.content.addWidget(choice)
        self.choices[0].radio.setChecked(True)
        self.content.addWidget(self._facts)
        for promise in (
            self.tr("Your videos stay on this computer: only the download itself uses the network."),
            self.tr("Downloading starts nothing else. You choose afterwards what is looked at, and when."),
        ):
            self.content.addWidget(Text(promise, quiet=True, wrap=True))
        self.content.addWidget(self.trouble)
        self.content.addStretch(1)
        self.buttons.addWidget(self.files_button)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.leave_button)
        self.buttons.addWidget(self.go_button)
        self.main_button = self.go_button

    def _connect(self) -> None:
        self._group.idClicked.connect(self._choose)
        self.files_button.clicked.connect(self._files_clicked)
        self.leave_button.clicked.connect(self.leave.emit)
        self.go_button.clicked.connect(self._go_clicked)

    @property
    def chosen(self) -> Model | None:
        """The model that is chosen; None until the offer is here."""
        return self._offer.models[max(0, self._group.checkedId())] if self._offer else None

    def show_offer(self, offer: Offer, chosen: str = "") -> None:
        """Shows an offer, with one of its models chosen."""
        self._offer = offer
        for choice, model in zip(self.choices, offer.models, strict=False):
            here = self.tr("here already") if model.installed else size(model.size)
            choice.set_price(here)
        for extra in self.choices[len(offer.models) :]:
            extra.hide()
        if chosen:
            names = [model.name for model in offer.models]
            self.choices[names.index(chosen) if chosen in names else 0].radio.setChecked(True)
        self._tell()

    def _choose(self, _: int) -> None:
        self.trouble.tell("")
        self._tell()

    def _tell(self) -> None:
        """Shows the facts of the model that is chosen."""
        model, offer = self.chosen, self._offer
        if model is None or offer is None:
            return
        tell = partial(self._facts.set)
        tell(self.tr("Download"), self._amount(model))
        room = self.tr("%1; %2 are free").replace("%1", size(model.size)).replace("%2", size(offer.free))
        tell(self.tr("Room on the disk"), room)
        tell(self.tr("Memory"), memory_words(model))
        tell(self.tr("Runs on"), device_words(offer.device))
        tell(self.tr("Time"), self._time(offer.videos))
        tell(self.tr("Licence"), model.licence)
        tell(self.tr("Credit"), model.credit)
        self.go_button.setText(self._go(model))
        if model.problem and model.checkpoint is not None:
            self._tell_problem(model)

    def _amount(self, model: Model) -> str:
        if model.installed:
            return self.tr("none: it is here already")
        if model.partial:
            there = self.tr("%1, of which %2 are here already")
            return there.replace("%1", size(model.size)).replace("%2", size(model.partial))
        return self.tr("%1, once").replace("%1", size(model.size))

    def _time(self, videos: int) -> str:
        if not videos:
            return self.tr("is measured here, once it is downloaded")
        told = self.tr("for your %Ln video(s): is measured here, once it is downloaded", "", videos)
        return plural(told, videos)

    def _go(self, model: Model) -> str:
        if model.installed:
            return self.tr("Continue")
        left = size(left_to_get(model))
        if model.checkpoint is not None and model.tokenizer is None:
            return self.tr("Get the missing part (%1)").replace("%1", left)
        if model.partial:
            return self.tr("Go on with the download (%1 left)").replace("%1", left)
        return self.tr("Download (%1)").replace("%1", left)

    def _tell_problem(self, model: Model) -> None:
        """Says what is wrong with files that were there."""
        if model.tokenizer is None:
            self.trouble.tell(
                self.tr("One small part of full search is still missing."),
                self.tr("Get it here, or choose the file if you have it."),
            )
        else:
            self.trouble.tell(
                self.tr("The files of full search are not as they were when they came."),
                self.tr("Download them again, or choose them where they are now."),
            )

    def _files_clicked(self) -> None:
        if self.chosen is not None:
            self.have_files.emit(self.chosen.name)

    def _go_clicked(self) -> None:
        if self.chosen is not None:
            (self.use if self.chosen.installed else self.download).emit(self.chosen.name)
