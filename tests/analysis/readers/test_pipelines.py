"""What the filters of a shell make of a literal: what bash prints, and nothing of filters that are not known."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from lint_langsmith.analysis.readers.pipelines import pipelines

# Each with what it makes.
KNOWN = {
    "echo abc | rev": "cba",
    "printf 'abc' | rev": "cba",
    "echo 'a-b-c' | tr -d -": "abc",
    "echo abc | tr a-c A-C": "ABC",
    "echo abc | tr abc xy": "xyy",
    "echo abc | tr a xyz": "xbc",
    "echo aBc | tr '[:upper:]' '[:lower:]'": "abc",
    "echo aXbXc | sed s/X/_/": "a_bXc",
    "echo aXbXc | sed s/X/_/g": "a_b_c",
    "echo aXbXc | sed -e s/X/1/ -e s/X/2/": "a1b2c",
    "echo aXbXc | sed s@X@@": "abXc",
    "echo YWJj | base64 -d": "abc",
    "echo YWJj | base64 --decode | rev": "cba",
    "echo abcdef | cut -c 2-4": "bcd",
    "echo abcdef | cut -c2": "b",
    "echo abcdef | cut -c 3-": "cdef",
    "echo abcdef | cut -c -3": "abc",
    'echo "a b" | tr -d " "': "ab",
    "rev <<< abc": "cba",
    "tr -d x <<< 'axb'": "ab",
    "echo abc \\\n  | rev": "cba",
}
# The same for a program that not every machine has.
OF_VIM = {"echo 616263 | xxd -r -p": "abc"}
UNKNOWN = (
    "echo abc | sed s/a.c/x/",
    "echo abc | sed s/ab+/x/",
    "echo abc | sed 2d",
    "echo abc | base64",
    "echo abc | xxd",
    "echo abc | cut -d: -f2",
    "echo YWJ | base64 -d",
    "echo abc | tr a",
    "echo abc | cut",
)


@pytest.mark.parametrize("text", KNOWN | OF_VIM)
def test_what_filters_make_of_a_literal(text: str) -> None:
    before = "x=1; "
    assert list(pipelines(before + text)) == [
        ((KNOWN | OF_VIM)[text], len(before), len(before + text))
    ]


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize("text", KNOWN)
def test_the_shell_says_so(text: str) -> None:
    done = subprocess.run(["bash", "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip("\n") == KNOWN[text]


@pytest.mark.parametrize("text", UNKNOWN)
def test_of_other_filters_nothing_is_said(text: str) -> None:
    assert list(pipelines(text)) == []
