"""The part *text*: names or sentences per class, example sentences where there are some, and a text to classify."""

import hashlib
import json
from typing import Any

from zsl.app.http import _bodies as read
from zsl.app.http._routes import Question
from zsl.app.http._work import Loaded, Recent
from zsl.app.parts._sentences import SentenceVectors

MOST_CLASSES, MOST_EXAMPLES, MOST_NAME, MOST_TEXT = 10, 10, 80, 400
TEMPERATURE = 0.05
"""Of those tried the likeliest for MiniLM on three to ten intents of Banking77's training texts."""


class Text:
    """Answers by the cosine of sentences, with the posterior mean of name and examples as a class."""

    def __init__(self, vectors: Loaded[SentenceVectors]) -> None:
        self.loaded = vectors
        self._recent: Recent[Any] = Recent(256)

    def state(self) -> dict[str, Any]:
        """What the page shows at first."""
        limits = {"classes": MOST_CLASSES, "examples": MOST_EXAMPLES, "name": MOST_NAME, "text": MOST_TEXT}
        return {"state": self.loaded.state, "complaint": self.loaded.complaint, "limits": limits}

    def predict(self, asked: Question) -> dict[str, Any]:
        """How probable each class is for the text."""
        classes = read.items(asked.body, "classes", 2, MOST_CLASSES)
        names = read.class_names(classes, MOST_NAME)
        examples = [
            [
                read.text({"example": each}, "example", MOST_TEXT)
                for each in read.items(one, "examples", 0, MOST_EXAMPLES)
            ]
            for one in classes
        ]
        query = read.text(asked.body, "query", MOST_TEXT)
        encode = self.loaded.get().encode
        key = hashlib.sha256(json.dumps([names, examples]).encode()).digest()
        known = self._recent.get(asked.client, key, lambda: _classifier(encode, names, examples))
        probabilities = known.predict_proba(encode([query]))[0].tolist()
        return {
            "classes": [
                {"name": name, "p": p, "examples": len(own)}
                for name, p, own in zip(names, probabilities, examples, strict=True)
            ]
        }


def _classifier(encode: Any, names: list[str], examples: list[list[str]]) -> Any:
    """Classes by their names, and by their examples where they have some; labels are positions."""
    from zsl import PromptClassifier

    labels = list(range(len(names)))
    rows = encode([*names, *(each for some in examples for each in some)])
    own = PromptClassifier(semantics=dict(zip(labels, rows[: len(names)], strict=True)), temperature=TEMPERATURE)
    own.fit(rows[: len(names)], labels)
    numbers = [label for label in labels for _ in examples[label]]
    return own.add_classes(rows[len(names) :], numbers) if numbers else own
