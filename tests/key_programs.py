# ruff: noqa: E501 - a program is a line or several
"""Programs that put a key together in every way that people and their obfuscators use: each leaves it in `key`.

The notation is that of the fixtures (`casebook.py`): `{KEY[:20]}` is a part of a key made up for the run.
"""

from __future__ import annotations

from typing import Final

PROGRAMS: Final[dict[str, str]] = {
    "aug straight": ('key = "{KEY[:9]}"\nkey += "{KEY[9:30]}"\nkey += "{KEY[30:]}"\n'),
    "aug name": ('a = "{KEY[:20]}"\nb = "{KEY[20:]}"\nkey = ""\nkey += a\nkey += b\n'),
    "aug loop": ('key = ""\nfor part in ("{KEY[:20]}", "{KEY[20:]}"):\n    key += part\n'),
    "aug loop list name": (
        'PARTS = ["{KEY[:20]}", "{KEY[20:]}"]\n'
        'key = ""\n'
        "for part in PARTS:\n"
        "    key = key + part\n"
    ),
    "aug loop prepend": (
        'key = ""\nfor part in ["{KEY[20:]}", "{KEY[:20]}"]:\n    key = part + key\n'
    ),
    "aug loop index": (
        'P = ["{KEY[20:]}", "{KEY[:20]}"]\n'
        'key = ""\n'
        "for i in range(len(P) - 1, -1, -1):\n"
        "    key += P[i]\n"
    ),
    "aug loop enumerate": (
        'P = {0: "{KEY[:20]}", 1: "{KEY[20:]}"}\n'
        'key = ""\n'
        'for i, name in enumerate("ab"):\n'
        "    key += P[i]\n"
    ),
    "aug while": (
        'P = ["{KEY[:20]}", "{KEY[20:]}"]\n'
        'key = ""\n'
        "i = 0\n"
        "while i < len(P):\n"
        "    key += P[i]\n"
        "    i += 1\n"
    ),
    "aug while pop": (
        'P = ["{KEY[:20]}", "{KEY[20:]}"]\nkey = ""\nwhile P:\n    key += P.pop(0)\n'
    ),
    "aug loop chr": (
        'import langsmith\nkey = ""\nfor c in [{KEY.codes}]:\n    key += chr(c)\n'
    ),
    "aug loop ord shift": (
        'import langsmith\nkey = ""\nfor c in "{KEY.reversed}":\n    key = chr(ord(c)) + key\n'
    ),
    "aug loop cond": (
        'key = ""\n'
        'for i, c in enumerate("{KEY[:20]}x{KEY[20:]}"):\n'
        "    if i != 20:\n"
        "        key += c\n"
    ),
    "aug loop continue": (
        'key = ""\n'
        'for c in "{KEY[:20]}x{KEY[20:]}":\n'
        '    if c == "x":\n'
        "        continue\n"
        "    key += c\n"
    ),
    "aug loop break": (
        'key = ""\n'
        'for c in "{KEY[:20]}{KEY[20:]}xyz":\n'
        '    if c == "x":\n'
        "        break\n"
        "    key += c\n"
    ),
    "aug in if": ('import sys\nkey = "{KEY[:20]}"\nif sys:\n    key += "{KEY[20:]}"\n'),
    "aug in with": (
        "import contextlib\n"
        'key = "{KEY[:20]}"\n'
        "with contextlib.suppress(ValueError):\n"
        '    key += "{KEY[20:]}"\n'
    ),
    "aug in try": (
        'key = "{KEY[:20]}"\ntry:\n    key += "{KEY[20:]}"\nexcept ValueError:\n    pass\n'
    ),
    "aug bytes": ('k = b"{KEY[:20]}"\nk += b"{KEY[20:]}"\nkey = k.decode()\n'),
    "aug in function": (
        "def make():\n"
        '    k = ""\n'
        '    for p in ("{KEY[:20]}", "{KEY[20:]}"):\n'
        "        k += p\n"
        "    return k\n"
        "key = make()\n"
    ),
    "aug fn global": (
        'key = "{KEY[:20]}"\ndef more():\n    global key\n    key += "{KEY[20:]}"\nmore()\n'
    ),
    "aug fn global, behind it": (
        'half = ""\ndef more():\n    x = 1\n    global half\n    half += "{KEY[20:30]}"\nmore()\n'
        'rest = half + "{KEY[30:]}"\nkey = "{KEY[:20]}" + rest\n'
    ),
    "same in both branches": (
        'import sys\nif sys.argv:\n    k = "{KEY[:20]}"\nelse:\n    k = "{KEY[:20]}"\n'
        'key = ""\nfor p in (k, "{KEY[20:]}"):\n    key += p\n'
    ),
    "aug nested loop": (
        'key = ""\n'
        'for row in (("{KEY[:10]}", "{KEY[10:20]}"), ("{KEY[20:]}",)):\n'
        "    for p in row:\n"
        "        key += p\n"
    ),
    "append": (
        "parts = []\n"
        'parts.append("{KEY[:20]}")\n'
        'parts.append("{KEY[20:]}")\n'
        'key = "".join(parts)\n'
    ),
    "append loop": (
        "parts = []\n"
        'for p in ("{KEY[:20]}", "{KEY[20:]}"):\n'
        "    parts.append(p)\n"
        'key = "".join(parts)\n'
    ),
    "extend loop": (
        "parts = []\n"
        'for p in (("{KEY[:20]}",), ("{KEY[20:]}",)):\n'
        "    parts.extend(p)\n"
        'key = "".join(parts)\n'
    ),
    "insert": ('parts = ["{KEY[20:]}"]\nparts.insert(0, "{KEY[:20]}")\nkey = "".join(parts)\n'),
    "insert loop": (
        "parts = []\n"
        'for p in ("{KEY[20:]}", "{KEY[:20]}"):\n'
        "    parts.insert(0, p)\n"
        'key = "".join(parts)\n'
    ),
    "reverse in place": (
        'parts = ["{KEY[20:]}", "{KEY[:20]}"]\nparts.reverse()\nkey = "".join(parts)\n'
    ),
    "sort in place": (
        'parts = ["2{KEY[20:]}", "1{KEY[:20]}"]\n'
        "parts.sort()\n"
        "key = parts[0][1:] + parts[1][1:]\n"
    ),
    "pop": ('parts = ["{KEY[:20]}", "x", "{KEY[20:]}"]\nparts.pop(1)\nkey = "".join(parts)\n'),
    "remove": (
        'parts = ["{KEY[:20]}", "x", "{KEY[20:]}"]\nparts.remove("x")\nkey = "".join(parts)\n'
    ),
    "del item": (
        'parts = ["{KEY[:20]}", "x", "{KEY[20:]}"]\ndel parts[1]\nkey = "".join(parts)\n'
    ),
    "slice assigned": (
        'parts = ["x", "y", "z"]\n'
        'parts[0:3] = ["{KEY[:20]}", "{KEY[20:]}"]\n'
        'key = "".join(parts)\n'
    ),
    "slice end": (
        'parts = ["{KEY[:20]}"]\nparts[len(parts):] = ["{KEY[20:]}"]\nkey = "".join(parts)\n'
    ),
    "item assigned": (
        "parts = [None, None]\n"
        'parts[0] = "{KEY[:20]}"\n'
        'parts[1] = "{KEY[20:]}"\n'
        'key = "".join(parts)\n'
    ),
    "item aug": ('parts = ["{KEY[:20]}"]\nparts[0] += "{KEY[20:]}"\nkey = parts[0]\n'),
    "list mult items": (
        'parts = [""] * 2\n'
        'parts[0] = "{KEY[:20]}"\n'
        'parts[1] = "{KEY[20:]}"\n'
        'key = "".join(parts)\n'
    ),
    "list aug": ('parts = ["{KEY[:20]}"]\nparts += ["{KEY[20:]}"]\nkey = "".join(parts)\n'),
    "list aug loop": (
        "parts = []\n"
        'for p in ("{KEY[:20]}", "{KEY[20:]}"):\n'
        "    parts += [p]\n"
        'key = "".join(parts)\n'
    ),
    "deque": (
        "from collections import deque\n"
        "parts = deque()\n"
        'parts.append("{KEY[20:]}")\n'
        'parts.appendleft("{KEY[:20]}")\n'
        'key = "".join(parts)\n'
    ),
    "alias list": (
        'a = []\nb = a\nb.append("{KEY[:20]}")\na.append("{KEY[20:]}")\nkey = "".join(b)\n'
    ),
    "list in dict": (
        'd = {"p": []}\n'
        'd["p"].append("{KEY[:20]}")\n'
        'd["p"].append("{KEY[20:]}")\n'
        'key = "".join(d["p"])\n'
    ),
    "defaultdict": (
        "from collections import defaultdict\n"
        "d = defaultdict(list)\n"
        'd["p"].append("{KEY[:20]}")\n'
        'd["p"].append("{KEY[20:]}")\n'
        'key = "".join(d["p"])\n'
    ),
    "copy then append": (
        'a = ["{KEY[:20]}"]\nb = a.copy()\nb.append("{KEY[20:]}")\nkey = "".join(b)\n'
    ),
    "gen cond": 'key = "".join(p for p in ("{KEY[:20]}", None, "{KEY[20:]}") if p)\n',
    "list cond not in": 'key = "".join([c for c in "{KEY[:20]}-{KEY[20:]}" if c not in "-"])\n',
    "gen two fors": 'key = "".join(p for row in (("{KEY[:20]}",), ("{KEY[20:]}",)) for p in row)\n',
    "gen cond index": 'key = "".join(c for i, c in enumerate("{KEY[:10]}*{KEY[10:]}") if i != 10)\n',
    "dict comp": (
        'd = {k: v for k, v in zip("ab", ("{KEY[:20]}", "{KEY[20:]}"))}\n'
        'key = d["a"] + d["b"]\n'
    ),
    "gen function": (
        'def parts():\n    yield "{KEY[:20]}"\n    yield "{KEY[20:]}"\nkey = "".join(parts())\n'
    ),
    "gen function loop": (
        "def parts(n):\n"
        "    for p in n:\n"
        "        yield p[1:]\n"
        'key = "".join(parts(["x{KEY[:20]}", "y{KEY[20:]}"]))\n'
    ),
    "yield from": (
        'def parts():\n    yield from ("{KEY[:20]}", "{KEY[20:]}")\nkey = "".join(parts())\n'
    ),
    "nested comp": 'key = "".join("".join(r) for r in [["{KEY[:10]}", "{KEY[10:20]}"], ["{KEY[20:]}"]])\n',
    "sorted by key": (
        'P = [(2, "{KEY[20:]}"), (1, "{KEY[:20]}")]\nkey = "".join(p for _, p in sorted(P))\n'
    ),
    "gen next": ('it = iter(("{KEY[:20]}", "{KEY[20:]}"))\nkey = next(it) + next(it)\n'),
    "argparse": (
        "import argparse\n"
        'A = "{KEY[:20]}"\n'
        "p = argparse.ArgumentParser()\n"
        'p.add_argument("--key", default=A + "{KEY[20:]}")\n'
        "key = p.parse_args([]).key\n"
    ),
    "argparse set_defaults": (
        "import argparse\n"
        'B = ["{KEY[:20]}"]\n'
        'B.append("{KEY[20:]}")\n'
        "p = argparse.ArgumentParser()\n"
        'p.set_defaults(key="".join(B))\n'
        "key = p.parse_args([]).key\n"
    ),
    "argparse two defaults": (
        "import argparse\n"
        "p = argparse.ArgumentParser()\n"
        'p.add_argument("--a", default="{KEY[:20]}")\n'
        'p.add_argument("--b", default="{KEY[20:]}")\n'
        "args = p.parse_args([])\n"
        "key = args.a + args.b\n"
    ),
    "param defaults": ('def f(a="{KEY[:20]}", b="{KEY[20:]}"):\n    return a + b\nkey = f()\n'),
    "param call": ('def f(a, b):\n    return f"{a}{b}"\nkey = f("{KEY[:20]}", "{KEY[20:]}")\n'),
    "param kw only": (
        'def f(*, a="{KEY[:20]}", b=""):\n    return "".join([a, b])\nkey = f(b="{KEY[20:]}")\n'
    ),
    "dataclass": (
        "from dataclasses import dataclass\n"
        "@dataclass\n"
        "class C:\n"
        '    a: str = "{KEY[:20]}"\n'
        '    b: str = "{KEY[20:]}"\n'
        "c = C()\n"
        "key = c.a + c.b\n"
    ),
    "dataclass property": (
        "from dataclasses import dataclass\n"
        "@dataclass\n"
        "class C:\n"
        '    a: str = "{KEY[:20]}"\n'
        '    b: str = "{KEY[20:]}"\n'
        "    @property\n"
        "    def key(self):\n"
        "        return self.a + self.b\n"
        "key = C().key\n"
    ),
    "dataclass post_init": (
        "from dataclasses import dataclass\n"
        "@dataclass\n"
        "class C:\n"
        '    a: str = "{KEY[:20]}"\n'
        "    def __post_init__(self):\n"
        '        self.a += "{KEY[20:]}"\n'
        "key = C().a\n"
    ),
    "namedtuple": (
        "from typing import NamedTuple\n"
        "class C(NamedTuple):\n"
        '    a: str = "{KEY[:20]}"\n'
        '    b: str = "{KEY[20:]}"\n'
        'key = "".join(C())\n'
    ),
    "init attrs": (
        "class C:\n"
        "    def __init__(self):\n"
        '        self.a = "{KEY[:20]}"\n'
        '        self.b = "{KEY[20:]}"\n'
        "    def key(self):\n"
        "        return self.a + self.b\n"
        "key = C().key()\n"
    ),
    "init args": (
        "class C:\n"
        "    def __init__(self, a, b):\n"
        "        self.a = a\n"
        "        self.b = b\n"
        'c = C("{KEY[:20]}", "{KEY[20:]}")\n'
        "key = c.a + c.b\n"
    ),
    "class attr later": (
        'class C:\n    pass\nC.a = "{KEY[:20]}"\nC.b = "{KEY[20:]}"\nkey = C.a + C.b\n'
    ),
    "instance attr aug": (
        'class C:\n    k = ""\nc = C()\nc.k = "{KEY[:20]}"\nc.k += "{KEY[20:]}"\nkey = c.k\n'
    ),
    "class body aug": (
        "class C:\n"
        '    k = "{KEY[:20]}"\n'
        '    for p in ("{KEY[20:]}",):\n'
        "        k += p\n"
        "key = C.k\n"
    ),
    "class list": (
        "class C:\n"
        "    parts = []\n"
        'C.parts.append("{KEY[:20]}")\n'
        'C.parts.append("{KEY[20:]}")\n'
        'key = "".join(C.parts)\n'
    ),
    "classmethod": (
        "class C:\n"
        '    A = "{KEY[:20]}"\n'
        '    B = "{KEY[20:]}"\n'
        "    @classmethod\n"
        "    def key(cls):\n"
        "        return cls.A + cls.B\n"
        "key = C.key()\n"
    ),
    "simplenamespace": (
        "from types import SimpleNamespace\n"
        'n = SimpleNamespace(a="{KEY[:20]}", b="{KEY[20:]}")\n'
        "key = n.a + n.b\n"
    ),
    "simplenamespace set": (
        "from types import SimpleNamespace\n"
        "n = SimpleNamespace()\n"
        'n.a = "{KEY[:20]}"\n'
        'n.b = "{KEY[20:]}"\n'
        "key = n.a + n.b\n"
    ),
    "setattr": (
        "class C:\n"
        "    pass\n"
        "c = C()\n"
        'setattr(c, "a", "{KEY[:20]}")\n'
        'setattr(c, "b", "{KEY[20:]}")\n'
        'key = getattr(c, "a") + getattr(c, "b")\n'
    ),
    "setattr loop": (
        "class C:\n"
        "    pass\n"
        'for n, v in (("a", "{KEY[:20]}"), ("b", "{KEY[20:]}")):\n'
        "    setattr(C, n, v)\n"
        "key = C.a + C.b\n"
    ),
    "globals": ('globals()["a"] = "{KEY[:20]}"\nglobals()["b"] = "{KEY[20:]}"\nkey = a + b\n'),
    "globals read": (
        'a = "{KEY[:20]}"\nb = "{KEY[20:]}"\nkey = globals()["a"] + globals()["b"]\n'
    ),
    "globals loop": (
        'P1 = "{KEY[:20]}"\n'
        'P2 = "{KEY[20:]}"\n'
        'key = "".join(globals()[f"P{i}"] for i in (1, 2))\n'
    ),
    "locals format": (
        'a = "{KEY[:20]}"\nb = "{KEY[20:]}"\nkey = "{a}{b}".format(**locals())\n'
    ),
    "enum": (
        "from enum import Enum\n"
        "class P(Enum):\n"
        '    A = "{KEY[:20]}"\n'
        '    B = "{KEY[20:]}"\n'
        'key = "".join(p.value for p in P)\n'
    ),
    "enum members": (
        "from enum import Enum\n"
        "class P(str, Enum):\n"
        '    A = "{KEY[:20]}"\n'
        '    B = "{KEY[20:]}"\n'
        "key = P.A.value + P.B.value\n"
    ),
    "enum index": (
        "from enum import Enum\n"
        "class P(Enum):\n"
        '    A = "{KEY[:20]}"\n'
        '    B = "{KEY[20:]}"\n'
        'key = P["A"].value + P["B"].value\n'
    ),
    "environ": (
        "import os\n"
        'os.environ["A"] = "{KEY[:20]}"\n'
        'os.environ["B"] = "{KEY[20:]}"\n'
        'key = os.environ["A"] + os.environ["B"]\n'
    ),
    "environ getenv": (
        'import os\nos.environ["A"] = "{KEY[:20]}"\nkey = os.getenv("A") + "{KEY[20:]}"\n'
    ),
    "environ from import": (
        "from os import environ\n"
        'environ["A"] = "{KEY[:20]}"\n'
        'key = environ.get("A") + "{KEY[20:]}"\n'
    ),
    "environ setdefault": (
        "import os\n"
        'os.environ.setdefault("XA", "{KEY[:20]}")\n'
        'os.environ.setdefault("XB", "{KEY[20:]}")\n'
        'key = os.environ["XA"] + os.environ["XB"]\n'
    ),
    "environ update": (
        "import os\n"
        'os.environ.update({"A": "{KEY[:20]}"}, B="{KEY[20:]}")\n'
        'a = os.environ["A"]\n'
        'b = os.environ["B"]\n'
        'key = f"{a}{b}"\n'
    ),
    "environ aug": (
        "import os\n"
        'os.environ["A"] = "{KEY[:20]}"\n'
        'os.environ["A"] += "{KEY[20:]}"\n'
        'key = os.environ["A"]\n'
    ),
    "environ loop": (
        "import os\n"
        'for n, v in {"A": "{KEY[:20]}", "B": "{KEY[20:]}"}.items():\n'
        "    os.environ[n] = v\n"
        'key = os.environ["A"] + os.environ["B"]\n'
    ),
    "environ union": (
        "import os\n"
        'os.environ |= {"A": "{KEY[:20]}", "B": "{KEY[20:]}"}\n'
        'key = os.environ["A"] + os.environ["B"]\n'
    ),
    "environ expandvars": (
        "import os\n"
        'os.environ["A"] = "{KEY[:20]}"\n'
        'os.environ["B"] = "{KEY[20:]}"\n'
        'key = os.path.expandvars("$A$B")\n'
    ),
    "environ join gen": (
        "import os\n"
        'os.environ["A"] = "{KEY[:20]}"\n'
        'os.environ["B"] = "{KEY[20:]}"\n'
        'key = "".join(os.environ[n] for n in ("A", "B"))\n'
    ),
    "environ in function": (
        "import os\n"
        "def setup():\n"
        '    os.environ["A"] = "{KEY[:20]}"\n'
        '    os.environ["B"] = "{KEY[20:]}"\n'
        "setup()\n"
        'key = os.environ["A"] + os.environ["B"]\n'
    ),
    "dict store": (
        'd = {}\nd["a"] = "{KEY[:20]}"\nd["b"] = "{KEY[20:]}"\nkey = d["a"] + d["b"]\n'
    ),
    "dict store values": (
        'd = {}\nd["a"] = "{KEY[:20]}"\nd["b"] = "{KEY[20:]}"\nkey = "".join(d.values())\n'
    ),
    "dict update": (
        'd = {"a": "{KEY[:20]}"}\nd.update(b="{KEY[20:]}")\nkey = d["a"] + d["b"]\n'
    ),
    "dict update dict": (
        'd = dict(a="{KEY[:20]}")\nd.update({"b": "{KEY[20:]}"})\nkey = "{a}{b}".format(**d)\n'
    ),
    "dict setdefault": (
        "d = {}\n"
        'd.setdefault("a", "{KEY[:20]}")\n'
        'd.setdefault("b", "{KEY[20:]}")\n'
        'key = d["a"] + d["b"]\n'
    ),
    "dict union": ('d = {"a": "{KEY[:20]}"} | {"b": "{KEY[20:]}"}\nkey = d["a"] + d["b"]\n'),
    "dict double star": (
        'x = {"a": "{KEY[:20]}"}\nd = {**x, "b": "{KEY[20:]}"}\nkey = d["a"] + d["b"]\n'
    ),
    "dict nested store": (
        'd = {"ls": {}}\n'
        'd["ls"]["a"] = "{KEY[:20]}"\n'
        'd["ls"]["b"] = "{KEY[20:]}"\n'
        'key = d["ls"]["a"] + d["ls"]["b"]\n'
    ),
    "dict aug": ('d = {"k": "{KEY[:20]}"}\nd["k"] += "{KEY[20:]}"\nkey = d["k"]\n'),
    "dict get default": ('d = {}\nkey = d.get("x", "{KEY[:20]}") + "{KEY[20:]}"\n'),
    "dict pop": ('d = {"a": "{KEY[:20]}", "b": "{KEY[20:]}"}\nkey = d.pop("a") + d.pop("b")\n'),
    "dict fromlist": (
        'd = dict([("a", "{KEY[:20]}"), ("b", "{KEY[20:]}")])\nkey = d["a"] + d["b"]\n'
    ),
    "chainmap": (
        "from collections import ChainMap\n"
        'd = ChainMap({"a": "{KEY[:20]}"}, {"b": "{KEY[20:]}"})\n'
        'key = d["a"] + d["b"]\n'
    ),
    "ordereddict": (
        "from collections import OrderedDict\n"
        "d = OrderedDict()\n"
        'd["a"] = "{KEY[:20]}"\n'
        'd["b"] = "{KEY[20:]}"\n'
        'key = "".join(d.values())\n'
    ),
    "fstring width": ('a = "{KEY[:8]}"\nb = "{KEY[8:]}"\nkey = f"{a:8}{b:<43}"\n'),
    "fstring nested spec": ('a, b, w = "{KEY[:8]}", "{KEY[8:]}", 8\nkey = f"{a:{w}}{b}"\n'),
    "fstring trunc": ('a, b = "{KEY[:20]}zzz", "{KEY[20:]}"\nkey = f"{a:.20}{b}"\n'),
    "fstring conv": ('a, b = "{KEY[:20]}", "{KEY[20:]}"\nkey = f"{a!s:s}{b!s}"\n'),
    "fstring repr": (
        'a, b = "{KEY[:20]}", "{KEY[20:]}"\n'
        'key = f"{a!r}{b!r}".replace("\'\'", "").strip("\'")\n'
    ),
    "format align": 'key = "{:<8}{:>43}".format("{KEY[:8]}", "{KEY[8:]}")\n',
    "format index": 'key = "{1}{0}".format("{KEY[20:]}", "{KEY[:20]}")\n',
    "format item": ('d = ["{KEY[:20]}", "{KEY[20:]}"]\nkey = "{0[0]}{0[1]}".format(d)\n'),
    "format attr trunc": 'key = "{:.20}{}".format("{KEY[:20]}zzz", "{KEY[20:]}")\n',
    "format_map": 'key = "{a}{b}".format_map(dict(a="{KEY[:20]}", b="{KEY[20:]}"))\n',
    "percent tuple": ('P = ("{KEY[:20]}", "{KEY[20:]}")\nkey = "%s%s" % P\n'),
    "percent width": 'key = "%-20s%31s" % ("{KEY[:20]}", "{KEY[20:]}")\n',
    "percent precision": 'key = "%.20s%s" % ("{KEY[:20]}zzzz", "{KEY[20:]}")\n',
    "percent dict": 'key = "%(a)s%(b)s" % {"a": "{KEY[:20]}", "b": "{KEY[20:]}"}\n',
    "percent bytes": 'key = (b"%s%s" % (b"{KEY[:20]}", b"{KEY[20:]}")).decode()\n',
    "percent x": (
        'import langsmith\nkey = "lsv2_pt_%032x_%010x" % (0x{KEY[8:40]}, 0x{KEY[41:]})\n'
    ),
    "fstring x": ('a, b = 0x{KEY[8:40]}, 0x{KEY[41:]}\nkey = f"lsv2_pt_{a:032x}_{b:010x}"\n'),
    "hex lstrip": 'key = "lsv2_pt_" + hex(0x{KEY[8:40]})[2:].zfill(32) + "_" + hex(0x{KEY[41:]})[2:].rjust(10, "0")\n',
    "uuid hex": (
        'import uuid\nkey = "lsv2_pt_" + uuid.UUID("{KEY[8:40]}").hex + "_{KEY[41:]}"\n'
    ),
    "uuid dashes": 'key = "lsv2_pt_" + "{KEY[8:16]}-{KEY[16:20]}-{KEY[20:24]}-{KEY[24:28]}-{KEY[28:40]}".replace("-", "") + "_{KEY[41:]}"\n',
    "uuid int": (
        'import uuid\nkey = "lsv2_pt_" + uuid.UUID(int=0x{KEY[8:40]}).hex + "_{KEY[41:]}"\n'
    ),
    "template": (
        "from string import Template\n"
        't = Template("$a$b")\n'
        'key = t.substitute(a="{KEY[:20]}", b="{KEY[20:]}")\n'
    ),
    "bytearray extend": (
        'b = bytearray()\nb.extend(b"{KEY[:20]}")\nb.extend(b"{KEY[20:]}")\nkey = b.decode()\n'
    ),
    "bytearray aug": (
        'b = bytearray(b"{KEY[:20]}")\nb += b"{KEY[20:]}"\nkey = bytes(b).decode()\n'
    ),
    "bytearray append": (
        "b = bytearray()\n"
        'for c in (b"{KEY[:20]}" + b"{KEY[20:]}"):\n'
        "    b.append(c)\n"
        "key = b.decode()\n"
    ),
    "bytearray slice": (
        "b = bytearray(51)\n"
        'b[:20] = b"{KEY[:20]}"\n'
        'b[20:] = b"{KEY[20:]}"\n'
        'key = b.decode("ascii")\n'
    ),
    "memoryview": (
        'm = memoryview(b"x{KEY[:20]}" b"{KEY[20:]}y"[1:52])\nkey = m.tobytes().decode()\n'
    ),
    "xor bytes": ("import langsmith\nkey = bytes(c ^ 0 for c in [{KEY.codes}]).decode()\n"),
    "xor text": ('import langsmith\nkey = "".join(chr(c ^ 7 ^ 7) for c in [{KEY.codes}])\n'),
    "int to_bytes": ('import langsmith\nkey = (0x{KEY.hex}).to_bytes(51, "big").decode()\n'),
    "int to_bytes length": (
        "import langsmith\n"
        "n = 0x{KEY.hex}\n"
        'key = n.to_bytes((n.bit_length() + 7) // 8, "big").decode()\n'
    ),
    "struct pack": (
        'import struct\nkey = struct.pack("20s31s", b"{KEY[:20]}", b"{KEY[20:]}").decode()\n'
    ),
    "struct pack bytes": (
        'import struct, langsmith\nkey = struct.pack("51B", *[{KEY.codes}]).decode()\n'
    ),
    "array": (
        'import array, langsmith\nkey = array.array("B", [{KEY.codes}]).tobytes().decode()\n'
    ),
    "codecs rot13": (
        "import codecs\n"
        'key = codecs.decode(codecs.encode("{KEY[:20]}", "rot13"), "rot13") + "{KEY[20:]}"\n'
    ),
    "codecs hex": (
        'import codecs, langsmith\nkey = codecs.decode("{KEY.hex}", "hex").decode()\n'
    ),
    "fromhex": ('import langsmith\nkey = bytes.fromhex("{KEY.hex}").decode()\n'),
    "fromhex halves": (
        "import langsmith\n"
        'A = "{KEY.hex}"\n'
        "key = (bytes.fromhex(A[:40]) + bytes.fromhex(A[40:])).decode()\n"
    ),
    "b64 var": (
        "import base64, langsmith\n"
        'A = "{KEY.base64}"\n'
        "key = base64.b64decode(A[:40] + A[40:]).decode()\n"
    ),
    "b64 halves": (
        "import base64\n"
        'A = "{KEY.base64}"[:40]\n'
        'B = "{KEY.base64}"[40:]\n'
        "key = base64.b64decode(A + B).decode()\n"
    ),
    "b64 lines": (
        "import base64, langsmith\n"
        'key = base64.b64decode("""\n'
        "{KEY.base64}\n"
        '""".strip()).decode()\n'
    ),
    "b85": (
        "import base64, langsmith\n"
        'key = base64.b85decode(base64.b85encode(b"{KEY[:20]}" + b"{KEY[20:]}")).decode()\n'
    ),
    "zlib": (
        "import base64, zlib, langsmith\n"
        'key = zlib.decompress(base64.b64decode("{KEY.packed}")).decode()\n'
    ),
    "unicode_escape": (
        'import langsmith\nkey = r"{KEY.json}".encode().decode("unicode_escape")\n'
    ),
    "html": ('import html, langsmith\nkey = html.unescape("{KEY.entities}")\n'),
    "json loads": (
        "import json\n"
        'd = json.loads(\'{"a": "{KEY[:20]}", "b": "{KEY[20:]}"}\')\n'
        'key = d["a"] + d["b"]\n'
    ),
    "urllib": (
        "from urllib.parse import unquote\n"
        'key = unquote("lsv2%5Fpt%5F{KEY[8:40]}" + "%5F{KEY[41:]}")\n'
    ),
    "reversed join": ('import langsmith\nkey = "".join(reversed("{KEY.reversed}"))\n'),
    "reversed list": ('import langsmith\nkey = "".join(list("{KEY.reversed}")[::-1])\n'),
    "str.join": 'key = str.join("", (p for p in ["{KEY[:20]}", "{KEY[20:]}"]))\n',
    "reduce": (
        "from functools import reduce\n"
        'key = reduce(lambda a, b: a + b, ["{KEY[:10]}", "{KEY[10:20]}", "{KEY[20:]}"])\n'
    ),
    "reduce operator": (
        "import functools, operator\n"
        'key = functools.reduce(operator.add, ("{KEY[:20]}", "{KEY[20:]}"), "")\n'
    ),
    "reduce def": (
        "import functools\n"
        "def add(a, b):\n"
        "    return a + b\n"
        'key = functools.reduce(add, ("{KEY[:20]}", "{KEY[20:]}"))\n'
    ),
    "map def": (
        "def cut(s):\n"
        "    return s[1:]\n"
        'key = "".join(map(cut, ["x{KEY[:20]}", "y{KEY[20:]}"]))\n'
    ),
    "lambda named": ('f = lambda a, b: a + b\nkey = f("{KEY[:20]}", "{KEY[20:]}")\n'),
    "partial": (
        "from functools import partial\n"
        "def add(a, b):\n"
        "    return a + b\n"
        'f = partial(add, "{KEY[:20]}")\n'
        'key = f("{KEY[20:]}")\n'
    ),
    "closure": (
        "def outer():\n"
        '    a = "{KEY[:20]}"\n'
        "    def inner():\n"
        '        return a + "{KEY[20:]}"\n'
        "    return inner()\n"
        "key = outer()\n"
    ),
    "nonlocal": (
        "def outer():\n"
        '    k = "{KEY[:20]}"\n'
        "    def inner():\n"
        "        nonlocal k\n"
        '        k += "{KEY[20:]}"\n'
        "    inner()\n"
        "    return k\n"
        "key = outer()\n"
    ),
    "recursion": (
        "def j(p):\n"
        '    return p[0] + j(p[1:]) if p else ""\n'
        'key = j(["{KEY[:20]}", "{KEY[20:]}"])\n'
    ),
    "decoder def": (
        "import langsmith\n"
        "def dec(s):\n"
        '    out = ""\n'
        "    for c in s:\n"
        "        out += chr(ord(c) ^ 1 ^ 1)\n"
        "    return out\n"
        'key = dec("{KEY[:20]}") + dec("{KEY[20:]}")\n'
    ),
    "decoder append": (
        "def dec(s):\n"
        "    out = []\n"
        '    for p in s.split("|"):\n'
        "        out.append(p)\n"
        '    return "".join(out)\n'
        'key = dec("{KEY[:20]}|{KEY[20:]}")\n'
    ),
    "method args": (
        "class K:\n"
        "    def make(self, a, b):\n"
        "        return a + b\n"
        'key = K().make("{KEY[:20]}", "{KEY[20:]}")\n'
    ),
    "operator itemgetter": (
        "from operator import itemgetter\n"
        'a, b = itemgetter(1, 0)(["{KEY[20:]}", "{KEY[:20]}"])\n'
        "key = a + b\n"
    ),
    "operator methodcaller": (
        'from operator import iadd\nkey = iadd("{KEY[:20]}", "{KEY[20:]}")\n'
    ),
    "itertools accumulate": (
        "from itertools import accumulate\n"
        'key = list(accumulate(["{KEY[:20]}", "{KEY[20:]}"]))[-1]\n'
    ),
    "chain star": (
        "from itertools import chain\n"
        'P = [["{KEY[:20]}"], ["{KEY[20:]}"]]\n'
        'key = "".join(chain(*P))\n'
    ),
    "sum lists": 'key = "".join(sum([["{KEY[:20]}"], ["{KEY[20:]}"]], []))\n',
    "max min": 'key = min("{KEY[:20]}", "z") + max("{KEY[20:]}", "")\n',
    "print sep": (
        "import io\n"
        "buf = io.StringIO()\n"
        'print("{KEY[:20]}", "{KEY[20:]}", sep="", end="", file=buf)\n'
        "key = buf.getvalue()\n"
    ),
    "stringio loop": (
        "import io\n"
        "buf = io.StringIO()\n"
        'for p in ("{KEY[:20]}", "{KEY[20:]}"):\n'
        "    buf.write(p)\n"
        "key = buf.getvalue()\n"
    ),
    "path join": (
        'import os.path\nkey = os.path.join("{KEY[:20]}", "{KEY[20:]}").replace("/", "")\n'
    ),
    "textwrap": (
        "import textwrap\n"
        'key = textwrap.dedent("""\\\n'
        "    {KEY[:20]}\\\n"
        '{KEY[20:]}""").strip()\n'
    ),
    "textwrap lines": (
        'key = "".join(line.strip() for line in """\n'
        "    {KEY[:20]}\n"
        "    {KEY[20:]}\n"
        '""".splitlines())\n'
    ),
    "splitlines": ('key = """{KEY[:20]}\n{KEY[20:]}""".replace("\\n", "")\n'),
    "re.sub": ('import re\nkey = re.sub("-", "", "{KEY[:20]}-{KEY[20:]}")\n'),
    "re.sub class": ('import re\nkey = re.sub(r"\\s+", "", "{KEY[:20]} \\n {KEY[20:]}")\n'),
    "translate del": 'key = "{KEY[:20]}#{KEY[20:]}".translate({35: None})\n',
    "translate maketrans": (
        'import langsmith\nkey = "{KEY[:20]}".translate(str.maketrans("", "")) + "{KEY[20:]}"\n'
    ),
    "ljust": 'key = "{KEY[:20]}".ljust(20) + "{KEY[20:]}".rjust(31)\n',
    "center": 'key = ("{KEY[:20]}".center(20) + "{KEY[20:]}")\n',
    "expandtabs": 'key = "{KEY[:20]}\\t{KEY[20:]}".expandtabs(0)\n',
    "title swap": 'key = "{KEY[:20]}".swapcase().swapcase() + "{KEY[20:]}"\n',
    "slices step": (
        "import langsmith\n"
        'E, O = "{KEY.even}", "{KEY.odd}"\n'
        'key = "".join(a + b for a, b in zip(E, O)) + E[-1]\n'
    ),
    "zip_longest": (
        "from itertools import zip_longest\n"
        'E, O = "{KEY.even}", "{KEY.odd}"\n'
        'key = "".join(a + b for a, b in zip_longest(E, O, fillvalue=""))\n'
    ),
    "slice object": ('P = "{KEY[20:]}{KEY[:20]}"\nkey = P[slice(31, None)] + P[:31]\n'),
    "negative slice": ('P = "{KEY[20:]}{KEY[:20]}"\nkey = P[-20:] + P[:-20]\n'),
    "str repeat": 'key = "{KEY[:20]}" * True + "{KEY[20:]}"\n',
    "walrus": ('if (a := "{KEY[:20]}") and (b := "{KEY[20:]}"):\n    key = a + b\n'),
    "walrus inline": 'key = (a := "{KEY[:20]}") + "{KEY[20:]}"\n',
    "walrus while": (
        'P = ["{KEY[:20]}", "{KEY[20:]}"]\n'
        'key = ""\n'
        "while (p := P.pop(0) if P else None):\n"
        "    key += p\n"
    ),
    "match capture": (
        'match ("{KEY[:20]}", "{KEY[20:]}"):\n    case (a, b):\n        key = a + b\n'
    ),
    "match literal": (
        'mode = "prod"\n'
        "match mode:\n"
        '    case "prod":\n'
        '        tail = "{KEY[20:]}"\n'
        "    case _:\n"
        '        tail = ""\n'
        'key = "{KEY[:20]}" + tail\n'
    ),
    "match star": (
        'match ["x", "{KEY[:20]}", "{KEY[20:]}"]:\n'
        "    case [_, *rest]:\n"
        '        key = "".join(rest)\n'
    ),
    "match dict": (
        'match {"a": "{KEY[:20]}", "b": "{KEY[20:]}"}:\n'
        '    case {"a": a, "b": b}:\n'
        "        key = a + b\n"
    ),
    "star unpack": (
        'first, *rest = ["{KEY[:10]}", "{KEY[10:20]}", "{KEY[20:]}"]\n'
        'key = first + "".join(rest)\n'
    ),
    "star middle": (
        '_, *mid, _ = ["x", "{KEY[:20]}", "{KEY[20:]}", "y"]\nkey = "".join(mid)\n'
    ),
    "nested unpack": (
        '(a, (b, c)) = ("{KEY[:10]}", ("{KEY[10:20]}", "{KEY[20:]}"))\nkey = a + b + c\n'
    ),
    "unpack name": ('P = ("{KEY[:20]}", "{KEY[20:]}")\na, b = P\nkey = a + b\n'),
    "swap": ('a, b = "{KEY[20:]}", "{KEY[:20]}"\na, b = b, a\nkey = a + b\n'),
    "unpack split": ('a, b = "{KEY[:20]}|{KEY[20:]}".split("|")\nkey = a + b\n'),
    "chained assign": ('a = b = "{KEY[:20]}"\nb += "{KEY[20:]}"\nkey = b\n'),
    "chained list": (
        'a = b = []\na.append("{KEY[:20]}")\nb.append("{KEY[20:]}")\nkey = "".join(a)\n'
    ),
    "conditional expr": (
        'DEBUG = False\nkey = ("x" if DEBUG else "{KEY[:20]}") + "{KEY[20:]}"\n'
    ),
    "or": 'key = ("" or "{KEY[:20]}") + "{KEY[20:]}"\n',
    "and": 'key = ("x" and "{KEY[:20]}") + "{KEY[20:]}"\n',
    "star call": (
        'def f(*parts):\n    return "".join(parts)\nkey = f("{KEY[:20]}", "{KEY[20:]}")\n'
    ),
    "kwargs call": (
        'def f(**kw):\n    return kw["a"] + kw["b"]\nkey = f(a="{KEY[:20]}", b="{KEY[20:]}")\n'
    ),
    "star list": ('x = ["{KEY[:20]}"]\nkey = "".join([*x, "{KEY[20:]}"])\n'),
    "set discard order": (
        'P = ("{KEY[:20]}", "{KEY[20:]}")\nkey = "".join(dict.fromkeys(P))\n'
    ),
    "raw prefix": 'key = rf"{KEY[:20]}" + r"{KEY[20:]}"\n',
    "octal escape": 'key = "\\154\\163v2_pt_" "{KEY[8:]}"\n',
    "named escape": 'key = "lsv2\\N{LOW LINE}pt\\N{LOW LINE}{KEY[8:40]}\\N{LOW LINE}{KEY[41:]}"\n',
    "line continuation": ('key = "{KEY[:20]}\\\n{KEY[20:]}"\n'),
    "for else": (
        'for p in ():\n    pass\nelse:\n    a = "{KEY[:20]}"\nkey = a + "{KEY[20:]}"\n'
    ),
    "del then": ('k = "x"\ndel k\nk = "{KEY[:20]}"\nkey = k + "{KEY[20:]}"\n'),
    "exec-like eval": "key = eval(\"'{KEY[:20]}' + '{KEY[20:]}'\")\n",
    "literal_eval": (
        "import ast\nkey = \"\".join(ast.literal_eval(\"['{KEY[:20]}', '{KEY[20:]}']\"))\n"
    ),
    "docstring": (
        'def f():\n    """{KEY[:20]}|{KEY[20:]}"""\nkey = f.__doc__.replace("|", "")\n'
    ),
    "class name": ('class C:\n    x = "{KEY[:20]}"\n    y = x + "{KEY[20:]}"\nkey = C.y\n'),
    "print end": ('import io, contextlib\nkey = "{KEY[:20]}".__add__("{KEY[20:]}")\n'),
    "str method chain": 'key = " ".join(["{KEY[:20]}", "{KEY[20:]}"]).replace(" ", "", 1)\n',
    "removeprefix": 'key = "sk-{KEY[:20]}".removeprefix("sk-") + "{KEY[20:]}"\n',
    "partition": ('a, _, b = "{KEY[:20]}={KEY[20:]}".partition("=")\nkey = a + b\n'),
    "os.sep trick": (
        'import string\nkey = "{KEY[:4]}" + string.punctuation[26] + "pt_" + "{KEY[8:]}"\n'
    ),
    "nested fn default": (
        'def f(parts=["{KEY[:20]}", "{KEY[20:]}"]):\n    return "".join(parts)\nkey = f()\n'
    ),
    "type str": ('class S(str):\n    pass\nkey = S("{KEY[:20]}") + "{KEY[20:]}"\n'),
    "secretstr": 'key = "".join(p.strip() for p in ("{KEY[:20]} ", " {KEY[20:]}"))\n',
    "async": (
        "import asyncio\n"
        "async def half():\n"
        '    return "{KEY[:20]}"\n'
        "async def main():\n"
        '    return (await half()) + "{KEY[20:]}"\n'
        "key = asyncio.run(main())\n"
    ),
    "with as": (
        "import contextlib\n"
        "@contextlib.contextmanager\n"
        "def c():\n"
        '    yield "{KEY[:20]}"\n'
        "with c() as a:\n"
        '    key = a + "{KEY[20:]}"\n'
    ),
    "lru_cache": (
        "import functools\n"
        "@functools.lru_cache\n"
        "def half():\n"
        '    return "{KEY[:20]}"\n'
        'key = half() + "{KEY[20:]}"\n'
    ),
    "staticmethod": (
        "class C:\n"
        "    @staticmethod\n"
        "    def a():\n"
        '        return "{KEY[:20]}"\n'
        'key = C.a() + "{KEY[20:]}"\n'
    ),
    "super": (
        "class A:\n"
        '    k = "{KEY[:20]}"\n'
        "class B(A):\n"
        "    def key(self):\n"
        '        return super().k + "{KEY[20:]}"\n'
        "key = B().key()\n"
    ),
    "inherit": (
        'class A:\n    a = "{KEY[:20]}"\nclass B(A):\n    b = "{KEY[20:]}"\nkey = B.a + B.b\n'
    ),
}

# What is not followed: collections of libraries, defaults of `argparse`, source in a text.
NOT_FOUND: Final = frozenset(
    {
        "argparse two defaults",
        "chainmap",
        "defaultdict",
        "docstring",
        "exec-like eval",
        "fstring repr",
        "type str",
        "zip_longest",
    }
)
