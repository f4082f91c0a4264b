"""Arguments that a method of the SDK takes without a word and does not use, or that fail inside of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from lint_langsmith.analysis import limits
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Placed, last_name
from lint_langsmith.analysis.sdk_use.arguments import lacks_one_of, unknown_keywords
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.analysis.values.abstract import (
    ExternalAttribute,
    ExternalName,
    Instance,
    Literal,
)
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.findings import Severity, Violation
from lint_langsmith.rules.shared.certain import is_certain
from lint_langsmith.versions import parse_release

_CLIENT: Final = "langsmith.client.Client"
_NONE: Final = ir.Constant("None")
_TRUTHS: Final = (ir.Constant("True"), ir.Constant("False"))
# By method with `**kwargs`, what it reads of them besides its parameters. What it puts into its request unread are the
# fields of `POST /runs/query` as LangSmith's OpenAPI document has them; read from the source of langsmith 0.1.77 to
# 0.15.1. (`list_examples` and `list_feedback` put theirs into the URL, where new ones may come at any time.)
_READ: Final[Mapping[str, frozenset[str]]] = {
    f"{_CLIENT}.create_feedback": frozenset(),
    f"{_CLIENT}.list_runs": frozenset(
        {
            *("id", "trace", "parent_run", "session", "reference_example", "execution_order"),
            *("end_time", "data_source_type", "skip_pagination", "search_filter", "cursor"),
            *("use_experimental_search", "order", "skip_prev_cursor", "run_ids", "order_by"),
            # Parameters of later releases: an older one sends them as they are.
            *("limit", "select", "query", "filter", "trace_filter", "tree_filter"),
            *("is_root", "error", "run_type", "start_time"),
        }
    ),
    # They pass the rest on to `langchain.smith`, which warns of all but these (read in langchain 0.1.20 and 0.3.27).
    f"{_CLIENT}.run_on_dataset": frozenset({"tags", "input_mapper"}),
    f"{_CLIENT}.arun_on_dataset": frozenset({"tags", "input_mapper"}),
}
# What `evaluate()` takes for experiments that exist, and, in some releases only, for a function.
_OF_EXPERIMENTS: Final = frozenset(
    {"load_nested", "randomize_order", "max_concurrency", "upload_results", "upload_runs"}
)
_EVALUATES: Final = frozenset({"evaluate", "aevaluate"})
# `evaluate()` refuses further keywords from this release on; `create_dataset()` wants a `DataType` from that one on.
# Found by reading the wheels of the minor lines: 0.1.147 and 0.2.11, 0.1.77 and 0.1.100.
_REFUSES_KEYWORDS: Final = (0, 2)
_WANTS_DATA_TYPE: Final = (0, 1, 100)
# Since then `experiment` and `experiment_prefix` exclude each other (0.1.100 and 0.1.131).
_ONE_EXPERIMENT: Final = (0, 1, 131)
# What is meant by keywords of `list_runs` that are not there.
_MEANT: Final = {
    "project": "project_name",
    "projects": "project_name",
    "session_name": "project_name",
}
# Packages whose objects are mistaken for clients.
_NO_CLIENTS: Final = ("langchain_core.", "langchain.", "langchain_openai.", "openai.")
# What gives another value each time.
_NEW_EACH_TIME: Final = frozenset(
    {
        *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today"),
        *(
            "datetime.date.today",
            "time.time",
            "time.time_ns",
            "time.strftime",
            "time.localtime",
        ),
        *("uuid.uuid1", "uuid.uuid4", "secrets.token_hex", "secrets.token_urlsafe"),
    }
)


def lost_arguments(call: ApiCall, analysis: Analysis) -> Iterator[Violation]:
    """The findings for one call of the SDK."""
    if call.method is None or call.handed is not None or not is_certain(call, analysis):
        return
    yield from _unread(call)
    wrong = no_client(call, analysis)
    if wrong is not None:
        yield Violation(
            at=call.span,
            message=f"`{call.label}` is passed a `{wrong}` as `client`, which is none; it raises AttributeError",
            help="pass a `langsmith.Client`, or leave `client` out",
        )
    if call.name in _EVALUATES:
        yield from _refused_by_evaluate(call, analysis)
        yield from _experiments(call, analysis)
        yield from _named_evaluators(call)
    if f"{call.owner}.{call.name}" == f"{_CLIENT}.create_dataset":
        yield from _data_type(call, analysis)
    yield from _described(call)
    if f"{call.owner}.{call.name}" == f"{_CLIENT}.update_run":
        yield from _truth_for_time(call)
    if f"{call.owner}.{call.name}" == f"{_CLIENT}.list_runs":
        yield from _start_time(call, analysis)
    if f"{call.owner}.{call.name}" == f"{_CLIENT}.create_feedback":
        yield from _unnamed(call)
        yield from _of_nothing(call)


def is_never_built(call: ApiCall, analysis: Analysis) -> bool:
    """Whether the client of a call is never there, because its constructor does not take what it is passed."""
    built = analysis.clients.construction(*call.origin) if call.origin is not None else None
    return (
        built is not None
        and built.written == built.cls.rpartition(".")[2]
        and bool(unknown_keywords(built, analysis.sdk))
    )


def no_client(call: ApiCall, analysis: Analysis) -> str | None:
    """The class of what is passed as `client` and surely is no client of LangSmith's: a tracer, a model."""
    passed = next((arg for arg in call.call.args if arg.keyword == "client"), None)
    if passed is None or call.handed is not None:
        return None
    values = analysis.values.of(call.file, passed.value, call.file.place(call.call))
    classes = [
        value.cls.name
        for value in values
        if isinstance(value, Instance)
        and isinstance(value.cls, ExternalName)
        and value.cls.name.startswith(_NO_CLIENTS)
    ]
    is_sure = bool(classes) and len(classes) == len(values)
    return classes[0].rpartition(".")[2] if is_sure else None


def _unread(call: ApiCall) -> Iterator[Violation]:
    read = _READ.get(f"{call.owner}.{call.name}")
    if read is None or call.method is None or not call.method.open_keywords:
        return
    unread = [
        arg.keyword
        for arg in call.call.args
        if arg.keyword is not None
        and arg.keyword not in read
        and not _is_taken(call, arg.keyword)
    ]
    if not unread:
        return
    meant = _MEANT.get(unread[0]) if call.name == "list_runs" else None
    told = "does not use" if call.name == "list_runs" else "drops"
    *most, last = [f"`{name}`" for name in unread]
    what = f"{', '.join(most)} and {last}" if most else last
    it = "it" if len(unread) == 1 else "them"
    warning = "" if call.name == "list_runs" else " with a warning"
    yield Violation(
        at=call.span,
        message=f"`{call.label}` takes no {what}: it accepts any keyword, and {told} {it}{warning}",
        help=f"use `{meant}`" if meant else _instead(call),
    )


def _instead(call: ApiCall) -> str:
    if call.name == "create_feedback":
        return "put it into `source_info` or `extra`, or remove it"
    if call.name.endswith("run_on_dataset"):
        return "use `evaluate()`, which takes `evaluators`; here they belong into `evaluation`"
    return "use a parameter of its signature (`filter=` for all else), or remove it"


def _is_taken(call: ApiCall, keyword: str) -> bool:
    """Whether a release of the project has a parameter of that name."""
    method = call.method
    return method is not None and any(
        keyword in way.parameters for way in (method, *method.others)
    )


def _refused_by_evaluate(call: ApiCall, analysis: Analysis) -> Iterator[Violation]:
    if not _all_from(_REFUSES_KEYWORDS, analysis):
        return
    for arg in call.call.args:
        known = arg.keyword is None or arg.keyword in _OF_EXPERIMENTS
        if known or _is_taken(call, arg.keyword or ""):
            continue
        yield Violation(
            at=call.span,
            message=f"`{call.label}` takes no `{arg.keyword}`; it raises ValueError, and nothing is evaluated",
            help=_meant_of_evaluate(arg.keyword or ""),
        )


def _meant_of_evaluate(keyword: str) -> str:
    if keyword in {"project_name", "experiment_name", "name", "prefix"}:
        return "use `experiment_prefix`"
    return "use `data`" if keyword in {"dataset", "dataset_name"} else "see its signature"


def _experiments(call: ApiCall, analysis: Analysis) -> Iterator[Violation]:
    """`experiment=` names an experiment that exists, to which runs are added."""
    named = {arg.keyword: arg.value for arg in call.call.args if arg.keyword is not None}
    experiment, prefix = named.get("experiment"), named.get("experiment_prefix")
    if experiment is None or experiment == _NONE:
        return
    if is_new(call, experiment, call.file.place(call.call), analysis):
        yield Violation(
            at=call.span,
            message=f"`experiment` of `{call.label}` names an experiment that exists, and this name is a new one each"
            " time; it is not found, and nothing is evaluated",
            help="use `experiment_prefix`",
        )
        return
    both = isinstance(experiment, ir.Text) and isinstance(prefix, (ir.Text, ir.Template))
    if both and _all_from(_ONE_EXPERIMENT, analysis):
        yield Violation(
            at=call.span,
            message=f"`{call.label}` takes `experiment` or `experiment_prefix`, not both; it raises ValueError",
            help="remove `experiment`, which adds to an experiment that exists",
        )


def is_new(call: ApiCall, expr: ir.Expr, place: Placed, analysis: Analysis) -> bool:
    """Whether an expression has a time or a random number in it, so that no experiment has this name."""
    pending = [(expr, place)]
    for _ in range(limits.PARTS_OF_NAME):
        if not pending:
            return False
        current, where = pending.pop()
        if isinstance(current, ir.Name):
            found = lookup(call.file, current.id, where)
            if len(found) == 1 and found[0].value is not None and found[0].via == "direct":
                pending.append((found[0].value, call.file.place(found[0])))
        elif isinstance(current, ir.CallRef):
            row = call.file.model.calls[current.site]
            callees = analysis.values.callee(call.file, current.site)
            if any(_spelled(value) in _NEW_EACH_TIME for value in callees):
                return True
            pending += [(arg.value, where) for arg in row.args]
            if isinstance(row.func, ir.Attribute):
                pending.append((row.func.value, where))
        else:
            pending += [(part, where) for part in _parts(current)]
    return False


def _spelled(value: object) -> str:
    """The dotted name of a function of a library, also as a method of a class."""
    if isinstance(value, ExternalName):
        return value.name
    if isinstance(value, ExternalAttribute) and isinstance(value.receiver.cls, ExternalName):
        return f"{value.receiver.cls.name}.{value.name}"
    return ""


def _parts(expr: ir.Expr) -> tuple[ir.Expr, ...]:
    if isinstance(expr, ir.Template):
        return expr.parts
    if isinstance(expr, ir.Binary):
        return (expr.left, expr.right)
    if isinstance(expr, ir.Opaque):
        return expr.parts
    return (expr.value,) if isinstance(expr, (ir.Attribute, ir.Subscript)) else ()


def _data_type(call: ApiCall, analysis: Analysis) -> Iterator[Violation]:
    """`create_dataset("questions", data_type="kv")`, which asks the text for its `value`."""
    passed = next((arg for arg in call.call.args if arg.keyword == "data_type"), None)
    if passed is None or not _all_from(_WANTS_DATA_TYPE, analysis):
        return
    values = analysis.values.of(call.file, passed.value, call.file.place(call.call))
    if values and all(isinstance(value, Literal) for value in values):
        text = next(value.text for value in values if isinstance(value, Literal))
        member = text if text in {"kv", "llm", "chat"} else "kv"
        yield Violation(
            at=call.span,
            message=f"`{call.label}` is passed a text as `data_type`; it raises AttributeError, and no request is sent",
            help=f"pass `langsmith.schemas.DataType.{member}`",
        )


def _described(call: ApiCall) -> Iterator[Violation]:
    """`create_dataset("questions", description=("one", "two"))`: a comma too many makes a tuple of a text.

    The SDK sends it as a list (executed on 0.15.1); that the server refuses one is from LangSmith's OpenAPI document.
    """
    passed = next((arg.value for arg in call.call.args if arg.keyword == "description"), None)
    if call.method is None or "description" not in call.method.parameters:
        return
    if isinstance(passed, ir.Name):
        found = lookup(call.file, passed.id, call.file.place(call.call))
        passed = found[0].value if len(found) == 1 and found[0].via == "direct" else None
    if isinstance(passed, (ir.Sequence, ir.Mapping)):
        kind = passed.kind if isinstance(passed, ir.Sequence) else "dict"
        yield Violation(
            at=call.span,
            message=f"`{call.label}` is passed a {kind} as `description`; LangSmith takes nothing but a text there,"
            " and refuses the request with 422",
            help="pass one text; two texts in parentheses are one if no comma stands between them",
        )


def _truth_for_time(call: ApiCall) -> Iterator[Violation]:
    """`update_run(run_id, end_time=True)`, which asks the truth value for its `isoformat()` (executed on 0.15.1)."""
    for arg in call.call.args:
        if arg.keyword == "end_time" and arg.value in _TRUTHS:
            yield Violation(
                at=call.span,
                message=f"`{call.label}` is passed a truth value as `end_time`; it raises AttributeError, and no"
                " request is sent",
                help="pass a `datetime`, or leave `end_time` out: the run ends now",
            )


# Methods of dates and times that give a text.
_DATES: Final = frozenset({"isoformat", "strftime"})


def _start_time(call: ApiCall, analysis: Analysis) -> Iterator[Violation]:
    """`list_runs(start_time=day.isoformat())`, which asks the text for its `isoformat()`."""
    passed = next((arg for arg in call.call.args if arg.keyword == "start_time"), None)
    if passed is None or not _is_text_of_date(call.file, passed.value, call, analysis):
        return
    yield Violation(
        at=call.span,
        message=f"`{call.label}` is passed a text as `start_time`; it raises AttributeError, and no request is sent",
        help="pass the `datetime` itself",
    )


def _is_text_of_date(file: File, value: ir.Expr, call: ApiCall, analysis: Analysis) -> bool:
    """Whether an expression surely is a text: a literal, or what a date gives as one, also under a name."""
    if isinstance(value, ir.Name):
        found = lookup(file, value.id, file.place(call.call))
        return bool(found) and all(
            row.value is not None
            and row.via == "direct"
            and not isinstance(row.value, ir.Name)
            and _is_text_of_date(file, row.value, call, analysis)
            for row in found
        )
    if isinstance(value, ir.CallRef):
        return last_name(file.model.calls[value.site].func) in _DATES
    return isinstance(value, (ir.Text, ir.Template))


def _unnamed(call: ApiCall) -> Iterator[Violation]:
    """Feedback without a key: `create_feedback(run_id, score=1)`."""
    method = call.method
    positional = method.positional if method is not None else ()
    by_position = sum(1 for arg in call.call.args if arg.keyword is None)
    unpacks = any(arg.stars for arg in call.call.args)
    named = any(arg.keyword == "key" for arg in call.call.args)
    if not unpacks and not named and "key" not in positional[:by_position]:
        yield Violation(
            at=call.span,
            message=f"`{call.label}` is called without `key`; the feedback is filed as `unnamed`, with all other such",
            help='pass `key`, the name of what is judged (`key="helpful"`)',
            severity=Severity.WARNING,
        )


def _of_nothing(call: ApiCall) -> Iterator[Violation]:
    """Feedback on nothing: `create_feedback(run_id=None, key="score", score=1)`, which does not find the run itself."""
    if lacks_one_of(call):
        yield Violation(
            at=call.span,
            message=f"`{call.label}` is told neither a run nor a trace nor a project; it raises ValueError, and no"
            " request is sent",
            help="pass `run_id`; that of the current run is `langsmith.get_current_run_tree().id`",
        )


def _named_evaluators(call: ApiCall) -> Iterator[Violation]:
    """`evaluate(…, evaluators=["correctness"])`: names, where functions are wanted."""
    passed = next((arg for arg in call.call.args if arg.keyword == "evaluators"), None)
    if passed is None:
        return
    listed = _listed(call.file, passed.value, call.file.place(call.call))
    named = next((item for item in listed if isinstance(item, ir.Text)), None)
    if named is not None:
        yield Violation(
            at=named.span,
            message=f"`{call.label}` is passed the text {call.file.source(named.span)} as an evaluator; it raises"
            " TypeError, and nothing is judged",
            help="pass a function that judges a run, not a name",
        )


def _listed(file: File, expr: ir.Expr, place: Placed) -> tuple[ir.Expr, ...]:
    """The items of a list that stands in the source, also under a name."""
    if isinstance(expr, ir.Name):
        found = lookup(file, expr.id, place)
        if len(found) != 1 or found[0].via != "direct" or found[0].value is None:
            return ()
        expr = found[0].value
    return expr.items if isinstance(expr, ir.Sequence) else ()


def _all_from(first: tuple[int, ...], analysis: Analysis) -> bool:
    """Whether all releases that the project may use are that one or newer ones, of those that were measured."""
    return all(parse_release(version) >= first for version in analysis.sdk.versions)
