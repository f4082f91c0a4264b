"""The style sheet of the `html` report: plain, readable in light and dark, and when it is printed."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root { --back: #fff; --text: #1d2330; --soft: #5b6475; --line: #d9dee7; --panel: #f6f8fb; --mark: #ffe28a;
  --link: #1559b8; --error: #b3261e; --warning: #8a5300; --info: #1559b8; --good: #1a6b3c; --on: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --back: #12161f; --text: #e3e8f2; --soft: #9aa5b8; --line: #2c3444; --panel: #1a202c; --mark: #6b5200;
    --link: #8ab8ff; --error: #ff8a80; --warning: #ffc46b; --info: #8ab8ff; --good: #7fd6a2; --on: #12161f; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 1.5rem; background: var(--back); color: var(--text);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 0; font-weight: 600; }
a { color: var(--link); }
p { margin: .5rem 0; }
.summary, .place, .help b { color: var(--soft); }
.place { font-family: ui-monospace, monospace; font-size: .85rem; font-weight: 400; overflow-wrap: anywhere; }
.counts { display: flex; gap: .75rem; list-style: none; margin: 1rem 0 0; padding: 0; flex-wrap: wrap; }
.counts li { border: 1px solid var(--line); border-left: .3rem solid; border-radius: .3rem; padding: .4rem 1rem; }
.counts b { font-size: 1.3rem; margin-right: .25rem; color: var(--text); }
.error { border-left-color: var(--error) !important; }
.warning { border-left-color: var(--warning) !important; }
.info { border-left-color: var(--info) !important; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; color: var(--soft); font-weight: 500; font-size: .85rem; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .6rem .35rem 0; overflow-wrap: anywhere; }
th:last-child, .number { text-align: right; font-variant-numeric: tabular-nums; padding-right: 0; }
.tag { display: inline-block; border-radius: .25rem; padding: 0 .45rem; font-size: .8rem; font-weight: 600;
  color: var(--on); margin-right: .25rem; }
.tag.error { background: var(--error); } .tag.warning { background: var(--warning); }
.tag.info { background: var(--info); } .tag.fixable { background: var(--good); }
article { border: 1px solid var(--line); border-left: .3rem solid; border-radius: .3rem; margin: .75rem 0;
  padding: .75rem 1rem; break-inside: avoid; }
code { font-family: ui-monospace, monospace; font-size: .9em; }
p code, li > code { background: var(--panel); border-radius: .2rem; padding: .1em .25em; }
.source { background: var(--panel); border-radius: .3rem; margin: .5rem 0; overflow-x: auto; padding: .5rem 0;
  line-height: 1.45; tab-size: 4; }
.source span { display: block; min-height: 1.45em; }
.source i { color: var(--soft); display: inline-block; font-style: normal; min-width: 3.5rem; padding-right: 1rem;
  text-align: right; user-select: none; }
mark { background: var(--mark); color: inherit; border-radius: .15rem; }
details { margin-top: .5rem; } summary { cursor: pointer; color: var(--soft); }
details li { margin: .4rem 0; }
.none { border: 1px solid var(--line); border-radius: .3rem; padding: 2rem; text-align: center; }
@media print { body { max-width: none; } .source { white-space: pre-wrap; } }
"""
