# ruff: noqa: E501 - a file is a line or several
"""Files that are no Python and hide a key: in base64 over several lines, behind filters of a shell, under names.

Each is a name, and a function that makes the text of a key.
"""

from __future__ import annotations

import base64
import codecs
from collections.abc import Callable
from typing import Final, NamedTuple


class Hidden(NamedTuple):
    """A file in which a key is hidden."""

    name: str
    path: str
    text: Callable[[str], str]


def b64(text: str) -> str:
    """A text in base64."""
    return base64.b64encode(text.encode()).decode()


def url(text: str) -> str:
    """A text in base64 for URLs."""
    return base64.urlsafe_b64encode(text.encode()).decode()


def lines(text: str, size: int = 24, end: str = "\n  ") -> str:
    """A text in lines of some characters."""
    return end.join(text[at : at + size] for at in range(0, len(text), size))


FILES: Final = tuple(
    Hidden(*row)
    for row in (
        ("yaml binary", "a.yaml", lambda k: f"key: !!binary {b64(k)}\n"),
        ("yaml binary block", "a.yaml", lambda k: f"key: !!binary |\n  {lines(b64(k))}\n"),
        (
            "yaml base64 two lines",
            "s.yaml",
            lambda k: (
                f"kind: Secret\ndata:\n  key: >-\n    {lines(b64(k), 40, chr(10) + '    ')}\n"
            ),
        ),
        (
            "yaml base64 quoted lines",
            "s.yaml",
            lambda k: f'data:\n  key: "{lines(b64(k), 40, chr(92) + chr(10) + "    ")}"\n',
        ),
        (
            "base64 split in sh",
            "a.sh",
            lambda k: f"echo {b64(k)[:30]}{chr(92)}\n{b64(k)[30:]} | base64 -d\n",
        ),
        (
            "base64 joined in sh",
            "a.sh",
            lambda k: f'A={b64(k)[:30]}\nB={b64(k)[30:]}\necho "$A$B" | base64 -d\n',
        ),
        ("base64 urlsafe", "a.txt", lambda k: f"token {url(k)}\n"),
        (
            "pem-like lines",
            "a.txt",
            lambda k: f"-----BEGIN-----\n{lines(b64(k), 32, chr(10))}\n-----END-----\n",
        ),
        ("base64 of env line", "a.yaml", lambda k: f"env: {b64('LANGSMITH_API_KEY=' + k)}\n"),
        (
            "base64 lines of file",
            "a.yaml",
            lambda k: (
                f"content: |\n  {lines(b64('LANGSMITH_API_KEY=' + k + chr(10)), 32, chr(10) + '  ')}\n"
            ),
        ),
        ("hex upper", "a.txt", lambda k: k.encode().hex().upper() + "\n"),
        ("hex spaced", "a.txt", lambda k: " ".join(f"{c:02x}" for c in k.encode()) + "\n"),
        ("hex colon", "a.txt", lambda k: ":".join(f"{c:02x}" for c in k.encode()) + "\n"),
        (
            "hex 0x list",
            "a.js",
            lambda k: "const k=[{}];\n".format(",".join(f"0x{c:02x}" for c in k.encode())),
        ),
        (
            "codes list js",
            "a.js",
            lambda k: "const k=String.fromCharCode({});\n".format(
                ",".join(str(c) for c in k.encode())
            ),
        ),
        ("yaml double cont", "a.yaml", lambda k: f'key: "{k[:20]}\\\n  {k[20:]}"\n'),
        ("yaml escapes", "a.yaml", lambda k: f'key: "lsv2\\x5fpt\\x5f{k[8:]}"\n'),
        ("yaml unicode", "a.yaml", lambda k: f'key: "\\u006csv2_pt_{k[8:]}"\n'),
        (
            "yaml env refs",
            "a.yaml",
            lambda k: f"env:\n  A: {k[:20]}\n  B: {k[20:]}\n  LANGSMITH_API_KEY: $(A)$(B)\n",
        ),
        (
            "yaml gh env",
            ".github/workflows/a.yml",
            lambda k: (
                f"env:\n  A: {k[:20]}\n  B: {k[20:]}\njobs:\n  a:\n    env:\n      LANGSMITH_API_KEY: ${{{{ env.A }}}}${{{{ env.B }}}}\n"
            ),
        ),
        (
            "gh format",
            ".github/workflows/a.yml",
            lambda k: f"env:\n  K: ${{{{ format('{{0}}{{1}}', '{k[:20]}', '{k[20:]}') }}}}\n",
        ),
        (
            "gh join",
            ".github/workflows/a.yml",
            lambda k: (
                f"env:\n  K: ${{{{ join(fromJSON('[\"{k[:20]}\",\"{k[20:]}\"]'), '') }}}}\n"
            ),
        ),
        ("cfn join", "a.yaml", lambda k: f'key: !Join ["", ["{k[:20]}", "{k[20:]}"]]\n'),
        (
            "cfn fn join json",
            "a.json",
            lambda k: f'{{"Fn::Join": ["", ["{k[:20]}", "{k[20:]}"]]}}\n',
        ),
        (
            "cfn sub",
            "a.yaml",
            lambda k: (
                f'Parameters:\n  A:\n    Default: {k[:20]}\nR:\n  K: !Sub "${{A}}{k[20:]}"\n'
            ),
        ),
        ("sh rev", "a.sh", lambda k: f"K=$(echo '{k[::-1]}' | rev)\n"),
        (
            "sh tr rot13",
            "a.sh",
            lambda k: f"K=$(echo '{codecs.encode(k, 'rot13')}' | tr 'a-z' 'n-za-m')\n",
        ),
        ("sh tr delete", "a.sh", lambda k: f"K=$(echo '{k[:20]}-{k[20:]}' | tr -d '-')\n"),
        ("sh tr map", "a.sh", lambda k: f"K=$(echo '{k.replace('_', '-')}' | tr '-' '_')\n"),
        (
            "sh tr map 2",
            "a.sh",
            lambda k: f"export LANGSMITH_API_KEY=$(tr '.' '_' <<< '{k.replace('_', '.')}')\n",
        ),
        ("sh sed", "a.sh", lambda k: f"K=$(echo '{k[:20]}XX{k[20:]}' | sed 's/XX//')\n"),
        ("sh sed g", "a.sh", lambda k: f"K=$(echo '{k.replace('_', '@')}' | sed 's/@/_/g')\n"),
        (
            "sh sed e",
            "a.sh",
            lambda k: f"K=$(printf %s '{k.replace('_', '@')}' | sed -e 's|@|_|g')\n",
        ),
        ("sh base64", "a.sh", lambda k: f"K=$(echo '{b64(k)}' | base64 --decode)\n"),
        ("sh base64 rev", "a.sh", lambda k: f"K=$(echo '{b64(k)[::-1]}' | rev | base64 -d)\n"),
        ("sh xxd", "a.sh", lambda k: f"K=$(echo '{k.encode().hex()}' | xxd -r -p)\n"),
        ("sh printf", "a.sh", lambda k: f"K=$(printf '%s%s' {k[:20]} {k[20:]})\n"),
        (
            "sh printf vars",
            "a.sh",
            lambda k: f'a={k[:20]}; b={k[20:]}\nK=$(printf \'%s%s\' "$a" "$b")\n',
        ),
        ("sh printf octal", "a.sh", lambda k: f"K=$(printf 'lsv2\\137pt\\137{k[8:]}')\n"),
        ("sh printf hex", "a.sh", lambda k: f"K=$(printf 'lsv2\\x5fpt\\x5f{k[8:]}')\n"),
        ("sh dollar quote", "a.sh", lambda k: f"K=$'lsv2\\x5fpt\\x5f{k[8:]}'\n"),
        ("sh dollar quote octal", "a.sh", lambda k: f"K=$'lsv2\\137pt\\137{k[8:]}'\n"),
        ("sh echo e", "a.sh", lambda k: f"K=$(echo -e 'lsv2\\x5fpt\\x5f{k[8:]}')\n"),
        ("sh braces", "a.sh", lambda k: f"A={k[:20]}\nK=${{A}}{k[20:]}\n"),
        ("sh plus", "a.sh", lambda k: f"K={k[:20]}\nK+={k[20:]}\n"),
        ("sh array", "a.sh", lambda k: f"P=({k[:20]} {k[20:]})\nK=${{P[0]}}${{P[1]}}\n"),
        (
            "sh array star",
            "a.sh",
            lambda k: f'P=({k[:20]} {k[20:]})\nK=$(IFS=; echo "${{P[*]}}")\n',
        ),
        (
            "sh array printf",
            "a.sh",
            lambda k: f'P=({k[:20]} {k[20:]})\nK=$(printf %s "${{P[@]}}")\n',
        ),
        ("sh heredoc", "a.sh", lambda k: f"read K <<EOF\n{k[:20]}\\\n{k[20:]}\nEOF\n"),
        (
            "sh heredoc vars",
            "a.sh",
            lambda k: f"A={k[:20]}\ncat > .env <<EOF\nLANGSMITH_API_KEY=${{A}}{k[20:]}\nEOF\n",
        ),
        (
            "sh heredoc tr",
            "a.sh",
            lambda k: f"K=$(tr -d '\\n' <<EOF\n{k[:20]}\n{k[20:]}\nEOF\n)\n",
        ),
        ("sh replace", "a.sh", lambda k: f"X={k[:20]}-{k[20:]}\nK=${{X/-/}}\n"),
        ("sh replace all", "a.sh", lambda k: f"X={k.replace('_', '-')}\nK=${{X//-/_}}\n"),
        ("sh suffix", "a.sh", lambda k: f"X={k[:20]}.x\nK=${{X%.x}}{k[20:]}\n"),
        ("sh lower", "a.sh", lambda k: f"X={k.upper()}\nK=${{X,,}}\n"),
        (
            "sh cut",
            "a.sh",
            lambda k: (
                f"K=$(echo '{k[:20]}x{k[20:]}' | cut -c1-20)$(echo '{k[:20]}x{k[20:]}' | cut -c22-)\n"
            ),
        ),
        ("sh awk", "a.sh", lambda k: f"K=$(echo '{k[:20]} {k[20:]}' | awk '{{print $1$2}}')\n"),
        ("sh paste", "a.sh", lambda k: f"K=$(echo {k[:20]} {k[20:]} | tr -d ' ')\n"),
        (
            "sh function",
            "a.sh",
            lambda k: f'join() {{ echo "$1$2"; }}\nK=$(join {k[:20]} {k[20:]})\n',
        ),
        ("sh indirect", "a.sh", lambda k: f"A={k[:20]}\nN=A\nK=${{!N}}{k[20:]}\n"),
        ("sh default", "a.sh", lambda k: f"K=${{X:-{k[:20]}}}{k[20:]}\n"),
        ("sh fold", "a.sh", lambda k: f"K={k[:20]}''{k[20:]}\n"),
        ("json escapes", "a.json", lambda k: f'{{"k": "lsv2\\u005fpt\\u005f{k[8:]}"}}\n'),
        (
            "json two",
            "a.json",
            lambda k: (
                f'{{"head": "{k[:20]}", "tail": "{k[20:]}", "key": "${{head}}${{tail}}"}}\n'
            ),
        ),
        ("json5 plus", "a.js", lambda k: f'const k = "{k[:20]}" + "{k[20:]}";\n'),
        ("js concat", "a.js", lambda k: f'const k = "{k[:20]}".concat("{k[20:]}");\n'),
        ("js join", "a.js", lambda k: f'const k = ["{k[:20]}", "{k[20:]}"].join("");\n'),
        (
            "js reverse",
            "a.js",
            lambda k: f'const k = "{k[::-1]}".split("").reverse().join("");\n',
        ),
        ("js atob", "a.js", lambda k: f'const k = atob("{b64(k)}");\n'),
        (
            "js atob plus",
            "a.js",
            lambda k: f'const k = atob("{b64(k)[:30]}" + "{b64(k)[30:]}");\n',
        ),
        (
            "js template",
            "a.js",
            lambda k: f'const a = "{k[:20]}";\nconst k = `${{a}}{k[20:]}`;\n',
        ),
        ("js replace", "a.js", lambda k: f'const k = "{k[:20]}-{k[20:]}".replace("-", "");\n'),
        ("toml escapes", "a.toml", lambda k: f'k = "lsv2\\u005Fpt\\u005F{k[8:]}"\n'),
        ("toml multi", "a.toml", lambda k: f'k = """{k[:20]}\\\n   {k[20:]}"""\n'),
        (
            "env interp",
            ".env",
            lambda k: f"A={k[:20]}\nB={k[20:]}\nLANGSMITH_API_KEY=${{A}}${{B}}\n",
        ),
        (
            "env interp default",
            ".env",
            lambda k: f"LANGSMITH_API_KEY=${{A:-{k[:20]}}}{k[20:]}\n",
        ),
        ("env plain", ".env", lambda k: f'A={k[:20]}\nLANGSMITH_API_KEY=$A"{k[20:]}"\n'),
        ("env escaped", ".env", lambda k: f'LANGSMITH_API_KEY="lsv2\\x5fpt\\x5f{k[8:]}"\n'),
        (
            "hcl join",
            "a.tf",
            lambda k: f'locals {{ k = join("", ["{k[:20]}", "{k[20:]}"]) }}\n',
        ),
        (
            "hcl format",
            "a.tf",
            lambda k: f'locals {{ k = format("%s%s", "{k[:20]}", "{k[20:]}") }}\n',
        ),
        ("hcl base64", "a.tf", lambda k: f'locals {{ k = base64decode("{b64(k)}") }}\n'),
        (
            "hcl base64 parts",
            "a.tf",
            lambda k: (
                f'locals {{ k = base64decode("{b64(k)[:30]}${{local.t}}")\n t = "{b64(k)[30:]}" }}\n'
            ),
        ),
        ("hcl strrev", "a.tf", lambda k: f'locals {{ k = strrev("{k[::-1]}") }}\n'),
        (
            "hcl interp",
            "a.tf",
            lambda k: f'locals {{\n  a = "{k[:20]}"\n  k = "${{local.a}}{k[20:]}"\n}}\n',
        ),
        (
            "hcl replace",
            "a.tf",
            lambda k: f'locals {{ k = replace("{k.replace("_", "-")}", "-", "_") }}\n',
        ),
        (
            "hcl list",
            "a.tf",
            lambda k: (
                f'locals {{\n p = ["{k[:20]}", "{k[20:]}"]\n k = "${{local.p[0]}}${{local.p[1]}}"\n}}\n'
            ),
        ),
        (
            "docker arg env",
            "Dockerfile",
            lambda k: (
                f"FROM x\nARG A={k[:20]}\nARG B={k[20:]}\nENV LANGSMITH_API_KEY=${{A}}${{B}}\n"
            ),
        ),
        (
            "docker env space",
            "Dockerfile",
            lambda k: f"FROM x\nENV A {k[:20]}\nENV K $A{k[20:]}\n",
        ),
        ("docker cont", "Dockerfile", lambda k: f"FROM x\nENV K={k[:20]}\\\n{k[20:]}\n"),
        (
            "docker run printf",
            "Dockerfile",
            lambda k: f"FROM x\nRUN printf '%s%s' {k[:20]} {k[20:]} > /k\n",
        ),
        ("make", "Makefile", lambda k: f"A := {k[:20]}\nB := {k[20:]}\nK := $(A)$(B)\n"),
        ("make subst", "Makefile", lambda k: f"K := $(subst -,_,{k.replace('_', '-')})\n"),
        ("make shell", "Makefile", lambda k: f"K := $(shell echo '{k[::-1]}' | rev)\n"),
        ("ini interp", "a.ini", lambda k: f"[k]\na = {k[:20]}\nkey = %(a)s{k[20:]}\n"),
        ("ps1", "a.ps1", lambda k: f'$a = "{k[:20]}"\n$k = $a + "{k[20:]}"\n'),
        ("ps1 join", "a.ps1", lambda k: f'$k = -join ("{k[:20]}", "{k[20:]}")\n'),
        ("ps1 f", "a.ps1", lambda k: f'$k = "{{0}}{{1}}" -f "{k[:20]}", "{k[20:]}"\n'),
        ("bat", "a.bat", lambda k: f"set A={k[:20]}\r\nset K=%A%{k[20:]}\r\n"),
        (
            "helm",
            "templates/a.yaml",
            lambda k: f'{{{{- $a := "{k[:20]}" }}}}\nkey: {{{{ $a }}}}{k[20:]}\n',
        ),
        ("helm b64", "templates/a.yaml", lambda k: f'key: {{{{ "{b64(k)}" | b64dec }}}}\n'),
        (
            "helm printf",
            "templates/a.yaml",
            lambda k: f'key: {{{{ printf "%s%s" "{k[:20]}" "{k[20:]}" }}}}\n',
        ),
        (
            "xml entities",
            "a.xml",
            lambda k: f"<k>{''.join(f'&#{ord(c)};' for c in k[:8])}{k[8:]}</k>\n",
        ),
        ("xml halves", "a.xml", lambda k: f"<k>{k[:20]}<!-- x -->{k[20:]}</k>\n"),
        ("md link", "a.md", lambda k: f"[x](http://x/?k={k.replace('_', '%5F')})\n"),
        ("md html split", "a.html", lambda k: f"<b>{k[:20]}</b><b>{k[20:]}</b>\n"),
        ("sql", "a.sql", lambda k: f"select '{k[:20]}' || '{k[20:]}';\n"),
        ("go", "a.go", lambda k: f'k := "{k[:20]}" +\n\t"{k[20:]}"\n'),
        (
            "rust concat",
            "a.rs",
            lambda k: f'const K: &str = concat!("{k[:20]}", "{k[20:]}");\n',
        ),
        (
            "java builder",
            "a.java",
            lambda k: (
                f'String k = new StringBuilder().append("{k[:20]}").append("{k[20:]}").toString();\n'
            ),
        ),
        (
            "java strings join",
            "a.java",
            lambda k: f'String k = String.join("", "{k[:20]}", "{k[20:]}");\n',
        ),
        ("ruby", "a.rb", lambda k: f'k = "{k[:20]}" "{k[20:]}"\n'),
        ("ruby reverse", "a.rb", lambda k: f'k = "{k[::-1]}".reverse\n'),
        ("php", "a.php", lambda k: f"<?php $k = '{k[:20]}' . '{k[20:]}';\n"),
        ("c adjacent", "a.c", lambda k: f'char *k = "{k[:20]}" "{k[20:]}";\n'),
        ("kotlin", "a.kt", lambda k: f'val a = "{k[:20]}"\nval k = "$a{k[20:]}"\n'),
        ("nix", "a.nix", lambda k: f'let a = "{k[:20]}"; in {{ k = a + "{k[20:]}"; }}\n'),
        ("lua", "a.lua", lambda k: f'local k = "{k[:20]}" .. "{k[20:]}"\n'),
        ("jsonnet", "a.jsonnet", lambda k: f'{{ a:: "{k[:20]}", k: $.a + "{k[20:]}" }}\n'),
    )
)

# What is not followed: hexadecimal digits set apart, other languages' functions and fields, what awk and cut make.
STILL_HIDDEN: Final = frozenset(
    {
        "hex upper",
        "hex spaced",
        "hex colon",
        "hex 0x list",
        "codes list js",
        "gh join",
        "sh sed e",
        "sh base64 rev",
        "sh heredoc tr",
        "sh lower",
        "sh cut",
        "sh awk",
        "sh indirect",
        "js concat",
        "env plain",
        "docker env space",
        "ps1 f",
        "xml halves",
        "md html split",
        "java builder",
        "kotlin",
        "jsonnet",
    }
)
