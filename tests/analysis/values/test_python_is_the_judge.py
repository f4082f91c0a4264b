"""What folding makes of operators, methods, functions of the library and statements is what Python makes of them.

Each row is run: as one expression that is folded, and as a statement of a program that is run on what is known. What
Python gives must be told; of the rows that are not folded on purpose nothing may be.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from lint_langsmith.analysis import limits
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.analysis.values.constant_folding import fold
from lint_langsmith.config.settings import Settings

_IMPORTS: Final = """\
import array, ast, asyncio, base64, binascii, codecs, collections, csv, functools, gzip, html, io, itertools, json
import operator, os, quopri, re, shlex, string, struct, textwrap, types, urllib.parse, uuid, zlib
from itertools import chain
import yaml
a, b, c = "ab", "cd", "ef"
n, m = 5, 3
some = ["x", "y", "z"]
pair = ("p", "q")
table = {"k": "v", "l": "w", 3: "t"}
empty = ""
"""
# Operators, comparisons, items and slices.
OPERATORS: Final = """\
a + b
a + b + c
"".join([a] + [b, c])
pair + ("r",)
n + m + 1
n - m
m - n
n * m
n // m
n % m
-n // m
n ^ m
n | m
n & m
n >> 1
a * 2
2 * a
a * 0
a * -1
some * 2
2 * pair
some * 0
n * 2
"%s-%s" % pair
"%s" % a
"%s" % n
"%d" % n
"%5d|" % n
"%-5d|" % n
"%05d" % n
"%x" % 255
"%X" % 255
"%o" % 8
"%c" % 97
"%r" % a
"%5s|" % a
"%.1s" % a
"%%%s" % a
"%(k)s%(l)s" % table
"%(k)s %%" % table
"%s" % (a,)
{"x": "1"} | {"y": "2"}
"|".join({"x": "1"} | {"x": "2"})
({"x": "1"} | {"x": "2"})["x"]
a == "ab"
a == b
a != b
a < b
b < a
a <= "ab"
a >= "ab"
a > "ab"
n < m
n > m
n <= 5
n >= 5
n == 5
n != 5
"x" in some
"x" not in some
"q" in some
"k" in table
"k" not in table
"a" in a
"q" in a
n in [5, 6]
some[0]
some[2]
some[-1]
some[-3]
a[0]
a[-1]
a[1]
table["k"]
table[3]
some[1:]
some[:1]
some[::2]
some[::-1]
some[0:2:1]
a[1:]
a[:-1]
a[::-1]
a[-2:]
"abcdef"[1:5:2]
some[slice(1, 3)]
"abcdef"[slice(0, None, 2)]
a if n == 5 else b
a if n == 6 else b
a or b
empty or b
a and b
empty and b
not a
not empty
empty or n
f"{a}{b}"
f"{a}-{n}"
f"{n:03d}"
f"{n:x}"
f"{a:>5}|"
f"{a:<5}|"
f"{a:^6}|"
f"{a!s}"
f"{a}{{}}"
-n
[*some, "w"]
[*some, *pair]
(*pair,)
{**table, "k": "new"}["k"]
{**table, "k": "new"}["l"]
[x for x in some]
[x + "1" for x in some]
[x for x in some if x != "y"]
[x + y for x in some for y in pair]
[x for x in (i for i in some)]
"".join(x for x in a)
{x: x + "1" for x in some}["y"]
[k + v for k, v in {"g": "h", "i": "j"}.items()]
[k + str(v) for k, v in enumerate(some) if False] or "none"
(lambda x: x + "1")(a)
(lambda x, y=b: x + y)(a)
(lambda x, y=b: x + y)(a, y="z")
(lambda *xs: "".join(xs))(a, b)
(lambda **xs: xs["z"])(z=a)
(w := a) + w
"""
# Methods of texts, bytes and collections.
METHODS: Final = """\
" ab ".strip()
"xabx".strip("x")
" ab".lstrip()
"ab ".rstrip()
"xab".lstrip("x")
"abx".rstrip("x")
"key:ab".removeprefix("key:")
"ab.py".removesuffix(".py")
a.upper()
"AB".lower()
"AB".casefold()
"aB".swapcase()
a.title()
a.capitalize()
a.ljust(4) + "|"
a.rjust(4)
a.center(6) + "|"
a.ljust(4, "x")
"5".zfill(3)
"a\\tb".expandtabs(4)
"aXbXc".replace("X", "-")
"aXbXc".replace("X", "-", 1)
"aXbXc".replace("X", "")
"a,b,c".split(",")
"a b c".split()
"a,b,c".split(",", 1)
"a,b,c".rsplit(",", 1)
"a\\nb".splitlines()
"a=b=c".partition("=")
"a=b=c".rpartition("=")
"abc".find("b")
"abc".find("z")
"abcb".rfind("b")
"abc".index("c")
"abcb".rindex("b")
"abcb".count("b")
a.startswith("a")
a.startswith("b")
a.endswith("b")
a.isalnum()
a.isalpha()
"12".isdigit()
"12".isdecimal()
" ".isspace()
"A".isupper()
"a".islower()
"abc".translate(str.maketrans("ab", "xy"))
"abc".translate(str.maketrans("ab", "xy", "c"))
"abc".translate(str.maketrans({"a": "x"}))
"abc".translate({97: "x", 98: None})
b"abc".translate(None, b"b").decode()
"-".join(some)
"".join(reversed(some))
str.join("-", some)
"-".join(("a", "b"))
"-".join(a)
"-".join(table[x] for x in ("k", "l"))
"{}-{}".format(a, b)
"{1}{0}".format(a, b)
"{x}{y}".format(x=a, y=b)
"{0[1]}".format(some)
"{x[0]}".format(x=some)
"{:>4}".format(a)
"{:03d}".format(n)
"{{{}}}".format(a)
"{!s}".format(a)
"{k}{l}".format_map({"k": "v", "l": "w"})
"{k}".format(**{"k": "v"})
"{}{}".format(*pair)
string.Template("$x-${y}").substitute(x=a, y=b)
string.Template("$x-$z").safe_substitute(x=a)
string.Template("$k").substitute({"k": "v"})
string.Template("$$x").substitute()
a.encode().decode()
a.encode("utf-8").decode("utf-8")
b"ab".decode("ascii")
b"ab".hex()
b"a" + b"b" == b"ab"
"ab".__add__("c")
some.__getitem__(1)
n.bit_length()
n.to_bytes(1, "big").hex()
(258).to_bytes(2, "big").hex()
(258).to_bytes(2, "little").hex()
{"g": "h"}.keys()
{"g": "h"}.values()
[k + v for k, v in {"g": "h"}.items()]
table.get("k")
table.get("z", "d")
table.get(3)
str(table.get("z"))
some.copy()
"""
# Functions of Python's library.
FUNCTIONS: Final = """\
base64.b64decode("YWI=").decode()
base64.urlsafe_b64decode("YWI=").decode()
base64.standard_b64decode("YWI=").decode()
base64.b32decode("MFRA====").decode()
base64.b16decode("6162").decode()
base64.b85decode("VPO").decode()
base64.a85decode("@:B").decode()
base64.b32hexdecode("C5H0====").decode()
base64.decodebytes(b"YWI=").decode()
base64.b64encode(b"ab").decode()
base64.urlsafe_b64encode(b"ab").decode()
binascii.a2b_base64("YWI=").decode()
binascii.a2b_hex("6162").decode()
binascii.unhexlify("6162").decode()
binascii.b2a_hex(b"ab").decode()
binascii.hexlify(b"ab").decode()
bytes.fromhex("6162").decode()
bytearray.fromhex("6162").decode()
codecs.decode("no", "rot13")
codecs.decode("no", "rot_13")
codecs.encode("no", "rot13")
codecs.decode("6162", "hex").decode()
codecs.decode(b"6162", "hex_codec").decode()
codecs.encode(b"ab", "hex").decode()
codecs.decode(b"YWI=", "base64").decode()
codecs.decode(b"ab", "utf-8")
codecs.decode(b"ab", "ascii")
format(n, "03d")
format(n)
format(a, ">4")
hex(255)
int("12")
int("ff", 16)
int(n)
int("0x1f", 0)
len(a)
len(some)
list(range(3))
list(range(1, 4))
list(range(0, 6, 2))
list(range(3, 0, -1))
abs(-5)
all(some)
any([0, 1])
any([0, 0])
all([1, 0])
bool(a)
bool(empty)
divmod(n, m)
list(filter(None, ["a", "", "b"]))
list(filter(lambda x: x != "y", some))
int.from_bytes(b"\\x01\\x02", "big")
int.from_bytes(b"\\x01\\x02", "little")
list(map(str.upper, some))
list(map(lambda x: x + "1", some))
list(map(chr, [97, 98]))
list(map(ord, "ab"))
list(map("".join, [["a", "b"], ["c"]]))
list(map(operator.add, some, some))
sorted(["b", "a"])
sorted(["b", "a"], reverse=True)
sorted(["bb", "a"], key=len)
chr(97)
ord("a")
str(n)
str(a)
str(b"ab", "ascii")
str(True)
str(None)
bytes([97, 98]).decode()
bytearray([97, 98]).decode()
bytes(2).hex()
bytes(b"ab").decode()
bytearray(b"ab").decode()
list(a)
tuple(a)
list(iter(some))
list(reversed(some))
"".join(reversed(a))
list(pair)
functools.partial(lambda x, y: x + y, a)(b)
functools.partial(operator.add, a)(b)
functools.reduce(lambda x, y: x + y, some)
functools.reduce(operator.add, some, "0")
list(itertools.accumulate(["a", "b"]))
list(itertools.accumulate([1, 2, 3], operator.xor))
["".join(x) for x in itertools.combinations("abc", 2)]
["".join(x) for x in itertools.permutations("ab")]
["".join(x) for x in itertools.product("ab", "cd")]
list(itertools.compress("abc", [1, 0, 1]))
list(itertools.islice(itertools.count(3), 2))
list(itertools.islice(itertools.count(3, 2), 2))
list(itertools.islice(itertools.cycle("ab"), 3))
list(itertools.dropwhile(lambda x: x == "x", some))
list(itertools.takewhile(lambda x: x != "z", some))
list(itertools.filterfalse(lambda x: x == "x", some))
[k + "".join(g) for k, g in itertools.groupby("aab")]
["".join(x) for x in itertools.pairwise("abc")]
list(itertools.repeat("a", 3))
list(itertools.starmap(operator.add, [("a", "b"), ("c", "d")]))
["".join(x) for x in itertools.tee("ab")]
["".join(x) for x in itertools.tee("ab", 3)]
list(itertools.chain(some, pair))
list(itertools.chain.from_iterable([some, pair]))
list(itertools.islice(some, 2))
list(itertools.islice(some, 1, 3))
["".join(x) for x in itertools.zip_longest("ab", "c", fillvalue="-")]
list(chain(some, pair))
[x + y for x, y in zip(some, pair)]
["".join(x) for x in zip(some, pair, "rst")]
[str(i) + x for i, x in enumerate(some)]
operator.getitem(some, 1)
operator.itemgetter(1)(some)
operator.itemgetter("k")(table)
operator.itemgetter(0, 2)(some)
operator.add(a, b)
operator.concat(a, b)
operator.iadd(a, b)
operator.iconcat(a, b)
operator.xor(5, 3)
operator.methodcaller("upper")(a)
operator.methodcaller("replace", "a", "x")(a)
re.findall("[a-c]", "axbyc")
re.split("-", "a-b-c")
re.split(",", "a,b")
re.sub("-", "", "a-b")
re.sub("[^a-z]", "", "a1b2")
re.sub("_+", "_", "a__b")
struct.pack("2B", 97, 98).decode()
struct.pack("<H", 25185).decode()
struct.pack("2s", b"ab").decode()
struct.unpack("2B", b"ab")
struct.unpack("2s", b"ab")[0].decode()
types.MappingProxyType(table)["k"]
collections.UserDict({"g": "h"})["g"]
array.array("B", [97, 98]).tobytes().decode()
ast.literal_eval("['a', 'b']")
ast.literal_eval("'ab'")
dict.fromkeys(["g", "h"])
dict(g="h")["g"]
dict([("g", "h")])["g"]
dict(zip(some, pair))["y"]
sum([1, 2, 3])
sum([1, 2], 10)
min("b", "a")
max(["b", "a"])
min(3, 2)
html.unescape("&amp;a")
json.dumps(["a", 1])
json.loads('["a", "b"]')
json.loads('{"g": "h"}')["g"]
json.loads('"ab"')
os.path.join("a", "b")
quopri.decodestring(b"a=62").decode()
shlex.split("a 'b c'")
textwrap.dedent("  a\\n  b")
urllib.parse.unquote("a%62")
urllib.parse.unquote_plus("a+b")
yaml.safe_load("[a, b]")
yaml.safe_load("g: h")["g"]
str(uuid.UUID("00000000000000000000000000000001"))
str(uuid.UUID(int=1))
[x for row in csv.reader(["a,b", "c,d"]) for x in row]
[x for row in csv.reader(["a;b"], delimiter=";") for x in row]
zlib.decompress(bytes.fromhex("789c4b4c020001260083c4"[:18] + "c4")).decode() if False else "z"
string.ascii_lowercase[:3]
string.ascii_uppercase[:3]
string.ascii_letters[:2]
string.digits
string.hexdigits
string.octdigits
string.punctuation[:3]
"".join(os.path.join("x", y) for y in pair)
"""
# What is not folded: it would not end, it is too large, it depends on more than constants, or it raises.
UNKNOWN: Final = """\
+n
~n
"a" + 1
some[3]
some[-4]
a[5]
a[::0]
table["z"]
"a" * 10**9
"%d" % "a"
"%(z)s" % table
"{:>9999}".format(a)
10 ** 5
n / m
n // 0
n << 2
"a" < 1
"a" in 5
chr(-1)
ord("ab")
int("x")
int("1" * 5000)
list(range(10**7))
"abc".index("z")
"a".rjust(10**8)
base64.b64decode("Y")
bytes.fromhex("6")
codecs.decode(b"ab", "utf-16")
json.loads("{")
re.sub("(a+)+$", "", "aaa")
re.findall("(a)(b)", "ab")
struct.pack("99s999s999s", b"a")
struct.pack("H", "a")
itertools.combinations(range(100), 50)
input() + "a"
open("x").read()
str(object())
max([])
functools.reduce(operator.add, [])
getattr(a, "upper")()
eval("'a' + 'b'")
[x for x in input()]
(lambda x: x)()
uuid.UUID("x")
yaml.safe_load("[")
ast.literal_eval("f()")
"x".encode("utf-16").decode()[9]
"""
# Programs whose last line makes a text.
PROGRAMS: Final = r"""x = []; x.append("a"); x.append("b"); x
x = ["a"]; x.extend(["b", "c"]); x
x = ["b"]; x.insert(0, "a"); x
x = ["a", "b"]; y = x.pop(); y + "".join(x)
x = ["a", "b"]; y = x.pop(0); y + "".join(x)
x = ["a", "b"]; x.remove("a"); x
x = ["a", "b"]; x.reverse(); x
x = ["b", "a"]; x.sort(); x
x = ["b", "aa"]; x.sort(key=len, reverse=True); x
x = ["a"]; x.clear(); x.append("b"); x
x = collections.deque(["b"]); x.appendleft("a"); x
x = collections.deque(["a", "b"]); x.rotate(1); x
x = collections.deque(["a", "b"]); y = x.popleft(); y + "".join(x)
x = collections.deque(["c"]); x.extendleft(["b", "a"]); x
x = {}; x["g"] = "h"; x["g"]
x = {"g": "h"}; x.update({"i": "j"}); "".join(x.values())
x = {"g": "h"}; x.update(i="j"); x["i"]
x = {"g": "h"}; y = x.setdefault("g", "z"); y + x["g"]
x = {"g": "h"}; x.setdefault("i", "j"); x["i"]
x = {"g": "h", "i": "j"}; y = x.pop("g"); y + "".join(x)
x = {"g": "h"}; y = x.popitem(); "".join(y)
x = {"g": "h", "i": "j"}; del x["g"]; "".join(x)
x = {"g": ["h"]}; x["g"].append("i"); x["g"]
x = [["a"], ["b"]]; x[0].append("c"); x[0]
x = ["a", "b", "c"]; x[1] = "z"; x
x = ["a", "b", "c"]; x[0:2] = ["z"]; x
x = ["a", "b", "c"]; del x[0]; x
x = ["a", "b", "c"]; del x[:2]; x
x = ["a"]; y = x; y.append("b"); x
x = ["a"]; y = x.copy(); y.append("b"); x
x = ["a"]; y = list(x); y.append("b"); x
x = ["a"]; x += ["b"]; x
x = ["a"]; y = x; x += ["b"]; y
x = "a"; y = x; x += "b"; y
x = "a"; x += "b"; x += "c"; x
x = 1; x += 2; str(x)
x, y = "a", "b"; x, y = y, x; x + y
x, *y = ["a", "b", "c"]; "".join(y) + x
*x, y = ["a", "b", "c"]; "".join(x) + y
x, (y, z) = "a", ("b", "c"); x + y + z
(x, y), z = ("a", "b"), "c"; x + y + z
x = y = "a"; x + y
x = bytearray(b"a"); x.append(98); x.decode()
x = bytearray(b"a"); x.extend(b"b"); x.decode()
x = bytearray(b"a"); x += b"b"; x.decode()
x = bytearray(b"ab"); x[0:1] = b"z"; x.decode()
x = io.StringIO(); x.write("a"); x.write("b"); x.getvalue()
x = "";\nfor y in some: x += y\nx
x = "";\nfor y in some:\n  if y == "y": continue\n  x += y\nx
x = "";\nfor y in some:\n  if y == "y": break\n  x += y\nx
x = "";\nfor y, z in [("a", "b"), ("c", "d")]: x += z + y\nx
x = "";\nfor i, y in enumerate(some): x += str(i) + y\nx
x = "";\nfor y in some:\n  pass\nelse:\n  x = "e"\nx + y
x = "";\nfor y in some:\n  if y == "y": break\nelse:\n  x = "e"\nx + y
x = "";\nfor y in []:\n  x = "b"\nelse:\n  x += "e"\nx
x = "";\nfor y in some:\n  continue\nelse:\n  x += "e"\nx
x = 0;\nwhile x < 3: x += 1\nelse: x = 7\nstr(x)
x = 0;\nwhile True:\n  x += 1\n  if x == 3: break\nelse: x = 7\nstr(x)
x = ""\nfor y in some:\n  for z in pair:\n    pass\n  else:\n    break\n  x = "b"\nx + y
def f():\n  for y in some: pass\n  else: return "e"\n  return "z"\nf()
x = 0;\nwhile x < 3: x += 1\nstr(x)
x = "";\nwhile len(x) < 4: x += "a"\nx
x = ["a", "b"]; y = "";\nwhile x: y += x.pop()\ny
x = ["a", "b"]; y = "";\nwhile True:\n  if not x: break\n  y += x.pop()\ny
x = iter(some); y = "";\nif n == 5: y = "a"\nelse: y = "b"\ny
if n == 6: y = "a"\nelif n == 5: y = "b"\nelse: y = "c"\ny
try: x = "a"\nexcept ValueError: x = "b"\nfinally: y = "c"\ny
try: x = "a"\nexcept ValueError: pass\nelse: z = "d"\nz
def f(x): return x + "1"\nf(a)
def f(x, y="2"): return x + y\nf(a)
def f(x, y="2"): return x + y\nf(a, y="3")
def f(*xs): return "".join(xs)\nf("a", "b")
def f(**xs): return xs["g"]\nf(g="h")
def f(x):\n  if x == "ab": return "1"\n  return "2"\nf(a) + f(b)
def f():\n  yield "a"\n  yield "b"\nf()
def f():\n  yield from ["a", "b"]\n  yield "c"\nf()
def f(x):\n  def g(y): return x + y\n  return g\nf("a")("b")
def f(x):\n  return lambda y: x + y\nf("a")("b")
x = "a"\ndef f():\n  global x\n  x = "b"\nf(); x
def f():\n  x = "a"\n  def g():\n    nonlocal x\n    x += "b"\n  g()\n  return x\nf()
def f(n): return "a" if n == 0 else f(n - 1) + "b"\nf(2)
class C:\n  x = "a"\nC.x
class C:\n  x = "a"\nC().x
class C:\n  def __init__(self, x): self.x = x\n  def get(self): return self.x + "1"\nC("a").get()
class C:\n  def __init__(self): self.x = []\n  def add(self, y): self.x.append(y); return self\nC().add("a").add("b").x
class C:\n  @property\n  def x(self): return "a"\nC().x
class C:\n  @staticmethod\n  def x(y): return y + "1"\nC.x("a")
class C:\n  y = "a"\n  @classmethod\n  def x(cls): return cls.y + "1"\nC.x()
class C:\n  def __str__(self): return "a"\nstr(C())
class C:\n  def __add__(self, o): return "a" + o\nC() + "b"
class C:\n  def __getitem__(self, k): return k + "1"\nC()["a"]
class C:\n  def __call__(self, x): return x + "1"\nC()("a")
class C:\n  def __enter__(self): return "a"\n  def __exit__(self, *e): pass\nwith C() as x: y = x + "b"\ny
class C:\n  def __getattr__(self, name): return name + "1"\nC().zz
class B:\n  def x(self): return "a"\nclass C(B):\n  def x(self): return super().x() + "b"\nC().x()
class B:\n  y = "a"\nclass C(B): pass\nC.y
from typing import NamedTuple\nclass C(NamedTuple):\n  x: str\n  y: str\nC("a", "b").y
from typing import NamedTuple\nclass C(NamedTuple):\n  x: str\n  y: str = "d"\nC("a").y
from typing import NamedTuple\nclass C(NamedTuple):\n  x: str\n  y: str\nC("a", "b")._replace(x="z").x
from typing import NamedTuple\nclass C(NamedTuple):\n  x: str\n  y: str\nC("a", "b")[1]
from dataclasses import dataclass\n@dataclass\nclass C:\n  x: str\n  y: str\nC("a", y="b").y
from dataclasses import dataclass, replace\n@dataclass\nclass C:\n  x: str\n  y: str\nreplace(C("a", "b"), y="z").y
import dataclasses as d\n@d.dataclass\nclass C:\n  x: str\n  def __post_init__(self): self.z = self.x + "1"\nC("a").z
from enum import Enum\nclass C(Enum):\n  X = "a"\n  Y = "b"\nC.Y.value
from enum import Enum\nclass C(Enum):\n  X = "a"\n  Y = "b"\nC["X"].value
from typing import TypedDict\nclass C(TypedDict):\n  x: str\nC(x="a")["x"]
with open(os.devnull) as x: y = "a"\ny
def d(f): return lambda x: f(x) + "!"\n@d\ndef f(x): return x\nf("a")
x = "a"\nassert x\nx
x = "a"; del x; x = "b"; x
import contextlib\n@contextlib.contextmanager\ndef f(): yield "a"\nwith f() as x: y = x + "b"\ny
x = [y.upper() for y in some]; x
x = [""] * 3; x[1] = "a"; x
x = ["a", "b"]; y, = x[:1]; y
x = print; y = "a"; x(y); y
"""
# Of these one expression alone is not enough: a list may have been changed, a function is a value of its own.
ONLY_RUN: Final = frozenset(
    {
        *("some.__getitem__(1)", "some.copy()", "n.bit_length()", 'n.to_bytes(1, "big").hex()'),
        "functools.partial(lambda x, y: x + y, a)(b)",
        "functools.partial(operator.add, a)(b)",
        "operator.itemgetter(1)(some)",
        'operator.itemgetter("k")(table)',
        "operator.itemgetter(0, 2)(some)",
        'operator.methodcaller("upper")(a)',
        'operator.methodcaller("replace", "a", "x")(a)',
        'types.MappingProxyType(table)["k"]',
    }
)
_FOLDED: Final = [
    *(row for text in (OPERATORS, METHODS, FUNCTIONS) for row in text.splitlines())
]


@functools.cache
def _scope() -> dict[str, object]:
    scope: dict[str, object] = {}
    exec(_IMPORTS, scope)
    return scope


def _statement(row: str, value: object) -> str:
    """The expression of a text that begins as a key does, and holds what the row gives."""
    if isinstance(value, (str, int, type(None))):
        return f'"lsv2_" + str({row})'
    return f'"lsv2_" + "|".join(map(str, {row}))'


def _analysis(folder: Path, program: str) -> Analysis:
    (folder / "main.py").write_text(
        f"import langsmith\n{_IMPORTS}{program}\n", encoding="utf-8"
    )
    (folder / "pyproject.toml").touch()
    return Analysis(Project(folder, Settings(), [folder / "main.py"]))


def _made(folder: Path, program: str) -> Sequence[str]:
    """The texts that the last line of a program makes."""
    analysis = _analysis(folder, program)
    file = analysis.project.load(folder / "main.py")
    last = file.text.count("\n")
    return [row.text for row in analysis.values.texts_made(file) if row.span.line == last]


def _folded(folder: Path, expression: str) -> str | None:
    analysis = _analysis(folder, f"reveal({expression})")
    file = analysis.project.load(folder / "main.py")
    (site,) = file.calls_by_name["reveal"]
    call = file.model.calls[site]
    return fold(call.args[0].value, analysis.values.resolver(file, call), file)


@pytest.mark.parametrize("row", _FOLDED)
def test_an_expression_is_what_python_makes_of_it(row: str, tmp_path: Path) -> None:
    statement = _statement(row, eval(row, dict(_scope())))
    wanted = eval(statement, dict(_scope()))
    assert wanted in _made(tmp_path, f"key = {statement}")
    assert _folded(tmp_path, statement) == (None if row in ONLY_RUN else wanted)


@pytest.mark.parametrize("row", PROGRAMS.strip().splitlines())
def test_a_program_makes_what_python_makes_of_it(row: str, tmp_path: Path) -> None:
    *before, last = row.replace("\\n", "\n").splitlines()
    head, semicolon, expression = last.rpartition("; ")
    setup = "\n".join([*before, *([head] if semicolon else [])])
    scope = dict(_scope())
    exec(setup, scope)
    copy = dict(scope)
    statement = _statement(expression, eval(expression, copy))
    scope = dict(_scope())
    exec(setup, scope)
    wanted = eval(statement, scope)
    assert wanted in _made(tmp_path, f"{setup}\nkey = {statement}")


@pytest.mark.parametrize("row", UNKNOWN.splitlines())
def test_what_is_not_folded_is_unknown(row: str, tmp_path: Path) -> None:
    for statement in (f'"lsv2_" + str({row})', f'"lsv2_" + "|".join(map(str, {row}))'):
        assert _made(tmp_path, f"key = {statement}") == []
        assert _folded(tmp_path, statement) is None


# By an expression of a number: the largest for which it is folded.
LIMITS: Final = {
    'int("1" * {}) % 10': limits.DIGITS,
    "list(range({}))[0]": limits.PARSED,
    'json.loads("1" + " " * ({} - 1))': limits.PARSED,
    're.sub("-", "b", "a" * {})[0]': limits.PARSED,
    're.sub("-", "b" * {}, "a")': limits.PARSED,
    're.findall("a", "a" * {})[0]': limits.PARSED,
    're.split("-", "a" * {})[0][0]': limits.PARSED,
    'list(itertools.permutations("abcdefghijklm"[:{}]))[0][0]': limits.FEW_ITEMS,
    'list(itertools.product("a" * {}, "b"))[0][0]': limits.PARSED,
    "list(itertools.accumulate([1] * {}))[0]": limits.FEW_KEYS - 1,
    "operator.itemgetter(*([0] * {}))(some)[0]": limits.FEW_KEYS,
}


@pytest.mark.parametrize("row", LIMITS)
def test_what_is_larger_than_its_limit_is_unknown(row: str, tmp_path: Path) -> None:
    statements = [_statement(row.format(LIMITS[row] + more), "") for more in (0, 1)]
    at, above = (_made(tmp_path, f"key = {statement}") for statement in statements)
    assert at == [eval(statements[0], dict(_scope()))]
    assert above == []
