"""What one folding costs: a character for each that is made, a step for each expression and item that is looked at."""

from __future__ import annotations

from pathlib import Path

import pytest
from spelled import SPELLED

from lint_langsmith.analysis.ir.lower import lower
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.values import constant_folding
from lint_langsmith.analysis.values.constant_folding import fold
from lint_langsmith.analysis.values.constants import Budget

MUCH = 1_000


@pytest.mark.parametrize(
    ("text", "value", "characters", "steps"),
    [
        ('"abc"', "abc", 0, 1),
        ('"a" + "bc"', "abc", 3, 3),
        ('"ab" * 3', "ababab", 6, 3),
        ('"-".join(["a", "b"])', "a-b", 3, 4),
        ('"-".join(("a", "b"))', "a-b", 3, 4),
        ('"".join("abc")', "abc", 3, 6),
        ('"".join([*"abc"])', "abc", 3, 10),
        ('"".join({"a": "b"})', "a", 1, 6),
        ('"".join(c for c in "abc")', "abc", 3, 13),
        ('"".join(map(str, [1, 2, 3]))', "123", 16, 14),
        ('"".join(reversed("abc"))', "cba", 3, 10),
        ('"".join(list("abc"))', "abc", 3, 10),
        ('"".join(["a"] + ["b", "c"])', "abc", 3, 14),
        ('"abc"[1:]', "bc", 3, 5),
        ('["a", "b", "c"][1:][0] + ""', "b", 1, 15),
        ("f\"{'a'}{'bc'}\"", "abc", 3, 3),
        ('"%s-%s" % ("a", "b")', "a-b", 7, 7),
        ('"%(x)s" % {"x": "abc"}', "abc", 8, 6),
        ('"{}-{}".format("a", "b")', "a-b", 7, 4),
        ('"{x}{x}".format(x="abc")', "abcabc", 12, 3),
        ('"{}{}".format(*["a", "b"])', "ab", 6, 7),
        ('"{x}".format(**{"x": "abc"})', "abc", 6, 6),
        ('Template("$a$a").substitute(a="abc")', "abcabc", 10, 4),
        ('Template("$a").safe_substitute({"a": "abc"})', "abc", 5, 7),
        ('"ABC".lower()', "abc", 3, 2),
        ('"a,b,c".split(",")[0] + ""', "a", 6, 10),
        ('"abc".replace("b", "xyz")', "axyzc", 5, 4),
        ('codecs.decode("nop", "rot13")', "abc", 10, 3),
        ('functools.reduce(operator.add, ["ab", "c"])', "abc", 14, 5),
        ('(lambda a: a + "c")("ab")', "abc", 3, 6),
        ('"".join(filter(lambda a: a != "b", "ab"))', "a", 5, 15),
        ('"".join(sorted("ba"))', "ab", 14, 8),
        ('"".join(itertools.accumulate(["a", "b"]))', "aab", 115, 10),
        ('"".join(map("x".join, ["ab", "c"]))', "axbc", 17, 15),
        ('"ab".translate(str.maketrans("ab", "bc"))', "bc", 14, 7),
        ('"ab".translate({97: "bcd"})', "bcdb", 6, 5),
        ('"".join(json.loads(\'["a", "b"]\'))', "ab", 13, 8),
        ('hex(16) + ""', "0x10", 10, 4),
        ('(97).to_bytes(1, "big")', "a", 414, 4),
        ("bytes([97, 98, 99])", "abc", 3, 5),
        ('bytes.fromhex("6162")', "ab", 5, 2),
        # What is decoded may be four times as long.
        ('base64.b64decode("YWJj")', "abc", 16, 2),
    ],
)
def test_costs(
    monkeypatch: pytest.MonkeyPatch, text: str, value: str, characters: int, steps: int
) -> None:
    def folded(more_steps: int, more_characters: int) -> str | None:
        budget = Budget(more_steps, more_characters)
        monkeypatch.setattr(constant_folding, "_budget", lambda _: budget)
        return fold(expr, SPELLED, file)

    source = f"x = {text}\n"
    file = File(Path("mod.py"), "mod.py", source, lower(source), "mod")
    (expr,) = (row.value for row in file.model.bindings if row.name == "x" and row.value)
    assert folded(steps, characters) == value
    assert folded(MUCH, characters - 1) is None or not characters
    assert folded(steps - 1, MUCH) is None
