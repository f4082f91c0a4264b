"""Programs that an attacker of LS101 wrote: classes, closures, iterators, patterns and codecs that put a key together.

Each has a heading and leaves the key in `key`; `«` and `»` stand for its halves, the rest is the notation of the
fixtures (`casebook.py`).
"""

from __future__ import annotations

import re
from typing import Final

_TEXT: Final = r'''
### init join method
class C:
    def __init__(self):
        self.parts = ["«", "»"]
    def key(self):
        return "".join(self.parts)
key = C().key()
### init property
class C:
    def __init__(self):
        self.a = "«"
        self.b = "»"
    @property
    def key(self):
        return f"{self.a}{self.b}"
key = C().key
### init params method
class C:
    def __init__(self, a, b):
        self.a, self.b = a, b
    def make(self):
        return self.a + self.b
key = C("«", "»").make()
### init params property instance
class C:
    def __init__(self, a, b):
        self._a = a
        self._b = b
    @property
    def key(self):
        return self._a + self._b
c = C("«", b="»")
key = c.key
### builder chain
class Builder:
    def __init__(self):
        self.parts = []
    def add(self, part):
        self.parts.append(part)
        return self
    def build(self):
        return "".join(self.parts)
key = Builder().add("«").add("»").build()
### builder steps
class Builder:
    def __init__(self):
        self.text = ""
    def add(self, part):
        self.text += part
    def build(self):
        return self.text
b = Builder()
b.add("«")
b.add("»")
key = b.build()
### class body method
class C:
    a = "«"
    b = "»"
    def key(self):
        return self.a + self.b
key = C().key()
### classmethod body
class C:
    a = "«"
    b = "»"
    @classmethod
    def key(cls):
        return cls.a + cls.b
key = C.key()
### class tuple method
class C:
    parts = ("«", "»")
    def key(self):
        return "".join(self.parts)
key = C().key()
### str dunder
class C:
    def __init__(self):
        self.a = "«"
    def __str__(self):
        return self.a + "»"
key = str(C())
### format dunder
class C:
    def __init__(self, a):
        self.a = a
    def __str__(self):
        return self.a
key = f"{C('«')}{C('»')}"
### call dunder
class C:
    def __init__(self, a):
        self.a = a
    def __call__(self, b):
        return self.a + b
key = C("«")("»")
### getitem dunder
class C:
    parts = ["«", "»"]
    def __getitem__(self, at):
        return self.parts[at]
c = C()
key = c[0] + c[1]
### iter dunder
class C:
    def __iter__(self):
        yield "«"
        yield "»"
key = "".join(C())
### add dunder
class C:
    def __init__(self, text):
        self.text = text
    def __add__(self, other):
        return C(self.text + other.text)
key = (C("«") + C("»")).text
### len dunder getattr
class C:
    def __getattr__(self, name):
        return {"a": "«", "b": "»"}[name]
c = C()
key = c.a + c.b
### inherit init
class A:
    def __init__(self):
        self.a = "«"
class B(A):
    def __init__(self):
        super().__init__()
        self.b = "»"
    def key(self):
        return self.a + self.b
key = B().key()
### inherit method
class A:
    def key(self):
        return self.a + self.b
class B(A):
    a = "«"
    b = "»"
key = B().key()
### abstract parts
class A:
    def head(self):
        return "«"
    def key(self):
        return self.head() + self.tail()
class B(A):
    def tail(self):
        return "»"
key = B().key()
### method calls method
class C:
    def _a(self):
        return "«"
    def _b(self):
        return "»"
    def key(self):
        return self._a() + self._b()
key = C().key()
### setter
class C:
    def __init__(self):
        self._k = "«"
    @property
    def k(self):
        return self._k
    @k.setter
    def k(self, value):
        self._k = self._k + value
c = C()
c.k = "»"
key = c.k
### setattr self
class C:
    def __init__(self, **kw):
        for name, value in kw.items():
            setattr(self, name, value)
c = C(a="«", b="»")
key = c.a + c.b
### dict update self
class C:
    def __init__(self, **kw):
        self.__dict__.update(kw)
c = C(a="«", b="»")
key = c.a + c.b
### slots
class C:
    __slots__ = ("a", "b")
    def __init__(self):
        self.a = "«"
        self.b = "»"
c = C()
key = "".join((c.a, c.b))
### SimpleNamespace
from types import SimpleNamespace
c = SimpleNamespace(a="«", b="»")
key = c.a + c.b
### vars of instance
class C:
    def __init__(self):
        self.a = "«"
        self.b = "»"
key = "".join(vars(C()).values())
### dict of instance
class C:
    def __init__(self):
        self.a = "«"
        self.b = "»"
c = C()
key = c.__dict__["a"] + c.__dict__["b"]
### instance in function
class C:
    def __init__(self):
        self.a = "«"
def make():
    c = C()
    return c.a + "»"
key = make()
### instance given
class C:
    def __init__(self):
        self.a = "«"
        self.b = "»"
def make(c):
    return c.a + c.b
key = make(C())
### instance alias
class C:
    pass
c = C()
d = c
c.a = "«"
d.b = "»"
key = d.a + c.b
### instances in list
class C:
    def __init__(self, a):
        self.a = a
key = "".join(c.a for c in [C("«"), C("»")])
### nested objects
class In:
    def __init__(self):
        self.a = "«"
class Out:
    def __init__(self):
        self.inner = In()
        self.b = "»"
o = Out()
key = o.inner.a + o.b
### staticmethod parts
class C:
    @staticmethod
    def j(*parts):
        return "".join(parts)
key = C().j("«", "»")
### cached property
import functools
class C:
    a = "«"
    @functools.cached_property
    def key(self):
        return self.a + "»"
key = C().key
### dataclass method
from dataclasses import dataclass
@dataclass
class C:
    a: str = "«"
    b: str = "»"
    def key(self):
        return self.a + self.b
key = C().key()
### dataclass args
from dataclasses import dataclass
@dataclass
class C:
    a: str
    b: str
c = C("«", b="»")
key = c.a + c.b
### dataclass field default
import dataclasses
@dataclasses.dataclass
class C:
    a: str = dataclasses.field(default="«")
    b: str = dataclasses.field(default="»")
c = C()
key = c.a + c.b
### dataclass factory
from dataclasses import dataclass, field
@dataclass
class C:
    parts: list = field(default_factory=lambda: ["«", "»"])
key = "".join(C().parts)
### dataclass frozen replace
from dataclasses import dataclass, replace
@dataclass(frozen=True)
class C:
    a: str = "x"
    b: str = "»"
c = replace(C(), a="«")
key = c.a + c.b
### dataclass asdict
from dataclasses import dataclass, asdict
@dataclass
class C:
    a: str = "«"
    b: str = "»"
key = "".join(asdict(C()).values())
### dataclass astuple
from dataclasses import dataclass, astuple
@dataclass
class C:
    a: str = "«"
    b: str = "»"
key = "".join(astuple(C()))
### post init method
from dataclasses import dataclass
@dataclass
class C:
    a: str = "«"
    b: str = "»"
    def __post_init__(self):
        self.key = self.a + self.b
key = C().key
### namedtuple attributes
from typing import NamedTuple
class C(NamedTuple):
    a: str
    b: str
c = C("«", "»")
key = c.a + c.b
### namedtuple call
from collections import namedtuple
C = namedtuple("C", "a b")
c = C("«", b="»")
key = c.a + c.b
### namedtuple call list
from collections import namedtuple
C = namedtuple("C", ["a", "b"])
key = "".join(C(a="«", b="»"))
### namedtuple defaults
from typing import NamedTuple
class C(NamedTuple):
    a: str = "«"
    b: str = "»"
c = C()
key = c.a + c.b
### namedtuple method
from typing import NamedTuple
class C(NamedTuple):
    a: str
    b: str
    def key(self):
        return self.a + self.b
key = C("«", "»").key()
### namedtuple replace
from typing import NamedTuple
class C(NamedTuple):
    a: str
    b: str
c = C("x", "»")._replace(a="«")
key = c.a + c.b
### typeddict
from typing import TypedDict
class T(TypedDict):
    a: str
    b: str
t = T(a="«", b="»")
key = t["a"] + t["b"]
### enum by attribute
import enum
class E(enum.Enum):
    A = "«"
    B = "»"
key = E.A.value + E.B.value
### enum by name
import enum
class E(enum.Enum):
    A = "«"
    B = "»"
key = E["A"].value + E["B"].value
### strenum
import enum
class E(enum.StrEnum):
    A = "«"
    B = "»"
key = E.A + E.B
### str enum method
import enum
class E(str, enum.Enum):
    A = "«"
    B = "»"
    def whole(self):
        return self.value + E.B.value
key = E.A.whole()
### yield from generator
def a():
    yield "«"
def b():
    yield from a()
    yield "»"
key = "".join(b())
### yield from list name
P = ["«", "»"]
def b():
    yield from P
key = "".join(b())
### yield in loop star
def g(*parts):
    yield from parts
key = "".join(g("«", "»"))
### generator send
def g():
    got = yield "«"
    yield got + "»"
it = g()
key = next(it)
key = it.send(key)
### generator state
def g():
    text = ""
    for part in ("«", "»"):
        text += part
        yield text
*_, key = g()
### partial keyword
from functools import partial
def add(a, b):
    return a + b
f = partial(add, b="»")
key = f("«")
### partial of lambda
from functools import partial
key = partial(lambda a, b: a + b, "«")("»")
### partial of library
from functools import partial
import operator
key = partial(operator.add, "«")("»")
### partial of join
from functools import partial
key = partial("".join)(["«", "»"])
### partial in map
from functools import partial
def add(a, b):
    return a + b
key = "".join(map(partial(add, ""), ["«", "»"]))
### partialmethod
import functools
class C:
    def add(self, a, b):
        return a + b
    half = functools.partialmethod(add, "«")
key = C().half("»")
### chain two
from itertools import chain
key = "".join(chain(["«"], ["»"]))
### chain from iterable
import itertools
key = "".join(itertools.chain.from_iterable([["«"], ["»"]]))
### accumulate operator
import itertools, operator
*_, key = itertools.accumulate(["«", "»"], operator.add)
### accumulate initial
from itertools import accumulate
key = list(accumulate(["»"], initial="«"))[-1]
### accumulate lambda
from itertools import accumulate
key = max(accumulate(["«", "»"], lambda a, b: a + b), key=len)
### starmap
from itertools import starmap
key = "".join(starmap(lambda a, b: a + b, [("«", "»")]))
### compress
from itertools import compress
key = "".join(compress(["x", "«", "y", "»"], [0, 1, 0, 1]))
### takewhile
from itertools import takewhile
key = "".join(takewhile(lambda p: p != "end", ["«", "»", "end", "x"]))
### dropwhile
from itertools import dropwhile
key = "".join(dropwhile(lambda p: len(p) < 3, ["x", "«", "»"]))
### filterfalse
from itertools import filterfalse
key = "".join(filterfalse(lambda p: len(p) < 3, ["x", "«", "y", "»"]))
### repeat
from itertools import repeat
key = "".join(map(lambda p, n: p[n:], ["xx«", "yy»"], repeat(2)))
### islice
from itertools import islice
key = "".join(islice(["«", "x", "»"], 0, None, 2))
### cycle islice
from itertools import cycle, islice
key = "".join(islice(cycle(["«", "»"]), 2))
### product
from itertools import product
key = "".join("".join(p) for p in product(["«"], ["»"]))
### permutations
from itertools import permutations
key = "".join(list(permutations(["»", "«"]))[1])
### combinations
from itertools import combinations
key = "".join(next(combinations(["«", "»"], 2)))
### groupby
from itertools import groupby
key = "".join(k for k, _ in groupby(["«", "«", "»"]))
### batched pairwise
from itertools import pairwise
key = "".join(next(iter(pairwise(["«", "»"]))))
### tee
from itertools import tee
a, b = tee(["«", "»"])
key = "".join(a)
### count zip
from itertools import count
key = "".join(p[n:] for n, p in zip(count(1), ["x«", "yy»"]))
### match sequence
match ["«", "»"]:
    case [a, b]:
        key = a + b
### match class
from dataclasses import dataclass
@dataclass
class P:
    a: str
    b: str
match P("«", "»"):
    case P(a=x, b=y):
        key = x + y
### match nested
match {"k": ["«", "»"]}:
    case {"k": [a, b]}:
        key = a + b
### match as
match ("«", "»"):
    case (str() as a, str() as b):
        key = a + b
### match or
mode = "eu"
match mode:
    case "us" | "eu":
        a = "«"
    case _:
        a = "x"
key = a + "»"
### match guard
match ("«", "»"):
    case (a, b) if a:
        key = a + b
### match rest dict
match {"a": "«", "b": "»", "c": "x"}:
    case {"c": _, **rest}:
        key = "".join(rest.values())
### match name
value = ("«", "»")
match value:
    case a, b:
        key = f"{a}{b}"
### operator concat
import operator
key = operator.concat("«", "»")
### operator getitem
import operator
P = ["«", "»"]
key = operator.getitem(P, 0) + operator.getitem(P, 1)
### operator attrgetter
import operator
class C:
    a = "«"
    b = "»"
key = "".join(operator.attrgetter("a", "b")(C))
### operator methodcaller 2
import operator
key = operator.methodcaller("replace", "-", "")("«-»")
### operator mod mul
import operator
key = operator.mod("%s%s", ("«", "»"))
### operator itemgetter dict
from operator import itemgetter
key = "".join(itemgetter("a", "b")({"a": "«", "b": "»"}))
### itemgetter sort
from operator import itemgetter
P = [("»", 2), ("«", 1)]
key = "".join(map(itemgetter(0), sorted(P, key=itemgetter(1))))
### itemgetter slice
from operator import itemgetter
key = itemgetter(slice(1, None))("x«") + "»"
### translate cipher
import langsmith
SRC = "0123456789abcdefghijklmnopqrstuvwxyz"
DST = "zyxwvutsrqponmlkjihgfedcba9876543210"
key = "«»".translate(str.maketrans(SRC, DST)).translate(str.maketrans(DST, SRC))
### translate dict chars
key = "«+»".translate(str.maketrans({"+": ""}))
### translate delete arg
key = "«+-»".translate(str.maketrans("", "", "+-"))
### bytes translate delete
key = b"«+»".translate(None, b"+").decode()
### bytes maketrans
key = b"«+»".translate(bytes.maketrans(b"+", b"+"), b"+").decode()
### reduce initial
from functools import reduce
key = reduce(lambda a, p: a + p[1], [(1, "«"), (2, "»")], "")
### slice step two
S = "«»"[:0] + "".join(a + b for a, b in zip("«", "zzzzzzzzzzzzzzzzzzzz"))
key = S[::2] + "»"
### slice step minus
key = "«»"[::-1][:31:][::-1].join(["«", ""])
### slice object named
S = slice(1, None)
key = "x«"[S] + "y»"[S]
### slice rotate
P = "»«"
n = len("«")
key = P[-n:] + P[:-n]
### slice del list
P = list("x«»")
del P[:1]
key = "".join(P)
### bytes join
key = b"".join([b"«", b"»"]).decode()
### bytes of list comp
import langsmith
key = bytes([c for c in [{KEY.codes}]]).decode("ascii")
### bytes xor zip
import langsmith
A = bytes([{KEY.codes}])
K = b"secret"
enc = bytes(a ^ K[i % len(K)] for i, a in enumerate(A))
key = bytes(c ^ K[i % len(K)] for i, c in enumerate(enc)).decode()
### bytes xor key cycle
import langsmith
from itertools import cycle
A = bytes([{KEY.codes}])
key = bytes(a ^ b for a, b in zip(bytes(a ^ b for a, b in zip(A, cycle(b"ab"))), cycle(b"ab"))).decode()
### bytearray insert
b = bytearray(b"»")
for c in reversed(b"«"):
    b.insert(0, c)
key = b.decode()
### bytearray reverse
import langsmith
b = bytearray(b"{KEY.reversed}")
b.reverse()
key = b.decode()
### bytes hex roundtrip
import langsmith
key = bytes.fromhex("{KEY.hex}"[:40]).decode() + bytearray.fromhex("{KEY.hex}"[40:]).decode()
### int bytes little
import langsmith
n = int("{KEY.hex}", 16)
key = n.to_bytes(51, byteorder="big").decode()
### int from bytes
import langsmith
n = int.from_bytes(b"«", "big")
key = n.to_bytes(20, "big").decode() + "»"
### struct unpack
import struct
a, b = struct.unpack("20s31s", b"«»"[:20] + b"»")
key = (a + b).decode()
### struct iter
import struct
key = struct.pack(">20s", b"«").decode() + struct.pack("31s", b"»").decode()
### ord chr shift
import langsmith
enc = "".join(chr(ord(c) + 3) for c in "{KEY[:20]}")
key = "".join(chr(ord(c) - 3) for c in enc) + "»"
### b64 urlsafe
import base64, langsmith
key = base64.urlsafe_b64decode("{KEY.base64}"[:32] + "{KEY.base64}"[32:]).decode()
### b64 reversed
import base64, langsmith
key = base64.b64decode("{KEY.base64}"[::-1][::-1]).decode()
### b64 parts
import base64
key = base64.b64decode(base64.b64encode(b"«")).decode() + base64.b64decode(base64.b64encode(b"»")).decode()
### b64 twice
import base64, langsmith
key = base64.b64decode(base64.b64decode(base64.b64encode(b"{KEY.base64}"))).decode()
### b64 named decoder
from base64 import b64decode as d
import langsmith
X = ["{KEY.base64}"[:30], "{KEY.base64}"[30:]]
key = d("".join(X)).decode()
### binascii a2b
import binascii, langsmith
key = binascii.a2b_hex("{KEY.hex}".encode()).decode()
### binascii unhexlify halves
import binascii, langsmith
H = "{KEY.hex}"
key = (binascii.unhexlify(H[:40]) + binascii.unhexlify(H[40:])).decode()
### codecs base64
import codecs, langsmith
key = codecs.decode(b"{KEY.base64}", "base64").decode()
### codecs decoder get
import codecs, langsmith
key = codecs.getdecoder("hex")("{KEY.hex}")[0].decode()
### rot13 str method
import codecs
key = codecs.encode(codecs.encode("«", "rot_13"), "rot_13") + "»"
### zlib decompressobj
import base64, zlib, langsmith
key = zlib.decompressobj().decompress(base64.b64decode("{KEY.packed}")).decode()
### zlib round
import zlib
key = zlib.decompress(zlib.compress(b"«" + b"»")).decode()
### gzip round
import gzip
key = gzip.decompress(gzip.compress(b"«" + b"»")).decode()
### dict get name
D = {"a": "«", "b": "»"}
key = D.get("a") + D.get("b", "")
### dict get missing
D = {"a": "«"}
key = D["a"] + D.get("b", "»")
### dict items sorted
D = {2: "»", 1: "«"}
key = "".join(v for _, v in sorted(D.items()))
### dict values list
D = {"x": "«", "y": "»"}
key = "".join(list(D.values()))
### dict nested get
D = {"k": {"a": "«", "b": "»"}}
key = D.get("k", {}).get("a") + D["k"].get("b")
### dict setdefault append
D = {}
D.setdefault("k", []).append("«")
D.setdefault("k", []).append("»")
key = "".join(D["k"])
### dict keys
key = "".join({"«": 1, "»": 2})
### dict popitem
D = {"a": "«", "b": "»"}
b = D.popitem()[1]
a = D.popitem()[1]
key = a + b
### Counter elements
from collections import Counter
key = "".join(Counter({"«": 1, "»": 1}).elements())
### defaultdict str
from collections import defaultdict
D = defaultdict(str)
D["k"] += "«"
D["k"] += "»"
key = D["k"]
### deque rotate
from collections import deque
d = deque(["»", "«"])
d.rotate(1)
key = "".join(d)
### deque popleft
from collections import deque
d = deque(["«", "»"])
key = d.popleft() + d.popleft()
### queue
import queue
q = queue.Queue()
q.put("«")
q.put("»")
key = q.get() + q.get()
### heapq
import heapq
h = []
heapq.heappush(h, (2, "»"))
heapq.heappush(h, (1, "«"))
key = heapq.heappop(h)[1] + heapq.heappop(h)[1]
### walrus in call
def f(x):
    return x
key = f(a := "«") + "»" if True else a
### walrus in comp
parts = ["«", "»"]
key = [t := "", [t := t + p for p in parts]][1][-1]
### walrus chain
key = (b := (a := "«") + "»")
### walrus in while chr
it = iter(["«", "»", ""])
key = ""
while p := next(it):
    key += p
### iter sentinel
P = ["«", "»", ""]
key = "".join(iter(lambda: P.pop(0), ""))
### next default
it = iter(["«"])
key = next(it) + next(it, "»")
### zip star
P = [("«", "1"), ("»", "2")]
a, _ = zip(*P)
key = "".join(a)
### enumerate sort
P = ["»", "«"]
key = "".join(p for i, p in sorted(enumerate(P), key=lambda r: -r[0]))
### sorted reverse
P = [("1", "»"), ("2", "«")]
key = "".join(p for _, p in sorted(P, reverse=True))
### list sort key
P = ["b»", "a«"]
P.sort(key=lambda p: p[0])
key = P[0][1:] + P[1][1:]
### all any
key = ("«" if any([0, 1]) else "x") + ("»" if all([1]) else "y")
### divmod
q, r = divmod(41, 2)
key = "«"[:q] + "»"[r - 1:]
### round abs
key = "«"[abs(0):] + "»"[int("0"):]
### isinstance choice
v = "«"
key = (v if isinstance(v, str) else "") + "»"
### bool index
key = ("x", "«")[True] + ("»", "y")[False]
### str methods
key = "«".removesuffix("zz") + "»".lstrip("_zz")
### ord in
key = "".join(c for c in "«#»" if c.isalnum() or c == "_")
### str find
S = "«|»"
i = S.find("|")
key = S[:i] + S[i + 1:]
### str index
S = "«|»"
i = S.index("|")
key = S[:i] + S[i + 1:]
### startswith if
P = "«"
if P.startswith("lsv2"):
    key = P + "»"
### re findall
import re
key = "".join(re.findall(r"\w+", "«-»"))
### re match groups
import re
m = re.match(r"(\w+)-(\w+)", "«-»")
key = m.group(1) + m.group(2)
### re split
import re
key = "".join(re.split("-", "«-»"))
### configparser
import configparser
c = configparser.ConfigParser()
c.read_string("[k]\na = «\nb = »\n")
key = c["k"]["a"] + c["k"]["b"]
### json dumps
import json
D = json.loads(json.dumps({"a": "«", "b": "»"}))
key = D["a"] + D["b"]
### csv reader
import csv
row = next(csv.reader(["«,»"]))
key = "".join(row)
### yaml safe load
import yaml
D = yaml.safe_load("a: «\nb: »")
key = D["a"] + D["b"]
### string constants
import string
key = string.ascii_lowercase[11] + "{KEY[1:20]}" + "»"
### string formatter
import string
key = string.Formatter().format("{}{}", "«", "»")
### pathlib
from pathlib import PurePosixPath
key = "".join(PurePosixPath("«/»").parts)
### path name
from pathlib import Path
key = Path("x/«").name + Path("»").stem
### format spec name
w = 20
key = "{:{}}{}".format("«", w, "»")
### join of map str
key = "".join(map(str, ["«", "»"]))
### print redirected
import io, contextlib
buf = io.StringIO()
with contextlib.redirect_stdout(buf):
    print("«", end="")
    print("»", end="")
key = buf.getvalue()
### exception args
try:
    raise ValueError("«", "»")
except ValueError as e:
    key = "".join(e.args)
### function attributes
def f():
    pass
f.a = "«"
f.b = "»"
key = f.a + f.b
### function doc
def f():
    """«"""
key = f.__doc__ + "»"
### closure factory
def outer(a):
    def inner(b):
        return a + b
    return inner
key = outer("«")("»")
### closure lambda
add = lambda a: lambda b: a + b
key = add("«")("»")
### closure list
fs = [lambda: "«", lambda: "»"]
key = "".join(f() for f in fs)
### dict of lambdas
fs = {"a": lambda: "«", "b": lambda: "»"}
key = fs["a"]() + fs["b"]()
### function in dict
def a():
    return "«"
def b():
    return "»"
key = "".join(f() for f in (a, b))
### decorator adds
def deco(f):
    def wrapper():
        return f() + "»"
    return wrapper
@deco
def head():
    return "«"
key = head()
### decorator wraps
import functools
def deco(tail):
    def outer(f):
        @functools.wraps(f)
        def wrapper(*a, **k):
            return f(*a, **k) + tail
        return wrapper
    return outer
@deco("»")
def head():
    return "«"
key = head()
### compose
def compose(f, g):
    return lambda x: g(f(x))
key = compose(lambda x: x + "«", lambda x: x + "»")("")
### default mutable
def add(p, acc=[]):
    acc.append(p)
    return "".join(acc)
add("«")
key = add("»")
### global list function
P = []
def add(p):
    P.append(p)
add("«")
add("»")
key = "".join(P)
### singledispatch args
def f(a, /, b, *, c=""):
    return a + b + c
key = f("«", b="»")
### recursion list
def j(p, acc=""):
    return j(p[1:], acc + p[0]) if p else acc
key = j(["«", "»"])
### try finally
try:
    a = "«"
finally:
    b = "»"
key = a + b
### with nullcontext
from contextlib import nullcontext
with nullcontext("«") as a:
    key = a + "»"
### contextvar
from contextvars import ContextVar
a = ContextVar("a", default="«")
b = ContextVar("b")
b.set("»")
key = a.get() + b.get()
### set item via operator
import operator
D = {}
operator.setitem(D, "a", "«")
D.__setitem__("b", "»")
key = D["a"] + D["b"]
### dunder getitem
D = ["«", "»"]
key = D.__getitem__(0) + D.__getitem__(1)
### list mul slice
P = ["«", "»"] * 2
key = "".join(P[:2])
### star in index
P = [*"«", *"»"]
key = "".join(P)
### set single
(a,) = {"«"}
key = a + "»"
### frozenset next
a = next(iter({"«"}))
key = a + "»"
### complex unpack loop
key = ""
for (i, (a, b)) in enumerate([("«", "»")]):
    key += a + b
### nested comprehension walrus
key = "".join(y for x in ["«", "»"] if (y := x))
### dict comprehension reverse
D = {v: k for k, v in {"«": 1, "»": 2}.items()}
key = D[1] + D[2]
### int digits
import langsmith
key = "lsv2_pt_" + "%x" % 0x1{KEY[8:40]}
key = key.replace("lsv2_pt_1", "lsv2_pt_") + "_{KEY[41:]}"
### uuid str
import uuid
u = uuid.UUID("{KEY[8:40]}")
key = f"lsv2_pt_{u.hex}_{KEY[41:]}"
### uuid str replace
import uuid
key = "lsv2_pt_" + str(uuid.UUID("{KEY[8:40]}")).replace("-", "") + "_{KEY[41:]}"
### async gather
import asyncio
async def a():
    return "«"
async def b():
    return "»"
async def main():
    return "".join(await asyncio.gather(a(), b()))
key = asyncio.run(main())
### async comprehension
import asyncio
async def parts():
    yield "«"
    yield "»"
async def main():
    return "".join([p async for p in parts()])
key = asyncio.run(main())
### context manager class
class M:
    def __enter__(self):
        return "«"
    def __exit__(self, *a):
        return None
with M() as a:
    key = a + "»"
### property on class value
class C:
    def __init__(self):
        self.parts = {}
    def put(self, name, value):
        self.parts[name] = value
    def get(self, name):
        return self.parts[name]
c = C()
c.put("a", "«")
c.put("b", "»")
key = c.get("a") + c.get("b")
### singleton
class C:
    value = None
    @classmethod
    def get(cls):
        if cls.value is None:
            cls.value = "«" + "»"[:0]
        return cls.value
key = C.get() + "»"
### class attr aug in method
class C:
    text = ""
    @classmethod
    def add(cls, part):
        cls.text += part
C.add("«")
C.add("»")
key = C.text
### type call
C = type("C", (), {"a": "«", "b": "»"})
key = C.a + C.b
### metaclass free new
class C:
    def __new__(cls, a):
        self = super().__new__(cls)
        self.a = a
        return self
key = C("«").a + "»"
### str subclass
class S(str):
    def plus(self, other):
        return self + other
key = S("«").plus("»")
### list subclass
class L(list):
    def text(self):
        return "".join(self)
key = L(["«", "»"]).text()
### dict subclass
class D(dict):
    def text(self):
        return self["a"] + self["b"]
key = D(a="«", b="»").text()
### UserDict
from collections import UserDict
D = UserDict(a="«", b="»")
key = D["a"] + D["b"]
### MappingProxy
from types import MappingProxyType
D = MappingProxyType({"a": "«", "b": "»"})
key = D["a"] + D["b"]
### pydantic model
import pydantic
class C(pydantic.BaseModel):
    a: str = "«"
    b: str = "»"
c = C()
key = c.a + c.b
### msgspec struct
import msgspec
class C(msgspec.Struct):
    a: str = "«"
    b: str = "»"
c = C()
key = c.a + c.b
'''


def _programs(text: str) -> dict[str, str]:
    sections = (section.partition("\n") for section in re.split(r"(?m)^### ", text)[1:])
    return {
        name: program.replace("«", "{KEY[:20]}").replace("»", "{KEY[20:]}")
        for name, _, program in sections
    }


ATTACKS: Final = _programs(_TEXT)

# What is not followed: buffers and queues of libraries, text that is parsed, subclasses of texts and collections, what
# changes a default or a dict from inside of an expression.
STILL_HIDDEN: Final = frozenset(
    {
        "setter",
        "dict update self",
        "str enum method",
        "generator send",
        "partialmethod",
        "accumulate operator",
        "match rest dict",
        "operator attrgetter",
        "operator mod mul",
        "bytes maketrans",
        "bytearray insert",
        "dict setdefault append",
        "Counter elements",
        "defaultdict str",
        "queue",
        "heapq",
        "walrus in comp",
        "iter sentinel",
        "re match groups",
        "configparser",
        "string formatter",
        "pathlib",
        "path name",
        "format spec name",
        "print redirected",
        "exception args",
        "function doc",
        "default mutable",
        "set item via operator",
        "complex unpack loop",
        "nested comprehension walrus",
        "metaclass free new",
        "str subclass",
        "list subclass",
        "dict subclass",
    }
)
