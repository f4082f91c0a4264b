"""A program with all kinds of expressions and statements, for tests of what becomes of each."""

from __future__ import annotations

import sys
from typing import Final

# All kinds of expressions and statements, in the forms in which the two trees differ most.
_PROGRAM: Final = '''\
"""A page."""
f(a, b.c, b.c.d, "t", b"u", 1, 2.5, None, True, ..., x[0], x["k"], x[1:2], x[::-1], x[a, b], x[0][1])
f(a + b, a + b + c, a % b, a | b, a * b, a - b, a // (b + c), -a, not a, ~a)
f(a or b, a or b or c, (a or b) or c, a or (b or c), a and b or c, a or b and c and d, a if b else c)
f(a < b, a < b <= c, a is None, a is not b, a in b, a not in b, a == b != c)
f((a, b), [a, b], {a, b}, (), [], {}, {a: b}, {"k": a, **b}, [*a, b], (a,), {**a, "k": {"l": b}})
f(*a, **b)
f(a, k=b, *c, l=d, **e)
f(x=1, *y)
f(y := a, [y := b for _ in c])
f(lambda: a, lambda p, *q, r=s, **t: p, [i for i in j], {i for i in j if k if l}, {i: m for i in j for m in i})
f((i for i in j), [(i, m) for i, m in j], [[i for i in m] for m in j])
f("a" "b", "a" if a else b, f(f(f(a))), f(a)(b)(c), f(a).b(c).d) if 0 else 0
f(b"a" b"b", "a\\x62", r"a\\x62", 'a', """a
b""", "\\"", "" "", u"a")
f(f"", f"{a}", f"a{b}c", f"{a!r}{a!s}{a:s}{a:>3}", f"{{{a}}}", "a" f"{b}" "c", rf"\\d{a}", f"\\t{a}\\x62", f"{a:{b}}")
(f)((a), ((b)))
é = f("é", ä, é.ü, k=ö)
f("é" + ä * 2, [ä, f(ü)])
f(
    a,
    b.c
    .d,
    *[
        e,
    ],
    k=(
        g
    ),
)
x = y = f(a)
x: int = f(b)
x: "list[y]" = c
x += f(d)
o.a = o.b[0] = f(e)
o.a: int = g
o.a += h
del o.a, o[0], p
a, (b, *c), d.e = f(i)
[a, b] = 1, 2
assert f(a), f(b)
raise f(a) from f(b)
import a.b, c as d
from . import e, f as g
from ..h.i import (
    j,
    k as l,
)
for i, (j, k.l) in f(a): f(b)
else:
    f(c)
while f(a):
    f(b); f(c)
    break
else: f(d)
if f(a): f(b)
elif f(c):
    f(d)
else:
    continue_()
try:
    f(a)
except (b, c.d) as e:
    f(b)
except f(c):
    raise
except:
    pass
else:
    f(d)
finally:
    f(e)
with f(a) as b, f(c) as (d, e.f), g: f(h)
async def m(a, b: int = f(1), /, c: "d" = e, *args: f(2), g, h=f(3), **kwargs: i.j) -> f(k):
    """Doc."""
    async with f(a) as b, c: pass
    async for i in f(b): await f(c)
    x = await f(await d)
    return [i async for i in f(e)], await f(g)
@f
@f(a, k=b)
@c.d(
    e
)
class n(f(a), b.c, *d, metaclass=f(e), **g):
    """Doc"""
    x: int
    @staticmethod
    def o(self): "one line"; return f(self)
    def p(): yield; yield f(a); x = yield from f(b)
match f(a), b:
    case 1 | "a" | b.c if f(c): f(d)
    case [q, *r] | (q, r): f(q)
    case {"k": s, **t}: f(s)
    case u(v, w=y) as z: f(z)
    case _: f(a)
global_ = 1
def q():
    global x, y
    def r():
        nonlocal_ = (yield)
        return
    print(f"{f(a)}{b.c}{f'{d}'}", *[g])
    return f(h), \\
        i
async def s(): return (j async for j in k)
if a:
    pass
elif b: pass
for x[0] in a: pass
for y.z, _ in a: pass
with a as x[0]: pass
lambda *, k=f(a): f(k)
f(a)[0](b).c[d] = f(e)
f(x[a:b, c], x[a:, :b], x[a:b:c])
f(f"{a:s}{b:ss}", f"{a!s:s}{b!r:s}", f"{a!a}", f"{a:s{b}}", f"{a:}")
'''
_NEWER: Final = """\
try: f(a)
except* b as c: f(d)
f(x[*a], x[*a, b])
"""
PROGRAM: Final = _PROGRAM + (_NEWER if sys.version_info >= (3, 11) else "")
