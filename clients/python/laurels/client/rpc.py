"""What a method of both clients is made of: how its request is built, and which RPC it is.

A descriptor turns the one definition into a method that blocks or one to await, typed as such.
"""

import inspect
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterable
from dataclasses import dataclass
from types import FunctionType
from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    Generic,
    ParamSpec,
    Protocol,
    TypeVar,
    get_args,
    overload,
)

from google.protobuf.message import Message

from laurels.client.stubs import Stubs
from laurels.errors import BadArgument

if TYPE_CHECKING:
    import grpc

P = ParamSpec("P")
Q = TypeVar("Q", bound=Message)
R = TypeVar("R")
T = TypeVar("T")


@dataclass(slots=True)
class Ask(Generic[Q]):
    """One call: what to send, and how long to wait in seconds; None is the client's default."""

    request: Q
    timeout: float | None


class Page(Protocol):
    """An answer that tells where the next page begins."""

    next_page_token: str


G = TypeVar("G", bound=Page)

Plan = Callable[Concatenate[Any, P], Ask[Q]]
"""Builds the request; its signature is that of the method."""


class Blocking(ABC):
    """A client whose methods block."""

    @abstractmethod
    def bind_unary(self, rpc: "Unary[P, Q, R]") -> Callable[P, R]:
        """The method that makes this call."""

    @abstractmethod
    def bind_stream(self, rpc: "Stream[P, Q, R]") -> Callable[P, Generator[R]]:
        """The method that makes this call."""

    @abstractmethod
    def bind_walk(self, walk: "Walk[P, Q, G, T]") -> Callable[P, Generator[T]]:
        """The method that goes from page to page."""


class Awaiting(ABC):
    """A client whose methods are awaited."""

    @abstractmethod
    def bind_unary(self, rpc: "Unary[P, Q, R]") -> Callable[P, Coroutine[Any, Any, R]]:
        """The method that makes this call."""

    @abstractmethod
    def bind_stream(self, rpc: "Stream[P, Q, R]") -> Callable[P, AsyncGenerator[R]]:
        """The method that makes this call."""

    @abstractmethod
    def bind_walk(self, walk: "Walk[P, Q, G, T]") -> Callable[P, AsyncGenerator[T]]:
        """The method that goes from page to page."""


class _Method(Generic[P, Q]):
    """What the descriptors share."""

    def __init__(self, plan: Plan[P, Q]) -> None:
        self.plan = plan
        self.__doc__ = plan.__doc__
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def ask(self, *args: P.args, **kwargs: P.kwargs) -> Ask[Q]:
        """Builds the call. Raises BadArgument where a value does not fit its field, and TypeError
        where the method has no such arguments."""
        try:
            return self.plan(None, *args, **kwargs)
        except BadArgument:
            raise
        except (TypeError, ValueError) as error:
            misfit = self._misfit(*args, **kwargs)
            if not misfit and isinstance(error, TypeError):
                raise
            raise BadArgument(f"{self._name}: {misfit or error}") from error

    def _misfit(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """Which argument does not fit the field of its name, and why; protobuf tells the latter."""
        signature = inspect.signature(self.plan)
        (request,) = get_args(signature.return_annotation)
        try:
            given = signature.bind(None, *args, **kwargs).arguments
        except TypeError:
            return ""
        for name in request.DESCRIPTOR.fields_by_name.keys() & given.keys():
            try:
                request(**{name: given[name]})
            except (TypeError, ValueError) as error:
                return f"{name}: {error}"
        return ""

    def bound(self, caller: object, method: Any) -> Any:
        """Keeps the method in the client, so that it is made once."""
        signature = inspect.signature(self.plan)
        first, *others = signature.parameters.values()
        del first
        method.__name__ = self._name
        method.__qualname__ = f"{type(caller).__qualname__}.{self._name}"
        method.__doc__ = self.plan.__doc__
        method.__signature__ = signature.replace(
            parameters=others, return_annotation=inspect.Signature.empty
        )
        caller.__dict__[self._name] = method
        return method

    def shown(self, like: Any) -> Any:
        """The function that stands for it in the class, for `help` and for mocks."""
        method = FunctionType(like.__code__, like.__globals__)
        method.__name__ = method.__qualname__ = self._name
        method.__doc__ = self.plan.__doc__
        method.__signature__ = inspect.signature(self.plan).replace(
            return_annotation=inspect.Signature.empty
        )
        return method


def _blocking(self: Any, *args: Any, **kwargs: Any) -> Any:
    raise TypeError("call it on a client that `connect` made")


async def _awaited(self: Any, *args: Any, **kwargs: Any) -> Any:
    _blocking(self)


class Unary(_Method[P, Q], Generic[P, Q, R]):
    """One request, one answer."""

    def __init__(
        self,
        plan: Plan[P, Q],
        stub: "Callable[[Stubs], grpc.UnaryUnaryMultiCallable[Q, R]]",
        finish: Callable[[Q, R], None] | None,
    ) -> None:
        super().__init__(plan)
        self.stub = stub
        self.finish = finish

    @overload
    def __get__(self, caller: None, owner: type) -> Callable[..., Any]: ...
    @overload
    def __get__(self, caller: Blocking, owner: type) -> Callable[P, R]: ...
    @overload
    def __get__(self, caller: Awaiting, owner: type) -> Callable[P, Coroutine[Any, Any, R]]: ...
    def __get__(self, caller: Blocking | Awaiting | None, owner: type) -> Any:
        if caller is None:
            return self.shown(_awaited if issubclass(owner, Awaiting) else _blocking)
        return self.bound(caller, caller.bind_unary(self))


class Stream(_Method[P, Q], Generic[P, Q, R]):
    """One request, any number of answers."""

    def __init__(
        self, plan: Plan[P, Q], stub: "Callable[[Stubs], grpc.UnaryStreamMultiCallable[Q, R]]"
    ) -> None:
        super().__init__(plan)
        self.stub = stub

    @overload
    def __get__(self, caller: None, owner: type) -> Callable[..., Any]: ...
    @overload
    def __get__(self, caller: Blocking, owner: type) -> Callable[P, Generator[R]]: ...
    @overload
    def __get__(self, caller: Awaiting, owner: type) -> Callable[P, AsyncGenerator[R]]: ...
    def __get__(self, caller: Blocking | Awaiting | None, owner: type) -> Any:
        return (
            self.shown(_blocking)
            if caller is None
            else self.bound(caller, caller.bind_stream(self))
        )


class Walk(_Method[P, Q], Generic[P, Q, G, T]):
    """From page to page, and what to take from each."""

    def __init__(
        self, plan: Plan[P, Q], pages: Unary[Any, Q, G], items: Callable[[G], Iterable[T]]
    ) -> None:
        super().__init__(plan)
        self.pages = pages
        self.items = items

    @staticmethod
    def go_on(request: Message, page: Page) -> bool:
        """Makes it the request for the page after; False where none follows."""
        if not page.next_page_token:
            return False
        if "start_position" in request.DESCRIPTOR.fields_by_name:
            request.ClearField("start_position")  # the token carries it
        setattr(request, "page_token", page.next_page_token)  # noqa: B010
        return True

    @overload
    def __get__(self, caller: None, owner: type) -> Callable[..., Any]: ...
    @overload
    def __get__(self, caller: Blocking, owner: type) -> Callable[P, Generator[T]]: ...
    @overload
    def __get__(self, caller: Awaiting, owner: type) -> Callable[P, AsyncGenerator[T]]: ...
    def __get__(self, caller: Blocking | Awaiting | None, owner: type) -> Any:
        return (
            self.shown(_blocking) if caller is None else self.bound(caller, caller.bind_walk(self))
        )


def unary(
    stub: "Callable[[Stubs], grpc.UnaryUnaryMultiCallable[Q, R]]",
    finish: Callable[[Q, R], None] | None = None,
) -> Callable[[Plan[P, Q]], Unary[P, Q, R]]:
    """Makes a call of what builds its request; `finish` completes the answer."""
    return lambda plan: Unary(plan, stub, finish)


def stream(
    stub: "Callable[[Stubs], grpc.UnaryStreamMultiCallable[Q, R]]",
) -> Callable[[Plan[P, Q]], Stream[P, Q, R]]:
    """The same for a call that is answered by a stream."""
    return lambda plan: Stream(plan, stub)


def walk(
    pages: Unary[Any, Q, G], items: Callable[[G], Iterable[T]]
) -> Callable[[Plan[P, Q]], Walk[P, Q, G, T]]:
    """Makes an iterator over all pages of what builds the first request."""
    return lambda plan: Walk(plan, pages, items)
