"""The part *draw*: one symbol or a few per class, and which class another one is of."""

import base64
import copy
import hashlib
from typing import Any

import numpy as np

from zsl.app.http import _bodies as read
from zsl.app.http._routes import Question
from zsl.app.http._work import Loaded, Recent
from zsl.app.parts._symbols import INVERTED, read_symbol, upright_ink

MOST_CLASSES, MOST_DRAWINGS, MOST_NAME = 10, 5, 40


class Draw:
    """Answers by a network trained on Omniglot that the package ships."""

    def __init__(self) -> None:
        self.loaded: Loaded[Any] = Loaded(_network)
        self._recent: Recent[Any] = Recent(256)

    def state(self) -> dict[str, Any]:
        """What the page shows at first."""
        limits = {"classes": MOST_CLASSES, "drawings": MOST_DRAWINGS, "name": MOST_NAME}
        return {"state": self.loaded.state, "complaint": self.loaded.complaint, "limits": limits}

    def predict(self, asked: Question) -> dict[str, Any]:
        """How probable each class is for the query."""
        classes = read.items(asked.body, "classes", 2, MOST_CLASSES)
        names = read.class_names(classes, MOST_NAME)
        drawings = [[read.drawing(each) for each in read.items(one, "drawings", 1, MOST_DRAWINGS)] for one in classes]
        support, inverted = upright_ink(np.concatenate(drawings))
        query, query_inverted = upright_ink(read.drawing(asked.body.get("query"))[None])
        labels = [number for number, own in enumerate(drawings) for _ in own]
        key = hashlib.sha256(support.tobytes() + bytes(labels)).digest()
        network = self.loaded.get()
        known = self._recent.get(asked.client, key, lambda: copy.copy(network).add_classes(support, labels))
        probabilities = known.predict_proba(query)[0].tolist()
        return {
            "classes": [{"name": name, "p": p} for name, p in zip(names, probabilities, strict=True)],
            "note": INVERTED if inverted.any() or query_inverted.any() else "",
        }

    def upload(self, asked: Question) -> dict[str, Any]:
        """The symbol in an uploaded picture."""
        symbol = read_symbol(asked.raw)
        return {"drawing": base64.b64encode(symbol.pixels.tobytes()).decode(), "note": symbol.note}


def _network() -> Any:
    from zsl import PrototypicalClassifier

    return PrototypicalClassifier.from_pretrained("omniglot")
