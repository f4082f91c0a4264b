"""What hosting platforms start: services of Render's blueprints, functions of Modal.

Documented: a blueprint is the single source of a service's configuration, and each of its variables has one: `value`
stands there, `sync: false`, a group or another service fills in the others (render.com/docs/blueprint-spec,
render.com/tutorials/advanced-blueprint-patterns); the dashboard may have more. A function of Modal gets its `secrets`,
"applied in order, so key-values from later objects overwrite earlier ones" (modal.com/docs/guide/secrets);
`Secret.from_dict` stands in the code, all other secrets are elsewhere, and so is what an image sets.

Of other platforms a file tells nothing for certain, because what they keep beats it, or stands beside it: secrets of
Fly take precedence over `[env]` (fly.io/docs/reference/configuration), variables of a project in GitLab over those of
its file (docs.gitlab.com/ci/variables, "CI/CD variable precedence"), `app.json` of Heroku has defaults that the one who
deploys fills in, and beside `env` of `vercel.json` there are the variables of the project.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.environment.process import Given, Process, Source, outside
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, last_name
from lint_langsmith.source.tree import MalformedError, Node, parse_yaml, text_of

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.environment.loaders.dockerfile import Images

_BLUEPRINTS: Final = frozenset({"render.yaml", "render.yml"})
# Calls by which an image of Modal, or a class, gets variables of its own.
_SETS_IMAGE: Final = frozenset(
    {"env", "dockerfile_commands", "from_dockerfile", "from_registry"}
)


class Platforms:
    """The processes that hosting platforms start for one project."""

    def __init__(self, checkout: Checkout, images: Images) -> None:
        """`images` tells what a command starts."""
        self._checkout = checkout
        self._images = images

    def processes(self) -> Iterator[Process]:
        """One for each service of a blueprint and for each function of Modal."""
        for name in self._checkout.names:
            if name.rpartition("/")[2] in _BLUEPRINTS:
                yield from self._blueprint(name)
        for file in self._checkout.relevant_code(b"modal"):
            yield from self._functions(file)

    # -- Render ------------------------------------------------------------------------------------------------------

    def _blueprint(self, name: str) -> Iterator[Process]:
        file = self._checkout.file(name)
        if file is None:
            return
        try:
            roots = parse_yaml(file.text, follow_aliases=True)
        except MalformedError:
            return
        for root in roots:
            for service in _services(root):
                yield self._service(file, service)

    def _service(self, file: File, service: Node) -> Process:
        name = text_of(service.get("name")) or "service"
        command = (
            text_of(service.get("startCommand")) or text_of(service.get("dockerCommand")) or ""
        )
        runtime = text_of(service.get("runtime")) or text_of(service.get("env")) or ""
        entries = self._images.started_by(command)
        is_own = bool(entries) or self._images.runs_python(command) or runtime == "python"
        own = self._listed(file, service.get("envVars"), f"`envVars` of `{name}`")
        return Process(
            f"service `{name}` of `{file.relative}`",
            "project" if is_own else "unknown",
            (own, outside("the dashboard of Render")),
            entries or None,
            is_closed=True,
        )

    def _listed(self, file: File, node: Node | None, label: str) -> Source:
        """`key: NAME` with its `value`, or with what fills it in."""
        given: dict[str, Given] = {}
        for item in node.items if node is not None else ():
            key, value = item.get("key"), item.get("value")
            setting = (
                self._checkout.setting_at(file, key.start + key.quoted)
                if key is not None
                else None
            )
            if key is not None and key.text and setting is not None:
                given[key.text] = Given(setting, value.text if value is not None else None)
        return Source(f"{label} in `{file.relative}`", given, file.relative)

    # -- Modal -------------------------------------------------------------------------------------------------------

    def _functions(self, file: File) -> Iterator[Process]:
        """The functions and classes whose decorator says which secrets they get."""
        if "modal" not in file.packages:
            return
        sets_image = any(file.calls_by_name.get(name) for name in _SETS_IMAGE)
        for scope in file.model.scopes:
            for decorator in scope.decorators:
                secrets = _secrets(file, decorator)
                if secrets is None:
                    continue
                sources = [self._secret(file, item) for item in reversed(secrets)]
                if sets_image:
                    sources.append(outside("the image"))
                yield Process(
                    f"`{scope.name}` of `{file.relative}`",
                    "project",
                    tuple(sources),
                    frozenset({file.relative}),
                    is_closed=True,
                )

    def _secret(self, file: File, expr: ir.Expr) -> Source:
        """A secret as a source: it stands there, or under a name of the module."""
        if isinstance(expr, ir.Name):
            rows = file.bindings.get((0, expr.id), ())
            expr = rows[0].value or expr if len(rows) == 1 else expr
        call = file.model.calls[expr.site] if isinstance(expr, ir.CallRef) else None
        shown = call.args[0].value if call is not None and call.args else None
        if (
            call is None
            or last_name(call.func) != "from_dict"
            or not isinstance(shown, ir.Mapping)
        ):
            return outside("a secret of Modal")
        settings = (
            setting
            for setting in self._checkout.settings(file)
            if call.span.encloses(setting.at)
        )
        given = {setting.name: Given(setting, setting.value) for setting in settings}
        is_whole = all(isinstance(key, ir.Text) for key in shown.keys)
        return Source("`Secret.from_dict`", given, file.relative, is_whole=is_whole)


def _services(root: Node) -> Iterator[Node]:
    """The services of a blueprint: at its top, or of the environments of its projects."""
    pending = [root]
    while pending:
        node = pending.pop()
        for key in ("services", "projects", "environments"):
            listed = node.get(key)
            items = listed.items if listed is not None else ()
            if key == "services":
                yield from items
            else:
                pending += items


def _secrets(file: File, decorator: ir.Expr) -> Sequence[ir.Expr] | None:
    """The secrets that a decorator of Modal lists; None for another decorator, or where they stand elsewhere."""
    if not isinstance(decorator, ir.CallRef):
        return None
    call = file.model.calls[decorator.site]
    if last_name(call.func) not in {"function", "cls"}:
        return None
    listed = next((arg.value for arg in call.args if arg.keyword == "secrets"), None)
    return listed.items if isinstance(listed, ir.Sequence) else None
