#!/usr/bin/env python3
"""Makes HTML pages from Markdown: the commands that `build` runs through `stale ensure`.

    generator.py page SOURCE OUT DEPFILE     one page, and in make's syntax what it was made from
    generator.py titles PAGE…                `NAME<tab>TITLE` a line, of pages that are made
    generator.py index OUT                   the index of the pages, from such lines on standard input

Markdown here is headings, paragraphs, lists, fenced code, `code`, *emphasis*, **strong** and [links](to); a line
`{{include PATH}}` is replaced with the file that it names.
"""

from __future__ import annotations

import html
import re
import string
import sys
from pathlib import Path

TEMPLATE = Path("template.html")


class Mistake(Exception):
    """Something wrong in a source: where, and what."""


class Sources:
    """Reads files, and remembers which."""

    def __init__(self) -> None:
        self.paths: list[Path] = []

    def text(self, path: Path) -> str:
        if path not in self.paths:
            self.paths.append(path)
        return path.read_text(encoding="utf-8")

    def depfile(self, target: Path) -> str:
        """The files as a rule in make's syntax, as a C compiler writes it."""
        return f"{_escaped(target)}: {' '.join(_escaped(path) for path in self.paths)}\n"


def _escaped(path: Path) -> str:
    return re.sub(r"([ #])", r"\\\1", str(path)).replace("$", "$$")


def lines_of(path: Path, sources: Sources, above: tuple[Path, ...] = ()) -> list[str]:
    """The lines of a file, with its includes in their places."""
    result = []
    for number, line in enumerate(sources.text(path).splitlines(), start=1):
        found = re.fullmatch(r"\{\{include (.+)\}\}", line.strip())
        if found is None:
            result.append(line)
            continue
        included = Path(found.group(1).strip())
        if included in (*above, path):
            raise Mistake(f"{path}:{number}: {included} includes itself")
        try:
            result += lines_of(included, sources, (*above, path))
        except FileNotFoundError as error:
            raise Mistake(f"{path}:{number}: there is no file {included}") from error
    return result


def inline(text: str) -> str:
    """The marks within a line."""
    parts = text.split("`")
    for place, part in enumerate(parts):
        part = html.escape(part, quote=False)
        if place % 2:
            parts[place] = f"<code>{part}</code>"
            continue
        part = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", part)
        part = re.sub(r"\*(.+?)\*", r"<em>\1</em>", part)
        parts[place] = re.sub(r"\[(.+?)\]\((.+?)\)", r'<a href="\2">\1</a>', part)
    return "".join(parts)


def markdown(lines: list[str]) -> str:
    """The body of a page."""
    blocks: list[str] = []
    paragraph: list[str] = []
    items: list[str] = []
    kind = ""

    def flush() -> None:
        if paragraph:
            blocks.append(f"<p>{inline(' '.join(paragraph))}</p>")
        if items:
            blocks.append(f"<{kind}>" + "".join(f"<li>{inline(item)}</li>" for item in items) + f"</{kind}>")
        paragraph.clear()
        items.clear()

    rest = iter(lines)
    for line in rest:
        heading = re.match(r"(#{1,6}) (.+)", line)
        item = re.match(r"(-|\d+\.) (.+)", line)
        if line.startswith("```"):
            flush()
            code = []
            for inner in rest:
                if inner.startswith("```"):
                    break
                code.append(html.escape(inner, quote=False))
            blocks.append("<pre>" + "\n".join(code) + "</pre>")
        elif heading:
            flush()
            level = len(heading.group(1))
            blocks.append(f"<h{level}>{inline(heading.group(2))}</h{level}>")
        elif item:
            new = "ul" if item.group(1) == "-" else "ol"
            if paragraph or new != kind:
                flush()
            kind = new
            items.append(item.group(2))
        elif line.strip():
            if items:
                flush()
            paragraph.append(line.strip())
        else:
            flush()
    flush()
    return "\n".join(blocks)


def title_of(lines: list[str], path: Path) -> str:
    for line in lines:
        if line.startswith("# "):
            return line[2:].strip()
    raise Mistake(f"{path}:1: the page has no title: begin it with \"# Title\"")


def fill(title: str, body: str, sources: Sources) -> str:
    template = string.Template(sources.text(TEMPLATE))
    return template.safe_substitute(title=html.escape(title, quote=False), body=body)


def page(source: Path, out: Path, depfile: Path) -> None:
    sources = Sources()
    lines = lines_of(source, sources)
    text = fill(title_of(lines, source), markdown(lines), sources)
    out.write_text(text, encoding="utf-8")
    depfile.write_text(sources.depfile(out), encoding="utf-8")


def titles(pages: list[Path]) -> None:
    for made in pages:
        found = re.search(r"<title>(.*)</title>", made.read_text(encoding="utf-8"))
        sys.stdout.write(f"{made.name}\t{html.unescape(found.group(1)) if found else made.stem}\n")


def index(out: Path) -> None:
    items = [line.rstrip("\n").split("\t", 1) for line in sys.stdin]
    body = "<h1>All pages</h1>\n<ul>" + "".join(
        f'<li><a href="{html.escape(name)}">{html.escape(title, quote=False)}</a></li>' for name, title in items) + "</ul>"
    out.write_text(fill("All pages", body, Sources()), encoding="utf-8")


def main(words: list[str]) -> int:
    command, paths = words[0] if words else "", [Path(word) for word in words[1:]]
    try:
        if command == "page" and len(paths) == 3:
            page(*paths)
        elif command == "titles":
            titles(paths)
        elif command == "index" and len(paths) == 1:
            index(*paths)
        else:
            print(__doc__, file=sys.stderr)
            return 2
    except (Mistake, OSError) as error:
        print(f"generator: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
