"""How much is computed at a time, and what is kept between requests."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from threading import BoundedSemaphore, Event, Lock, Thread
from typing import Generic, TypeVar

from zsl.app.http._refusals import Refused
from zsl.exceptions import ZSLError

T = TypeVar("T")


class Turns:
    """A few turns at a time for work that needs a processor or memory; who waits too long is refused."""

    def __init__(self, count: int, patience: float) -> None:
        self._free, self._patience = BoundedSemaphore(count), patience

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and give it back."""
        if not self._free.acquire(timeout=self._patience):
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "Too much is asked at a time; please try again.")
        try:
            yield
        finally:
            self._free.release()


class Recent(Generic[T]):
    """The last values that were made, each for one key; keys of different clients differ."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, Lock()
        self._values: OrderedDict[tuple[str, bytes], T] = OrderedDict()

    def get(self, client: str, key: bytes, make: Callable[[], T]) -> T:
        """The value of a key, made if it isn't there; a client without a name keeps nothing."""
        with self._lock:
            if (client, key) in self._values:
                self._values.move_to_end((client, key))
                return self._values[client, key]
        value = make()
        if client:
            with self._lock:
                self._values[client, key] = value
                while len(self._values) > self._most:
                    self._values.popitem(last=False)
        return value


class Loaded(Generic[T]):
    """Something that takes seconds to load, in a thread of its own, while the page is there already."""

    def __init__(self, load: Callable[[], T]) -> None:
        self._load, self._done = load, Event()
        self._value: T | None = None
        self.complaint = ""
        self._thread = Thread(target=self._run)

    def start(self) -> None:
        """Begin to load."""
        self._thread.start()

    def _run(self) -> None:
        try:
            self._value = self._load()
        except (ZSLError, OSError, ValueError) as error:
            self.complaint = " ".join(str(error).split())
        except BaseException:
            self.complaint = "This part could not be loaded; the terminal shows why."
            raise
        finally:
            self._done.set()

    @property
    def state(self) -> str:
        """Whether it is "loading", "ready" or "missing"."""
        if not self._done.is_set():
            return "loading"
        return "missing" if self.complaint else "ready"

    def get(self, patience: float = 20.0) -> T:
        """What was loaded; a request waits for it a while."""
        if not self._done.wait(patience):
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "This part is still being loaded; please try again.")
        if self.complaint or self._value is None:
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, self.complaint or "This part has nothing.")
        return self._value
