"""Texts that a file puts together from its names: what they are, and that they are found in linear time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import pytest
from pace import assert_linear

from lint_langsmith.analysis import limits
from lint_langsmith.analysis.ir.model import Definition
from lint_langsmith.analysis.readers.references import filled
from lint_langsmith.findings import Span

SHAPES: Final[dict[str, Callable[[int], str]]] = {
    "references in one text": lambda count: "a=b\n" + "${a}" * count,
    "references that nothing closes": lambda count: "a=b\n" + "${a" * count,
    "a name given again and again": lambda count: "a=b\nc=${a}$a\n" * count,
    "a name lengthened": lambda count: "a=b\n" + "a+=b\n" * count,
    "values behind references, in one line": lambda count: "a=b;" + "c=${a} " * count,
    "operators": lambda count: "a=b\n" + "a + " * count,
    "functions": lambda count: "a=b\n" + "join(" * count,
    "functions behind lists": lambda count: "[a, [b" * count + "].join(" * count,
    "functions with arguments": lambda count: "a=b\n" + "printf '%s%s' $a $b\n" * count,
    "words": lambda count: "a=b\n" + "a.b-" * count,
    "labels": lambda count: 'variable "a" {\n default = "b"\n}\n' * count,
    "blanks": lambda count: "a=b\n$a" + " " * count + "a" + " " * count + "=",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_time_is_linear(shape: str) -> None:
    """Four times as much takes about four times as long."""

    def seconds(count: int) -> float:
        text = SHAPES[shape](count)
        started = time.process_time()
        list(filled(text, ()))
        return time.process_time() - started

    assert_linear(seconds, 600)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=x\nb=y\nc=${a}${b}", "xy"),
        ("a=x\na=z\nc=$a$a", "zz"),
        ('c = "${local.a}-${local.b}"\na = "x"\nb = "y"', "x"),
        ("c=${a:-x}${b-y}", "xy"),
        ("a=x\nb=${a}\nc=${b}y", "xy"),
        ("a=x\na+=y", "xy"),
        ('a: x\nc: "{{ a }}{{ a }}"', "xx"),
        ("a = x\nc = %(a)s%(a)s", "xx"),
        ("set A=x\nset C=%A%%A%", "xx"),
        ('a = "x"\nc = format("%s-%s", local.a, "y")', "x-y"),
        ('a = "x"\nc = join("", [local.a, "y"])', "xy"),
        ('const a = "x"; c = [a, "y"].join("")', "xy"),
        ("$a = 'x'; $c = $a . $a", "xx"),
    ],
)
def test_texts(text: str, expected: str) -> None:
    """What stands for a name is filled in, whatever the format writes around it."""
    assert expected in [found.text for found in filled(text, ())]


def test_place() -> None:
    """The place of a text is that of its parts, with what stands directly before and behind them."""
    text = "a=x\nc=pre${a}post"
    found = next(found for found in filled(text, ()) if found.text == "prexpost")
    assert text[found.start : found.end] == "pre${a}post"


def test_unknown_names() -> None:
    """A name without a value in the file ends the text."""
    assert "xx" not in [found.text for found in filled("a=x\nc=${a}${b}${a}", ())]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=x\nb=$a$a\na=z\nc=$a$a", ["xx", "zz"]),
        ("a=one_two\nb=p${a%two}", ["pone_"]),
        ("a=one_two\nb=p${a#one}", ["p_two"]),
        ("a=one_one\nb=p${a/one/1}", ["p1_one"]),
        ("a=one_one\nb=p${a//one/1}", ["p1_1"]),
        ("a=onetwo\nb=p${a:3}", ["ptwo"]),
        ("a=onetwo\nb=p${a:1:2}", ["pne"]),
        ("b=p${c%x}", []),
        (
            'variable "a" {\n default = "x"\n}\nvariable "b" {\n default = "y"\n}\nc = "${var.a}${var.b}"',
            ["xy"],
        ),
        ('a:\n  default: x\nb:\n  value: y\nc: "${a}${b}"', ["xy"]),
        ("default=x\nc=$default$default", ["xx"]),
        ("P=(a b)\nc=${P}z", ["abz"]),
        ('p = ["a", "b"]\nc = p[1] + p[0]', ["ba"]),
        ("a=x\nb = a + 'y' + a", ["xyx"]),
        ("a=x\nb = a + c", []),
        ("a=x\nb=pre${a}-post$a", ["prex", "postx"]),
        ('a=x\nexport a="${a}y"\nc=$a$a', ["xy", "xyxy"]),
        ("echo -n a\necho -n b && echo -n c\nls\necho -n d", ["abc", "d"]),
        ("$(subst -,,aaaaaaaaaa-bbbbbbbbbb)", ["aaaaaaaaaabbbbbbbbbb"]),
        ("'aaaaaaaaaa-bbbbbbbbbb'.replace('-', '')", ["aaaaaaaaaabbbbbbbbbb"]),
        ("replace('aaaaaaaaaa-bbbbbbbbbb', '-', '')", ["aaaaaaaaaabbbbbbbbbb"]),
        ("a=aaaaaaaaaabbbbbbbbbb\nb=a.replace('a', 'c')", ["ccccccccccbbbbbbbbbb"]),
        ('x=format("%s{}", "a", "b")', ["ab"]),
        ('x=["a", "b"].join("")', ["ab"]),
        ("a=x\nx=concat(a, 'c')", ["xc"]),
    ],
)
def test_all_texts(text: str, expected: list[str]) -> None:
    """Nothing else is put together, and a name stands for what it was given last before."""
    assert [found.text for found in filled(text, ())] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'a=x\nb="pre${a}mid$a-post"\n',
            [("prexmidx", 'pre${a}mid$a-post"')],
        ),
        (
            "a=x\nb=${a}\\\n  ${a}\n",
            [("xx", "${a}\\\n  ${a}")],
        ),
        (
            "a=x\nb=${a} ${a}\n",
            [("x", "${a}"), ("x", "${a}")],
        ),
        (
            "a=x\nb='${a}''${a}'\n",
            [("xx", "${a}''${a}")],
        ),
        (
            "a=x\nb=$a\nc=$b$b\n",
            [("x", "$a"), ("xx", "$b$b")],
        ),
        (
            "c=${a}${a}\na=x\na=y\n",
            [("xx", "${a}${a}")],
        ),
        (
            "a=X\nb=p${a,,}\nc=p${a^^}\n",
            [("px", "p${a,,}"), ("pX", "p${a^^}")],
        ),
        (
            "a=abc\nb=p${a:1}\nc=p${a:0:1}\nd=p${a:x}\n",
            [("pbc", "p${a:1}"), ("p1", "p${a:0:1}")],
        ),
        (
            "a=one\nb=p${a%%e}\nc=p${a##o}\n",
            [("pon", "p${a%%e}"), ("pne", "p${a##o}")],
        ),
        (
            "a=x\nb=$(a)$(a)\nc=#{a}y\n",
            [("xx", "$(a)$(a)"), ("xy", "#{a}y")],
        ),
        (
            "$env:a = 'x'\n$c = \"$env:a$env:a\"\n",
            [("x", "$env:a"), ("xx", "$env:a$env:a")],
        ),
        (
            "a: x\nb: '{{ .Values.a }}y'\nc: {{- a -}}z\n",
            [("xy", "{{ .Values.a }}y"), ("xz", "{{- a -}}z")],
        ),
        (
            "[s]\na = x\nb = ${s:a}y\n",
            [("xy", "${s:a}y")],
        ),
        (
            "env:\n  a: x\nb: ${{ env.a }}y\n",
            [("xy", "${{ env.a }}y")],
        ),
        (
            "a ?= x\nb := $(a)y\n",
            [("xy", "$(a)y")],
        ),
        (
            "a=(x y z)\nb=${a}w\nc = a[0] + a[2]\n",
            [("xyzw", "${a}w"), ("xz", "a[0] + a[2]")],
        ),
        (
            "a = ['x', y, \"z\"]\nb = a[1] + a[0]\nc = a[3] + a[0]\n",
            [("yx", "a[1] + a[0]")],
        ),
        (
            'a = {"k": "x"}\nk = \'y\'\nb = a + k\n',
            [],
        ),
        (
            "a='x'; b='y'\nc = a ~ b\nd = a & b\ne = a || b\nf = a <> b\ng = a << b\nh = a .. b\ni = a ++ b\n",
            [
                ("xy", "a ~ b"),
                ("xy", "a & b"),
                ("xy", "a || b"),
                ("xy", "a <> b"),
                ("xy", "a << b"),
                ("xy", "a .. b"),
                ("xy", "a ++ b"),
            ],
        ),
        (
            "a='x'\nc = a +\n    a\n",
            [("xx", "a +\n    a")],
        ),
        (
            "a='x'\nc = $a.$a\nd = $a . 'y'\ne = a.a\n",
            [("x", "$a"), ("x", "$a"), ("x", "$a"), ("xx", "$a.$a"), ("xy", "$a . 'y'")],
        ),
        (
            "a=x\nc=join('-', [a, \"y\"])\nd=1\n",
            [("-xy", "join")],
        ),
        (
            "a=x\nc=join('-', [a], 'z') more\n",
            [("-xz", "join")],
        ),
        (
            "c=printf '%s-%s' one two\n",
            [("one-two", "printf")],
        ),
        (
            "c=format(\"{}{1}%s\", 'a', 'b', 'c')\n",
            [("abc", "format")],
        ),
        (
            'a=x\nc=format("p${a}q%s", b)\n',
            [("pxq", "p${a}q"), ("pxqb", "format")],
        ),
        (
            "c=concat('a', \"\", 'b') 'c'\n",
            [("ab", "concat")],
        ),
        (
            "c=['a', b, \"c\"].join('')\nb=z\n",
            [("azc", "['a', b, \"c\"].join")],
        ),
        (
            "echo -n one\n\necho -n two\necho three\n",
            [("one", "one"), ("two", "two")],
        ),
        (
            "a=aaaaaaaaaaaaaaaaaaaaaa\nb=a.replaceAll('a', 'b')\nc='bbbbbbbbbbbbbbbbbbbbbbbb'.replace(\"b\", 'c')\n",
            [
                ("bbbbbbbbbbbbbbbbbbbbbb", "a.replaceAll('a', 'b'"),
                ("cccccccccccccccccccccccc", "'bbbbbbbbbbbbbbbbbbbbbbbb'.replace(\"b\", 'c'"),
            ],
        ),
        (
            (
                'c=replace("aaaaaaaaaaaaaaaaaaaaa-", "-", "_")\nd=$(subst a,b,aaaaaaaaaaaaaaaaaaaaaaa)\n'
                "e='aaaaaaaaaaaaaaaaaaaaaaaa'.replace(/-/g, 'z')\n"
            ),
            [
                ("aaaaaaaaaaaaaaaaaaaaa_", 'replace("aaaaaaaaaaaaaaaaaaaaa-", "-", "_"'),
                ("bbbbbbbbbbbbbbbbbbbbbbb", "$(subst a,b,aaaaaaaaaaaaaaaaaaaaaaa)"),
                ("aaaaaaaaaaaaaaaaaaaaaaaa", "'aaaaaaaaaaaaaaaaaaaaaaaa'.replace(/-/g, 'z'"),
            ],
        ),
        (
            'variable "a" {\n  default = "x"\n}\nb = "${var.a}y"\n',
            [("xy", "${var.a}y")],
        ),
        (
            'default: w\na:\n  description: d\n  value: x\nb: "${a}y"\n',
            [("xy", "${a}y")],
        ),
        (
            "a=x\na=y\na+=z\nb=${a}w\n",
            [("yz", "z"), ("yzw", "${a}w")],
        ),
        (
            "a+=z\nb=${a}w\n",
            [("zw", "${a}w")],
        ),
        (
            "a=x\nb=${a:-y}w\nc=${d:-y}w\ne=${d-'y'}w\n",
            [("xw", "${a:-y}w"), ("yw", "${d:-y}w"), ("yw", "${d-'y'}w")],
        ),
        (
            "a=x\n  b  =  `p${a}`\n c=$b$b\n",
            [("px", "p${a}"), ("pxpx", "$b$b")],
        ),
        (
            "echo YWI= | base64 -d\n",
            [("ab", "echo YWI= | base64 -d")],
        ),
        (
            "a=x\nb=${a}${a}${a} ${z}${a}\n",
            [("xxx", "${a}${a}${a}"), ("x", "${a}")],
        ),
    ],
)
def test_texts_and_their_places(text: str, expected: list[tuple[str, str]]) -> None:
    """All that is put together, each with what stands there in the file."""
    found = [(row.text, text[row.start : row.end]) for row in filled(text, ())]
    assert found == expected


def test_variables_in_another_form() -> None:
    """What a reader has found is taken in where the pattern finds no value, each at its own place."""
    text = "ENV A one\nRUN p${A}q\nENV A two\nRUN p${A}q\n"
    rows = [_variable("one", 1), _variable("two", 3)]
    assert [found.text for found in filled(text, rows)] == ["poneq", "ptwoq"]
    assert [found.text for found in filled(text, ())] == []
    assert [
        found.text for found in filled(text, [_variable("x" * (limits.FILLED_TEXT + 1), 1)])
    ] == []
    own = "A=own\n" + text
    assert [found.text for found in filled(own, [_variable("one", 2)])] == ["pownq", "pownq"]


def _variable(value: str, line: int) -> Definition:
    """`ENV A value`."""
    return Definition(
        "A", value, value, Span(line, 5, line, 6), Span(line, 7, line, 8), "dockerfile"
    )
