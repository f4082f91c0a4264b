"""What the analysis may make of what it reads, and how much of it: every limit, each with its reason.

A linter is run on the pull requests of strangers: a line of 200 bytes can ask for gigabytes, a file of one megabyte for
the memory of the machine. What is made asks here before it is made. A limit depends on the file alone, never on what
was asked before, so that the answer is the same in every order.
"""

from __future__ import annotations

from typing import Final

# -- folding ---------------------------------------------------------------------------------------------------------

# Characters that one folding may make in all, with what it makes on the way. A key has 51; the longest prompts that
# people put together have some ten thousand.
_FOLDED_CHARACTERS: Final = 200_000
# Expressions and items that one folding may look at. A key that is put together from character codes takes 200.
_FOLDING_STEPS: Final = 20_000
# The same for all of a file, where nearly every other character may begin an expression: `"a"*9**9` has eight. The
# characters are kept as long as the values that they are in; they may take four bytes each. 1 MB gets 800 characters.
_CHARACTERS_OF_FILE: Final = 800_000_000
# A list can be asked for by every line of a file, and is folded anew for each. 1 MB gets 200 steps.
_STEPS_OF_FILE: Final = 200_000_000
# What a folding may make and look at whatever the size of the file: enough for a key and its prefix.
_LEAST_CHARACTERS: Final = 512
_LEAST_STEPS: Final = 200

# Digits of a number that is written as a text. CPython's own limit, which an environment variable can take away; the
# time grows with the square of it.
DIGITS: Final = 4300

# Characters that are made of packed bytes: some lines, in which a key can stand. More is a file.
UNPACKED: Final = 400

# Characters that are parsed (JSON, TOML, a command), and numbers of a range: a key in a few lines. More is data.
PARSED: Final = 400
# The largest width that a field is filled up to: the formats that are read have three digits.
WIDEST: Final = 999
# Characters of a range in a set of `tr`, as `a-z`: ASCII has no more.
RANGE_OF_SET: Final = 128
# Keys that `itemgetter` takes, and copies of `tee`: each may make a copy of all it is given.
FEW_KEYS: Final = 16
# Items of which permutations are made: four have 24.
FEW_ITEMS: Final = 4
# Collections in each other that a function makes, which are followed by recursion: what people write has some four.
NESTED: Final = 16

# -- collections -----------------------------------------------------------------------------------------------------

# Items of a collection that are told apart. Behind it is what no one unpacks by hand: a table that a machine wrote.
ITEMS: Final = 256
# Entries of a dict that stands in the source; a longer one is a table of data, not of clients or options.
DISPLAYED_ENTRIES: Final = 64
# Values in a collection at all depths.
VALUES: Final = 2000
# Parts of the name of something from outside; of a longer one the first parts and the last are told. Modules with a
# class and a method have up to eight. In a chain of n calls on an object of a library the names would have n parts, and
# each prefix of them would be looked for in the tables.
NAME_PARTS: Final = 16
# Values of one expression that are told apart; behind them it may be anything.
ALTERNATIVES: Final = 24
# Bindings of one name that are looked at for one use of it, from the last one back; what lies before is anything. Of
# the values 24 are told apart, and a person binds a name conditionally some ten times.
_BINDINGS: Final = 64
# The same for all uses of a file, each of which may have all of them: 1 MB gets 16, 300 KB all.
_BINDINGS_OF_FILE: Final = 20_000_000
_LEAST_BINDINGS: Final = 16
# Bindings of a name that are looked through anew for each question about a use: to remember the answer costs more.
FEW_BINDINGS: Final = 8


def folded_characters(size: int) -> int:
    """The number of characters that one folding may make in a file of `size` characters."""
    return min(_FOLDED_CHARACTERS, max(_LEAST_CHARACTERS, _CHARACTERS_OF_FILE // max(1, size)))


def folding_steps(size: int) -> int:
    """The number of expressions and items that one folding may look at in a file of `size` characters."""
    return min(_FOLDING_STEPS, max(_LEAST_STEPS, _STEPS_OF_FILE // max(1, size)))


def most_bindings(size: int) -> int:
    """The number of bindings of a name that one use of it may look at in a file of `size` characters."""
    return min(_BINDINGS, max(_LEAST_BINDINGS, _BINDINGS_OF_FILE // max(1, size)))


# -- constant propagation ----------------------------------------------------------------------------------------------

# Expressions and items that one statement of a scope may look at when it is run on constants, with all the statements
# in it: a loop over the characters of a key takes some 500.
_PROPAGATION_STEPS: Final = 4000
# The same for all of a file, of which every other line may be such a loop. 1 MB gets 20 steps a statement.
_PROPAGATION_OF_FILE: Final = 20_000_000
_LEAST_PROPAGATION: Final = 20
# Functions in functions that are run with what they get: one that puts a key together calls some two.
INLINED: Final = 8


def propagation_steps(size: int) -> int:
    """The number of steps that one statement may take in a file of `size` characters."""
    return min(
        _PROPAGATION_STEPS, max(_LEAST_PROPAGATION, _PROPAGATION_OF_FILE // max(1, size))
    )


# -- hints ------------------------------------------------------------------------------------------------------------

# Names in one file for which what was meant is looked for; each is compared with the names of all rules.
HINTS: Final = 100

# -- parsing ---------------------------------------------------------------------------------------------------------

# Tokens of one statement of a module, whose tree must be there at once: libcst takes up to 4 KB for each.
STATEMENT_TOKENS: Final = 150_000
# Characters of a file for each of its tokens, above so many tokens: generated code has 2.5 of them, a table of digits
# one. libcst takes 10 to 20 µs for a token, so that 1 MB takes some seconds and no more than ten.
FILE_TOKENS: Final = 150_000
CHARACTERS_PER_TOKEN: Final = 2
# Brackets in brackets; CPython's own limit.
BRACKETS: Final = 200
# Brackets in brackets of a pattern, each of which doubles libcst's time: 15 take 0.2 s, 20 take 6 s.
PATTERN_BRACKETS: Final = 12
# Tokens without a comma that may all be nested in each other, and `elif` clauses, which are so: libcst ends the process
# at some 5,000, and above 10,000 clauses.
CHAIN: Final = 2000
# The same where CPython has parsed the text, and knows how deep it is: sums and tests, which are nested in libcst's
# tree alone. A person writes no longer one, a generator may.
FLAT_CHAIN: Final = 10_000
# Expressions in expressions that libcst is given: it takes seconds for a chain of a thousand calls, since its time
# grows with the square of the depth.
PARSED_DEPTH: Final = 400
# Characters or tokens of a file above which it is parsed in pieces, so that its tree is never there as a whole, and the
# characters of a piece.
PIECEWISE_CHARACTERS: Final = 500_000
PIECEWISE_TOKENS: Final = 100_000
PIECE_CHARACTERS: Final = 100_000
# Characters of a type in quotes, which is parsed by itself.
QUOTED_TYPE: Final = 2000


def file_tokens(size: int) -> int:
    """The number of tokens with which a file of `size` characters is parsed."""
    return max(FILE_TOKENS, size // CHARACTERS_PER_TOKEN)


# Statements before a client that take a key out of the environment, which are looked at: one is enough for each name of
# a key, but it may stand in a branch. Without a limit n clients would look at n statements each.
REMOVALS: Final = 20

# Places that change one dict of headers which are looked at; no request has so many headers. Without a limit n requests
# with one dict would look at n places each.
HEADER_CHANGES: Final = 200

# Calls with one argument, and tests for one name, that are looked at behind a handler for what is made instead of what
# it did not find. It is made soon behind: without a limit n handlers would look at n calls each.
ROWS_BEHIND: Final = 100

# Places and functions on the paths of the exceptions of all calls of a project, each time that one is followed having
# its part: beyond it, what becomes of the exception is not known. A step takes some 0.1 ms. In the 22 packages of the
# corpus the longest path has 25 steps, which every call has however many there are (above 2,000; 1 MB has at most
# 14,500, which take some ten seconds); a chain of 5,000 functions has 5,001.
STEPS: Final = 50_000
LEAST_STEPS: Final = 25

# Moves from place to place that are looked at for each of these steps, on the average. A function that is called from n
# places has n of them; where n requests are behind it, each would look at all, and keep an escape for each: 100,000 of
# them take some 300 MB. In twelve packages of the corpus a step of no path has more than two.
MOVES_PER_STEP: Final = 4

# -- classes ---------------------------------------------------------------------------------------------------------

# Classes that one class is derived from, directly or through others, and generations below one, which are looked at:
# what lies beyond is unknown, like a base that can't be told. Frameworks have some twenty. Without a limit n classes
# that are each derived from the one before have n² pairs.
ANCESTORS: Final = 64
# Pairs of a call and a method, where the calls are of one name on receivers that are only declared to be of a class,
# and the methods are those that override it: each call may run each of them. Beyond that, who calls the methods is not
# known. The largest program seen has some thirty of either.
OVERRIDING_CALLS: Final = 20_000

# -- the call graph --------------------------------------------------------------------------------------------------

# Functions that one question follows along the call graph, the nearest first, besides those that it begins with: each
# is asked what it calls or who calls it, which takes some 0.1 ms. In the 22 packages of the corpus no question goes
# beyond the functions that it begins with; a person's program has some ten between a route and a request. What lies
# beyond is taken for not reached. What is asked of every call is summarised (`fixed_point.py`), which has no limit.
FUNCTIONS: Final = 500
# Files that have nothing to do with LangSmith and are parsed to find who calls one function, or what is on the way of
# one exception. More files use the name of a framework's own methods alone (`stream` and `invoke` of LangChain's core):
# who calls those is not known.
CALLING_FILES: Final = 40
# Files of a project in which a method's name is looked for whatever they import: each name is a reading of all of them,
# which takes 30 ms for so many.
NAMED_FILES: Final = 1000
# Callers in so many such files are asked what they pass to a function that has nothing to do with LangSmith either.
# With four, the tree of LangChain and its neighbors takes a third longer.
FEW_FILES: Final = 1
# Expressions that are looked at to tell whether a name is a new one each time: names are put together of a few parts.
PARTS_OF_NAME: Final = 64
# Names and calls through which a field of settings is followed: `str(key)`, where `key = settings.key.strip()`.
STEPS_TO_FIELD: Final = 8

# -- exceptions ------------------------------------------------------------------------------------------------------

# Handlers of one `try` that an exception meets; whether one behind them catches it is not known. People write up to
# ten. Without a limit the exceptions of n calls would meet n handlers each, and n findings name n calls.
HANDLERS: Final = 24
# Calls of a function that may pass it the classes of one of its handlers; of one with more of them the classes are not
# known. Each handler of each exception asks all of them.
CALLS_WITH_CLASSES: Final = 24
# Moves on the path of one exception that a message tells of: each function on it takes five. A path can be longer than
# there are states, where functions that get the exception in an argument call each other twice.
PATH: Final = 200_000
# What an exception is deferred in, one within the other: a coroutine of a function that gives a generator is two. More
# is what is deferred once more on each round of a loop.
LAYERS: Final = 8

# -- depth -----------------------------------------------------------------------------------------------------------

# Questions that lead to each other on one stack: each takes up to ten frames, and the engine allows for 5,000.
LEVELS: Final = 200
# Of memory that is only reserved: a level of the analysis takes some ten frames of Python's, a few of them with one of
# the interpreter's own below (1 kB each), and there are at most 300 levels on a stack.
STACK_BYTES: Final = 16 * 1024 * 1024
# 400 stacks are deeper than the calls of a program of 1 MB can lead, and take some 200 MB when they are all in use.
STACKS: Final = 400

# -- hops: steps from one expression to another that are followed for one question -------------------------------------

# From the headers of a request to the key in them, through names, attributes and the items of dicts: people use two.
KEY_HOPS: Final = 6
# From the argument of `load_dotenv()` to the path that it is made of: `HERE`, `HERE / ".."`, `PATH`.
PATH_HOPS: Final = 3
# Names, calls and operators of such a path: `BASE = Path(__file__).resolve().parent.parent`, `BASE / "conf" / ".env"`.
PATH_STEPS: Final = 12
# Folders that such a path goes up by one index (`parents[2]`): no checkout lies half as deep.
PARTS_OF_PATH: Final = 32
# Tests of one name in one block that are looked at for one use of it, from the last one back: a person writes some ten
# of `isinstance` in a row.
TESTS_OF_NAME: Final = 16
# From a function that tells what its argument is (`TypeGuard`) to another one that it asks.
GUARD_HOPS: Final = 4
# From a function that `evaluate()` runs to one whose result is its own: a target calls what asks the model.
RESULT_HOPS: Final = 3
# From a test in a handler to what it compares: a name, or a function of the program that does so.
TEST_HOPS: Final = 4
# Characters before an assignment in a shell script, in which it stands whether it is exported. Options before it may
# fill a line; a line of a megabyte with many assignments would be gone through from each of them.
LINE_BEFORE: Final = 1000
# Names that stand for each other, from one to the result of a method of the SDK: nobody writes more of them by hand.
NAME_HOPS: Final = 16
# Lines of a manifest behind `env:` in which an action of a template may put variables: no list of them is longer.
LISTED_LINES: Final = 400
# Files of docker compose that extend each other, which they may do in a circle, and maps merged into one by `<<`.
COMPOSE_FILES: Final = 8
# Files of one program that set variables, among which the one is looked for that the others are imported from: each is
# compared with all. Real programs have up to ten; with more than these the order of what they set is unknown.
PROGRAM_FILES: Final = 40
# Images that are built from one folder: for each of its files they are gone through. No folder of anyone has so many.
IMAGES_OF_FOLDER: Final = 40
# Sets of secrets with which one workflow is called: it is gone through for each. Nobody passes so many different ones.
CALLERS: Final = 16
# Files and folders that a kustomization builds from: of ten thousand nobody writes the list.
KUSTOMIZATIONS: Final = 10_000
# Blocks of Terraform around an entry that tell it from others; no module of anyone is half as deep.
TERRAFORM_BLOCKS: Final = 20
# Folders above the root of a project in which its deployment may stand: a repository has projects two levels down.
FOLDERS_ABOVE: Final = 3

# -- files -----------------------------------------------------------------------------------------------------------

# Bytes of a configuration, and characters of a deployment, that a person may have written; larger ones are data.
EVIDENCE_BYTES: Final = 4 * 1024 * 1024
DEPLOYMENT_BYTES: Final = 1024 * 1024
# Bytes of a file that is searched for the names of variables which it reads, and of one that is read for another
# file's sake; larger ones are data. A notebook may have sixteen times as many: most of a large one is output.
READER_BYTES: Final = 2 * 1024 * 1024
REPARSED_BYTES: Final = 2 * 1024 * 1024
REPARSED_BYTES_OF_NOTEBOOK: Final = 16 * REPARSED_BYTES
# Bytes of the names in the brackets of an import. No list is so long: without a bound one that is never closed would be
# gone through again from each import in it.
IMPORTED_BYTES: Final = 10_000
# Bytes of a line that is judged whole for a name in it, and those on each side of the name in a longer one.
LINE_BYTES: Final = 1000
CONTEXT_BYTES: Final = 200
# Small projects are read once; of large ones the last files are kept, because questions come file by file.
KEPT_BYTES: Final = 16 * 1024 * 1024

# -- texts of names --------------------------------------------------------------------------------------------------

# Characters of one part of a text that a file puts together from its names: a key has 51, and 68 in base64.
FILLED_TEXT: Final = 80
# Characters of such a text, and of the arguments of a function that joins them.
JOINED_TEXT: Final = 400

# -- commands --------------------------------------------------------------------------------------------------------

# Characters of a command in a shell script that are read: nobody writes longer ones by hand.
COMMAND: Final = 4000
