"""Working ahead: the next blocks are read and parsed while the current one is written."""

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

WORKERS = 2


def work_ahead(
    function: Callable[[Item], Result], items: Iterator[Item], workers: int = WORKERS
) -> Generator[Result]:
    """`function` of every item, in order, up to `workers` items ahead of the consumer.

    Items are drawn by one thread, and worked on by `workers` threads. What either raises is raised
    here, in its place. Where there is one item, there is nothing to be ahead of, and no thread.
    """
    start = list(islice(items, 2))
    if len(start) < 2:
        yield from map(function, start)
        return
    items = chain(start, items)
    with ThreadPoolExecutor(1) as reader, ThreadPoolExecutor(workers) as pool:

        def submit() -> "Future[Result]":
            item = reader.submit(next, items)
            return pool.submit(lambda: function(item.result()))

        ahead = deque(submit() for _ in range(workers))
        try:
            while ahead:
                try:
                    result = ahead.popleft().result()
                except StopIteration:
                    return
                ahead.append(submit())
                yield result
        finally:
            for future in ahead:
                future.cancel()
