"""Full search in the window: connects the offer, the dialog, the download and the scan that follows."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from vporganizer.app.context import OpenLibrary
from vporganizer.app.folders import FolderStatus
from vporganizer.app.models import FetchProgress, Installed
from vporganizer.app.words import size
from vporganizer.errors import VPOrganizerError
from vporganizer.gui.background import Announcement, Channel
from vporganizer.gui.full import facts
from vporganizer.gui.full.chip import OfferChip
from vporganizer.gui.full.dialog import FullDialog
from vporganizer.gui.full.download_strip import DownloadStrip
from vporganizer.gui.full.downloads import Downloads
from vporganizer.gui.full.facts import Asked, Coverage, Offer, Plan, model_of
from vporganizer.gui.full.words import covered, of_no_use, plain, told
from vporganizer.gui.look import Text
from vporganizer.gui.message_bar import MessageBar
from vporganizer.gui.scan_control import ScanControl
from vporganizer.gui.scanner import Wanted
from vporganizer.gui.settings import WindowSettings

BETWEEN_LOOKS = 4.0  # seconds at least between two looks at how far full search has come
BEGINNING = FetchProgress("asking", "weights")


class FullSearch(QObject):
    """Owns what the window shows of full search: `chip` beside the search bar, `strip`, `share` at its foot.

    `looked` comes each time that it is known anew how far full search has come.
    """

    looked: Announcement = Signal()  # type: ignore[assignment]

    def __init__(
        self, library: OpenLibrary, scans: ScanControl, messages: MessageBar, settings: WindowSettings,
        pool: ThreadPoolExecutor, parent: QWidget,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._library = library
        self._scans = scans
        self._messages = messages
        self._settings = settings
        self._then: Callable[[Offer], None] = self._open_at
        self._coverage = Coverage()
        self._folders: tuple[FolderStatus, ...] = ()
        self._looked = 0.0
        self.chip = OfferChip()
        self.share = Text(quiet=True)
        self.strip = DownloadStrip()
        self.dialog = FullDialog(parent)
        self.downloads = Downloads(self)
        self._offers: Channel[Offer] = Channel(pool, self)
        self._plans: Channel[Plan] = Channel(pool, self)
        self._coverages: Channel[Coverage] = Channel(pool, self)
        self._connect()
        self._connect_pages()

    def _connect(self) -> None:
        self.chip.wanted.connect(self.open)
        self.chip.dismissed.connect(self._dismiss)
        self.strip.open_dialog.connect(self.open)
        self.strip.stop.connect(self.downloads.stop)
        self._offers.answered.connect(self._take_offer)
        self._offers.failed.connect(self._messages.tell_error)
        self._plans.answered.connect(self._show_plan)
        self._plans.failed.connect(self._no_plan)
        self._coverages.answered.connect(self._show_coverage)
        self._coverages.failed.connect(self._messages.tell_error)
        self._scans.more_videos.connect(self._refresh_now_and_then)
        self._scans.ended.connect(self.refresh)
        self.downloads.started.connect(self._download_started)
        self.downloads.progressed.connect(self._progressed)
        self.downloads.finished.connect(self._arrived)
        self.downloads.stopped.connect(self._stopped)
        self.downloads.failed.connect(self._failed)

    def _connect_pages(self) -> None:
        pages = self.dialog
        pages.offer.download.connect(self.downloads.fetch)
        pages.offer.have_files.connect(self._choose_files)
        pages.offer.use.connect(self._begin_step)
        pages.download.stop.connect(self.downloads.stop)
        pages.step.ask.connect(self._ask_plan)
        pages.step.start.connect(self._start)
        pages.step.other_model.connect(self._back_to_offer)

    def close(self, seconds: float) -> bool:
        """Stops a download, whose part is kept, and waits -> whether it has ended within `seconds`."""
        return self.downloads.close(seconds)

    # The offer -------------------------------------------------------------------------------

    def open(self) -> None:
        """Opens the dialog at the page that is due: the offer, the download, or what to look at."""
        if self.downloads.running:
            self.dialog.turn_to(self.dialog.download)
            return
        self.strip.hide()
        self._ask(self._open_at)

    def _ask(self, then: Callable[[Offer], None]) -> None:
        self._then = then
        self._offers.ask(partial(facts.offer, self._library))

    def _take_offer(self, offer: Offer) -> None:
        self._folders = offer.folders
        self._then(offer)

    def _open_at(self, offer: Offer) -> None:
        here = [model.name for model in offer.models if model.installed]
        begun = self._coverage.name
        if model_of(begun) in here:
            self._begin_step(begun)
        elif here:
            self._begin_step(here[0])
        else:
            self._show_offer(offer)

    def _show_offer(self, offer: Offer, chosen: str = "") -> None:
        begun = [model.name for model in offer.models if model.partial]
        self.dialog.offer.show_offer(offer, chosen or (begun[0] if begun else ""))
        self.dialog.turn_to(self.dialog.offer)

    def _back_to_offer(self) -> None:
        self._plans.drop()
        self._ask(partial(self._show_offer, chosen=model_of(self.dialog.step.name)))

    def _dismiss(self) -> None:
        self._settings.full_offer_dismissed = True
        self._settings.save()
        self._settle()

    def _settle(self) -> None:
        """Shows the quiet offer where there is something to offer, and nothing else goes on about it."""
        busy = self.downloads.running or self._scans.full
        wanted = not (busy or self._settings.full_offer_dismissed or self._coverage.all_done)
        self.chip.setVisible(wanted and self._coverage.videos > 0)

    # How far it has come ---------------------------------------------------------------------

    def refresh(self) -> None:
        """Asks the library how far full search has come."""
        self._looked = time.monotonic()
        self._coverages.ask(partial(facts.coverage, self._library))

    def _refresh_now_and_then(self) -> None:
        if time.monotonic() - self._looked >= BETWEEN_LOOKS and not self._coverages.busy:
            self.refresh()

    def _show_coverage(self, coverage: Coverage) -> None:
        self._coverage = coverage
        self._scans.usually_full = coverage.chosen
        away = self.tr("Full search: its files are not here")
        self.share.setText(covered(coverage.share, coverage.device) if coverage.here else away)
        self.share.setVisible(bool(coverage.name) and not coverage.all_done)
        if coverage.all_done and coverage.videos and not self._settings.full_told_complete:
            self._settings.full_told_complete = True
            self._settings.save()
            told_once = self.tr("Full search covers all your videos now, and answers from here on.")
            self._messages.tell(told_once, good=True)
        self._settle()
        self.looked.emit()

    # Getting it ------------------------------------------------------------------------------

    def _choose_files(self, name: str) -> None:
        title = self.tr("Choose the files of full search: the large one, and the small one if you have it")
        kinds = self.tr("Files of full search (*.npz *.model);;All files (*)")
        start = self._settings.last_folder or os.path.expanduser("~")
        files, _ = QFileDialog.getOpenFileNames(self.dialog, title, start, kinds)
        if files:
            self.downloads.install(name, files)

    def _download_started(self) -> None:
        self._messages.hide()
        self.dialog.offer.trouble.tell("")
        said = told(BEGINNING, from_files=self.downloads.from_files)
        self.strip.started(said)
        self.dialog.download.started(said, from_files=self.downloads.from_files)
        if self.dialog.isVisible():
            self.dialog.turn_to(self.dialog.download)
        self._settle()

    def _progressed(self, progress: FetchProgress) -> None:
        said = told(progress, from_files=self.downloads.from_files)
        self.strip.told(said)
        self.dialog.download.told(said)

    def _arrived(self, found: Installed) -> None:
        self._settle()
        self._ask(partial(self._after_arrival, found.name))

    def _after_arrival(self, name: str, offer: Offer) -> None:
        self.strip.hide()
        if not offer.model(name).installed:  # a part of it is missing, which the offer says
            self._show_offer(offer, name)
        elif self.dialog.isVisible():
            self._begin_step(name)
        else:
            self.strip.arrived()

    def _stopped(self) -> None:
        self._settle()
        self._ask(partial(self._after_stop, self.downloads.name))

    def _after_stop(self, name: str, offer: Offer) -> None:
        self.strip.hide()
        if self.dialog.isVisible():
            self._show_offer(offer, name)
            return
        kept = offer.model(name).partial
        self.strip.stopped(self.tr("%1 are kept.").replace("%1", size(kept)) if kept else "")

    def _failed(self, error: VPOrganizerError) -> None:
        self._settle()
        trouble = of_no_use(error) if self.downloads.from_files else plain(error)
        self._ask(partial(self._after_failure, self.downloads.name, trouble))

    def _after_failure(self, name: str, trouble: tuple[str, str], offer: Offer) -> None:
        self.strip.hide()
        if self.dialog.isVisible():
            self._show_offer(offer, name)
            self.dialog.offer.trouble.tell(*trouble)
            self.dialog.fit()
        else:
            self._messages.tell(*trouble)

    # Looking through videos with it ----------------------------------------------------------

    def _begin_step(self, name: str) -> None:
        self.dialog.step.begin(name, self._folders, self._coverage)
        self.dialog.turn_to(self.dialog.step)

    def _ask_plan(self, asked: Asked) -> None:
        self._plans.ask(partial(facts.plan, self._library, asked))

    def _show_plan(self, plan: Plan) -> None:
        self.dialog.step.show_plan(plan)
        self.dialog.fit(grow_only=True)

    def _no_plan(self, error: VPOrganizerError) -> None:
        self.dialog.step.show_trouble(*plain(error))
        self.dialog.fit(grow_only=True)

    def _start(self, wanted: Wanted) -> None:
        self._plans.drop()
        self._settings.full_recent_only = wanted.newer_than is not None
        self._settings.save()
        self.dialog.close()
        self._scans.start(wanted)
        self._settle()
