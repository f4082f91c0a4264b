"""Where a 403 is raised, which handlers it meets, what retries it, and where it escapes.

The words, and the modules that own them:

- *deferred* (`deferred.py`): the exception is deferred in a value (an iterator, a coroutine, a future, a callable, a
  collection of those) until the value is used in the right way; the *layers* of the value say in what, the outermost
  first. The *raise mode* of a call is what its result holds: nothing where it raises at once.
- *use* (`uses.py`): what a program does with a value that has a name, or lies in an attribute or a collection.
- *handler* (`handlers.py`): what can catch an exception in one function: `except`, `finally`, context managers
  (`context_managers.py`), decorators (`decorators.py`); the classes that a handler names (`handler_classes.py`).
  How far an exception gets is its *function exit*. `framework_handlers.py` has those around entry points.
- *handler effect* (`handler_effect.py`): whether a handler raises again what it has caught; *predicates*
  (`predicates.py`) are the tests that decide over it: what they ask about (`predicate_subject.py`), what an expression
  in them is of the exception (`exception_parts.py`), what a 403 looks like (`refusal.py`).
- *retry policy* (`retry_policies.py`), *retry outcome* (`retry_outcome.py`): what runs a call again, and what leaves it
  when it gives up.
- *state* and *move* (`states.py`), *transfer function* (`transfer.py`): where an exception may be, and where it goes
  from there: with the value in which it is deferred (`deferred_transfer.py`), to what runs the function that it left
  (`function_runs.py`), into the framework around an entry point (`framework_ends.py`).
- *propagation* (`propagation.py`): all states that an exception gets to, by a *worklist*. A *context* is a parameter
  with which it came into a function; what comes out of the function in it is the *summary* of the context.
- *program end* (`program_ends.py`): the end of a function that nothing runs. *Doubts* (`unresolved.py`): what on a
  path may catch the exception and can't be resolved.
- *escape*: a path out of the program, from an *entry point* over calls to the raise. *Missed* are the handlers on it
  that can't catch the exception.
- *outcome* (`outcome.py`): all of that for one call, in all releases of langsmith that a project may use.
- *verdict* (`raised.py`): yes, no, or not to be told.
"""
