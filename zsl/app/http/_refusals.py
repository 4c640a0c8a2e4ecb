"""Requests that are refused, each with the status of HTTP and one sentence."""

from http import HTTPStatus


class Refused(Exception):
    """A request that gets no answer; the text says why, to whoever sent it."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def bad(sentence: str) -> Refused:
    """The refusal of a request that can't be worked with."""
    return Refused(HTTPStatus.BAD_REQUEST, sentence)
