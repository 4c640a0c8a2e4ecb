"""What displays share: axes of their own or given ones, in the colours of a theme."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Self, final

from zsl.plots._theme import Theme, ThemeName, as_png, as_theme, axes_for, unmanaged_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure


class Display(ABC):
    """Data that can be drawn, after scikit-learn's displays: what was measured stays in attributes.

    Attributes
    ----------
    ax_ : Axes
        Where it was drawn last.
    figure_ : Figure
        Their figure.
    """

    ax_: "Axes"
    figure_: "Figure | SubFigure"

    def plot(self, ax: "Axes | None" = None, *, theme: ThemeName = "light") -> Self:
        """Draw.

        Parameters
        ----------
        ax : Axes or None, default=None
            Where to draw. None for a new figure of pyplot, which a notebook shows and ``plt.show()`` opens.
        theme : {"light", "dark"}, default="light"
            Colours for a light or a dark page.

        Returns
        -------
        Display
            The display itself, with ``ax_`` and ``figure_``.

        Raises
        ------
        InvalidInputError
            If what is to be drawn cannot be, or `theme` is unknown.
        MissingExtraError
            If matplotlib isn't installed.
        """
        colours = as_theme(theme)
        self.ax_ = axes_for(ax, colours, self._size())
        self.figure_ = self.ax_.figure
        self._draw(self.ax_, colours)
        return self

    @final
    def _png(self, theme: ThemeName) -> bytes:
        """The picture of a page, without a figure that stays open."""
        colours = as_theme(theme)
        ax = unmanaged_axes(colours, self._size())
        self._draw(ax, colours)
        return as_png(ax)

    @abstractmethod
    def _size(self) -> tuple[float, float]:
        """Width and height of a figure of its own, in inches."""

    @abstractmethod
    def _draw(self, ax: "Axes", theme: Theme) -> None:
        """Draw on empty axes."""

    @abstractmethod
    def _about(self) -> str:
        """What is drawn, in a few words."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._about()})"
