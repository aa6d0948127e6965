"""The dialog of full search: one page after the other, beside a window that stays usable."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QStackedWidget, QVBoxLayout, QWidget

from vporganizer.gui.full.download_page import DownloadPage
from vporganizer.gui.full.offer_page import OfferPage
from vporganizer.gui.full.parts import Page
from vporganizer.gui.full.second_step import SecondStep

SCREEN_SHARE = 0.9  # of the screen's height that it takes at most


class FullDialog(QDialog):
    """Closing it, by Escape too, stops nothing."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Full search"))
        self.offer = OfferPage()
        self.download = DownloadPage()
        self.step = SecondStep()
        self._page: Page = self.offer
        self._pages = QStackedWidget()
        for page in (self.offer, self.download, self.step):
            self._pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        for leave in (self.offer.leave, self.download.leave, self.step.leave):
            leave.connect(self.close)

    @property
    def page(self) -> Page:
        """The page that is turned to."""
        return self._page

    def turn_to(self, page: Page) -> None:
        """Shows a page, as high as it is where the screen has room, with its main button ready for Enter."""
        self._page = page
        self._pages.setCurrentWidget(page)
        self.fit()
        self.show()
        self.raise_()
        self.activateWindow()
        page.main_button.setFocus()

    def fit(self, *, grow_only: bool = False) -> None:
        """Takes the height that the page needs now; `grow_only` leaves what is high enough as it is."""
        wanted = self._page.sizeHint()
        if grow_only and self.height() >= wanted.height():
            return
        screen = self.screen().availableGeometry()
        self.resize(
            min(max(wanted.width(), self.width() if self.isVisible() else 0), screen.width()),
            min(wanted.height(), round(screen.height() * SCREEN_SHARE)),
        )
