"""Answers that are remembered as long as the object lives that gave them.

For questions that never lead back to themselves; those that may are asked of `analysis/memo.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

_Method = TypeVar("_Method", bound=Callable[..., Any])


def remembered(method: _Method) -> _Method:
    """A method that is run once for the same arguments, which must be hashable; they are passed by position.

    `functools.cache` on a method would keep its objects alive; here each object has a cache of its own.
    """

    def answers(instance: Any) -> Callable[..., Any]:
        return functools.cache(functools.partial(method, instance))

    once = functools.cached_property(answers)
    once.__doc__ = method.__doc__
    return cast("_Method", once)
