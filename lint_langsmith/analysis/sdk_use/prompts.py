"""Prompts of others, which newer releases do not pull without a word: they refuse before they ask LangSmith."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.values.abstract import Literal
from lint_langsmith.findings import Span

if TYPE_CHECKING:
    from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
    from lint_langsmith.analysis.values.evaluator import Evaluator

FLAG: Final = "dangerously_pull_public_prompt"
_METHODS: Final = frozenset({"pull_prompt", "pull_prompt_commit", "pull"})


class Pulled(NamedTuple):
    """The prompt that a call pulls, as far as it stands in the program: its name, where that stands, and the flag."""

    identifier: str
    span: Span
    flag: ir.Expr

    @property
    def is_public(self) -> bool:
        """Whether the name begins with an owner, who is somebody else."""
        owner, slash, name = self.identifier.partition("/")
        return bool(slash) and bool(owner) and bool(name) and owner != "-"

    @property
    def is_flagged(self) -> bool:
        """Whether the call may say that the owner is trusted."""
        return self.flag != ir.Constant("False")

    @property
    def trusts_owner(self) -> bool:
        """Whether what the owner publishes next is taken as it is: no commit is named."""
        return (
            self.is_public and self.flag == ir.Constant("True") and ":" not in self.identifier
        )


def pulled(call: ApiCall, evaluator: Evaluator) -> Pulled | None:
    """What a call pulls; None for all other calls, and where the name of the prompt is not known."""
    if call.method is None or call.handed is not None or call.name not in _METHODS:
        return None
    if any(arg.stars for arg in call.call.args):
        return None
    names = {"prompt_identifier", "owner_repo_commit"}
    first = call.call.args[0] if call.call.args and call.call.args[0].keyword is None else None
    arg = first or next((arg for arg in call.call.args if arg.keyword in names), None)
    if arg is None:
        return None
    values = evaluator.of(call.file, arg.value, call.file.place(call.call))
    if len(values) != 1 or not isinstance(values[0], Literal):
        return None
    flag = next(
        (arg.value for arg in call.call.args if arg.keyword == FLAG), ir.Constant("False")
    )
    return Pulled(
        values[0].text, arg.value.span if isinstance(arg.value, ir.Text) else call.span, flag
    )


def is_refused(call: ApiCall, evaluator: Evaluator) -> bool:
    """Whether the SDK raises `ValueError` for a call, in the release that its method is of, and asks nothing.

    Executed on 0.1.0 to 0.15.0 with an identifier that names an owner: no request since 0.8.0.
    """
    if call.method is None or call.method.public != "ValueError":
        return False
    prompt = pulled(call, evaluator)
    return prompt is not None and prompt.is_public and not prompt.is_flagged
