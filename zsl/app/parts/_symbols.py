"""Pictures of one symbol as the shipped network wants them: 28 × 28, ink high, the symbol on 20 of the 28 pixels."""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from zsl.app.http._bodies import SIDE
from zsl.app.http._refusals import bad
from zsl.encoders.images._files import UNREADABLE, open_image
from zsl.estimators.few_shot._pixels import are_inverted

MOST_PIXELS = 16_000_000
_INK_SIDE = 20
INVERTED = "The ground was bright and the ink dark, as on paper, so it was inverted for the network."
_EMPTY = "There is no ink in it; wanted one symbol on an empty ground."


@dataclass(frozen=True)
class Symbol:
    """A symbol, and what was done to it."""

    pixels: NDArray[np.uint8]
    note: str


def upright_ink(drawings: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Drawings (n, 28, 28) with ink high, and which of them had to be inverted."""
    inverted = are_inverted(drawings[:, None] / 255)
    return np.where(inverted[:, None, None], 255 - drawings, drawings), inverted


def read_symbol(raw: bytes) -> Symbol:
    """The symbol in the bytes of an image file."""
    try:
        image = open_image(BytesIO(raw), MOST_PIXELS, side=8 * SIDE)
    except UNREADABLE as error:
        reason = " ".join(str(error).split()) if isinstance(error, ValueError) else "it is damaged"
        raise bad(f"The picture can't be opened: {reason[:200]}.") from error
    image.thumbnail((16 * SIDE, 16 * SIDE))
    grey = np.asarray(image.convert("L"), dtype=np.uint8)
    inverted = bool(are_inverted(grey[None, None] / 255)[0])
    return Symbol(_fitted(255 - grey if inverted else grey), INVERTED if inverted else "")


def _fitted(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The ink of a picture, cut out and averaged to its place among 28 × 28 pixels, at full strength."""
    ground = float(np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])))
    ink = np.clip(grey.astype(np.float64) - ground, 0, None)
    if ink.max() < 32:
        raise bad(_EMPTY)
    ink = np.clip((ink / ink.max() - 0.15) / 0.6, 0, 1)  # paper is uneven, and strokes have soft edges
    rows, columns = np.flatnonzero(ink.max(1) > 0.2), np.flatnonzero(ink.max(0) > 0.2)
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = _INK_SIDE / max(cut.shape)
    height, width = (max(1, round(length * scale)) for length in cut.shape)
    small = _averages(cut.shape[0], height) @ cut @ _averages(cut.shape[1], width).T
    small = np.clip(small / max(0.6, float(np.quantile(small, 0.98))), 0, 1)
    found = np.zeros((SIDE, SIDE))
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    found[top : top + height, left : left + width] = small
    return np.rint(255 * found).astype(np.uint8)


def _averages(given: int, wanted: int) -> NDArray[np.float64]:
    """The matrix (wanted, given) that averages a line of pixels over equal parts of it."""
    edges = np.linspace(0, given, wanted + 1)
    place = np.arange(given)
    share = np.minimum(edges[1:, None], place + 1) - np.maximum(edges[:-1, None], place)
    averages: NDArray[np.float64] = np.clip(share, 0, None) / (given / wanted)
    return averages
