"""Questions about all that can be reached in a graph: closures, strongly connected components, summaries.

Three words of the field, as they are used here. A *closure* is what can be reached from some nodes. A *strongly
connected component* is a set of nodes each of which leads to all others: functions that call each other in a circle. A
*summary* says what holds of a node and of everything behind it, for instance which variables a call of a function
sets; it is computed from the summaries of the successors, and within a component until nothing changes any more: that
is the *fixed point*.

All of it is a loop over a *worklist*, never a recursion along the edges: a chain of 5,000 functions that call each
other takes no stack, and each edge is looked at a bounded number of times.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Generic, TypeAlias, TypeVar

_Node = TypeVar("_Node", bound=Hashable)
_Summary = TypeVar("_Summary")
# The summary of a successor, as far as it is known.
Known: TypeAlias = "Callable[[Any], Any]"


def closure(
    roots: Iterable[_Node], successors: Callable[[_Node], Iterable[_Node]], most: int
) -> Iterator[_Node]:
    """The roots, and the nodes that can be reached from them: breadth first, no more than `most` besides the roots."""
    seen = dict.fromkeys(roots)
    return islice(_closure(seen, successors), len(seen) + most)


def _closure(
    seen: dict[_Node, None], successors: Callable[[_Node], Iterable[_Node]]
) -> Iterator[_Node]:
    pending = deque(seen)
    while pending:
        node = pending.popleft()
        yield node
        for successor in successors(node):
            if successor not in seen:
                seen[successor] = None
                pending.append(successor)


def components(
    roots: Iterable[_Node],
    successors: Callable[[_Node], Sequence[_Node]],
    finished: Callable[[_Node], bool] = lambda _: False,
) -> Iterator[Sequence[_Node]]:
    """The strongly connected components of what can be reached, each behind those that it leads to (Tarjan's order).

    What is `finished` already is left out, with all that it leads to.
    """
    numbers: dict[_Node, int] = {}
    lowest: dict[_Node, int] = {}
    open_nodes: dict[_Node, None] = {}
    for root in roots:
        if root in numbers or finished(root):
            continue
        stack = [_opened(root, successors, numbers, lowest, open_nodes)]
        while stack:
            node, further = stack[-1]
            successor = next(further, None)
            if successor is None:
                stack.pop()
                if stack:
                    above = stack[-1][0]
                    lowest[above] = min(lowest[above], lowest[node])
                if lowest[node] == numbers[node]:
                    yield _component(node, open_nodes)
            elif successor in open_nodes:
                lowest[node] = min(lowest[node], numbers[successor])
            elif successor not in numbers and not finished(successor):
                stack.append(_opened(successor, successors, numbers, lowest, open_nodes))


def _opened(
    node: _Node,
    successors: Callable[[_Node], Sequence[_Node]],
    numbers: dict[_Node, int],
    lowest: dict[_Node, int],
    open_nodes: dict[_Node, None],
) -> tuple[_Node, Iterator[_Node]]:
    """Number a node that is met for the first time; the result is it, and the successors that are to be looked at."""
    numbers[node] = lowest[node] = len(numbers)
    open_nodes[node] = None
    return node, iter(successors(node))


def _component(head: _Node, open_nodes: dict[_Node, None]) -> Sequence[_Node]:
    """Close a component: all that was opened since its head, the head first."""
    found: list[_Node] = []
    while not found or found[-1] != head:
        found.append(open_nodes.popitem()[0])
    return found[::-1]


class Summaries(Generic[_Node, _Summary]):
    """The summaries of the nodes of a graph, each computed once, when it is asked for or something in front of it is.

    `compute(node, known)` gives the summary of a node; `known(successor)` is that of a successor, and `bottom` before
    anything is known of it. More known of a successor must not make less of a summary, and a summary may grow only a
    bounded number of times: it is a union of sets, or changes from false to true.
    """

    def __init__(
        self,
        successors: Callable[[_Node], Sequence[_Node]],
        bottom: _Summary,
        compute: Callable[[_Node, Callable[[_Node], _Summary]], _Summary],
    ) -> None:
        """`successors` are the nodes on whose summaries that of a node depends."""
        self._successors = successors
        self._bottom = bottom
        self._compute = compute
        self._known: dict[_Node, _Summary] = {}

    def of(self, node: _Node) -> _Summary:
        """The summary of a node."""
        if node not in self._known:
            for component in components((node,), self._successors, self._known.__contains__):
                self._known.update(self._solved(component))
        return self._known[node]

    def _solved(self, component: Sequence[_Node]) -> Mapping[_Node, _Summary]:
        """The summaries of the nodes of a component: each is computed anew when that of a successor has grown."""
        found = dict.fromkeys(component, self._bottom)

        def known(node: _Node) -> _Summary:
            return found[node] if node in found else self._known[node]

        dependents: dict[_Node, list[_Node]] = defaultdict(list)
        for node in component:
            for successor in self._successors(node):
                if successor in found:
                    dependents[successor].append(node)
        pending = dict.fromkeys(reversed(component))
        while pending:
            node = next(iter(pending))
            del pending[node]
            summary = self._compute(node, known)
            if summary != found[node]:
                found[node] = summary
                pending.update(dict.fromkeys(dependents[node]))
        return found
