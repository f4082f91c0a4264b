"""Asks an installed package of langchain's what a 403 of LangSmith does: its hub, `smith`, tracers and loaders.

The same questions, server and guards as in `probe_sdk.py`. These packages make clients of their own, with the key and
the address of the environment. Which class they raise depends on the package alone: an old hub asks with requests, a
newer one with langsmith's client. Prints JSON.

Usage: `python tools/probe_langchain.py PACKAGE [--output FILE]`, with the package to ask installed.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
import sys
import types
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.metadata import version
from typing import Any, Final

import probe_arguments
from probe_arguments import is_open, keywords, positional
from probe_sdk import Probe, report

_KEY: Final = "probe"
_ADDRESSES: Final = ("LANGSMITH_ENDPOINT", "LANGCHAIN_ENDPOINT", "LANGCHAIN_HUB_API_URL")
_KEYS: Final = ("LANGCHAIN_API_KEY", "LANGSMITH_API_KEY")
# The modules whose functions are asked, by package.
_MODULES: Final = {
    "langchain": ("langchain.hub", "langchain.smith"),
    "langchain-classic": ("langchain_classic.hub", "langchain_classic.smith"),
    "langchain-core": ("langchain_core.tracers", "langchain_core.tracers.context"),
    "langchainhub": (),
}
# The classes whose methods are asked, with the arguments of an object that are not in the environment.
_CLASSES: Final[dict[str, dict[str, dict[str, Any]]]] = {
    "langchain-core": {
        "langchain_core.tracers.langchain.LangChainTracer": {},
        "langchain_core.document_loaders.langsmith.LangSmithLoader": {"dataset_name": "name"},
    },
    "langchainhub": {"langchainhub.client.Client": {}},
}
# What a tracer hears from langchain, rather than from a program.
_HEARD: Final = ("on_", "aon_")
# What no signature tells: the names of prompts, and the code that is put to the test.
_BY_NAME: Final[dict[str, Any]] = {
    "owner_repo_commit": "prompt",
    "repo_full_name": "prompt",
    "parent_commit_hash": "latest",
    "llm_or_chain_factory": lambda: len,
    "query": "prompt",
}


class LangchainProbe(Probe):
    """The probe of one of langchain's packages."""

    distribution = ""

    def run(self) -> dict[str, Any]:
        """Everything that is recorded of this version."""
        self.package = (self.distribution.replace("-", "_"),)
        os.environ.update(dict.fromkeys(_ADDRESSES, self.url))
        os.environ.update(dict.fromkeys(_KEYS, _KEY))
        for qualified, arguments in _CLASSES.get(self.distribution, {}).items():
            with contextlib.suppress(ImportError, AttributeError):
                self._probe_maker(qualified, arguments)
        for name in _MODULES[self.distribution]:
            with contextlib.suppress(ImportError), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._probe_module(import_module(name))
        return {
            "version": version(self.distribution),
            "classes": self.classes,
            "functions": self.functions,
            "errors": self.errors,
            "tracing": {},
            "deprecated": {},
        }

    def _probe_maker(self, qualified: str, arguments: dict[str, Any]) -> None:
        module, _, name = qualified.rpartition(".")
        cls = getattr(import_module(module), name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = functools.lru_cache(functools.partial(cls, **arguments))
            if hasattr(made(), "latest_run"):
                made().latest_run = (
                    probe_arguments.traced()
                )  # whose address a tracer can be asked for
        self.probe_class(cls, made)
        self.classes[qualified]["init"] = {
            "parameters": keywords(cls),
            "positional": positional(cls),
            "open": self._takes_anything(cls, arguments),
        }
        self.classes[qualified]["variables"] = {"key": [], "endpoint": [], "workspace": []}

    def _takes_anything(self, cls: type, arguments: dict[str, Any]) -> bool:
        """Whether an object is built of a keyword that nobody knows: a signature with `**` does not tell."""
        if not is_open(cls):
            return False
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                cls(**arguments, lint_langsmith_probe=1)
            except TypeError:
                return False
        return True

    def probe_method(self, make: Callable[[], Any], name: str) -> dict[str, Any] | None:
        """As of langsmith, but nothing of methods that raise nothing, and of those that langchain calls."""
        if name.startswith(_HEARD):
            return None
        row = super().probe_method(make, name)
        # Whether a thread of its own has asked something by then depends on how busy the machine is.
        if row is None or "error" not in row:
            return None
        for key in ("returns", "elements"):
            row.pop(key, None)
        if name in str(row.get("deprecated", "")).partition("(")[0]:
            # langsmith warns of the method of this name that it calls, whose replacement it names.
            del row["deprecated"]
        return row

    def variants(
        self, instance: Any, name: str, chosen: dict[str, Any], row: dict[str, Any]
    ) -> dict[str, Any]:
        """There is one kind of backend for all of them, and nothing is queued."""
        del instance, name, chosen, row
        return {}

    def candidates(self, function: Callable[..., Any]) -> Iterator[dict[str, Any]]:
        """The arguments that a signature tells, with what it does not tell in its place."""
        for chosen in probe_arguments.candidates(function):
            yield {**chosen, **self._told(function, chosen)}

    def _told(self, function: Callable[..., Any], chosen: dict[str, Any]) -> dict[str, Any]:
        names = inspect.signature(function).parameters
        known = {
            name: value for name, value in _BY_NAME.items() if name in names and name in chosen
        }
        if "client" in names:
            client = import_module("langsmith").Client
            known["client"] = client(
                api_url=self.url, api_key=_KEY
            )  # lint-langsmith: ignore[LS202] refused anyway
        if "run" in chosen:
            known["run"] = types.SimpleNamespace(id=probe_arguments.value_for("run_id", ""))
        return known

    def _probe_module(self, module: types.ModuleType) -> None:
        for name in sorted({*getattr(module, "__all__", ()), *vars(module)}):
            function = None if name.startswith("_") else getattr(module, name, None)
            if isinstance(function, types.FunctionType) and function.__module__.startswith(
                self.package
            ):
                self._probe_own(function)

    def _probe_own(self, function: types.FunctionType) -> None:
        for chosen in self.candidates(function):
            row = self.probe_function(function, functools.partial(_arguments, chosen))
            if row["requests"]:
                row.pop("store_error", None)
                self.functions[f"{function.__module__}.{function.__name__}"] = row
                return


def _arguments(chosen: dict[str, Any], _url: str) -> dict[str, Any]:
    return chosen


def probe_of(distribution: str) -> type[Probe]:
    """The probe of a package."""
    return type("OfPackage", (LangchainProbe,), {"distribution": distribution})


if __name__ == "__main__":
    report(probe_of(sys.argv.pop(1)))
