#!/usr/bin/env python3
"""A cache for the results of an AI agent's tools, kept by staled.

A tool says what it reads as it reads it, through a `Reads`. Its result is kept with exactly that, and is served again for as long
as all of it is unchanged: a cache that needs no time limit and is never stale.

    ./toolcache.py grep pattern=TODO 'glob=src/**/*.py'

As a module: `ToolCache(Agent.find()).call("grep", pattern="TODO", glob="src/**/*.py")`. Python 3.9, standard library only.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Optional
from urllib.parse import quote, urlencode


# The client stands beside the examples: in `examples/python`, or where PYTHONPATH says.
sys.path.append(str(Path(__file__).resolve().parent.parent / "python"))

from staled import Agent, Trouble  # noqa: E402


class ToolError(Exception):
    """A tool was asked for something that makes no sense. Nothing is kept."""


# ---------------------------------------------------------------------------------------------------------------------
# What a tool reads


class Reads:
    """What a tool may read, and the record of what it did read. Paths are relative to the workspace's root."""

    def __init__(self, root: Path, on_read: Optional[Callable[[str], None]] = None) -> None:
        self._root = root
        self._on_read = on_read
        self._globbed: set[Path] = set()
        self._ids: dict[str, Optional[str]] = {}

    @property
    def dependencies(self) -> list[str]:
        """Everything that was read, as staled's ids; behind `@` the digest of what it held, where that is known."""
        return [id if digest is None else f"{id}@{digest}" for id, digest in self._ids.items()]

    def bytes(self, path: str) -> Optional[bytes]:
        """The content of a file; None if there is none, which is recorded as well: its creation is a change."""
        place = self._place(path)
        try:
            content: Optional[bytes] = place.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            content = None
        except OSError as error:
            raise ToolError(f"{path} cannot be read: {error.strerror}") from error
        if place not in self._globbed:
            digest = "absent" if content is None else "sha256:" + hashlib.sha256(content).hexdigest()
            # Read twice with two contents: the first is stated, which the agent then refuses, as it should.
            self._ids.setdefault("file:" + self._name(place), digest)
        if self._on_read:
            self._on_read(path)
        return content

    def text(self, path: str) -> Optional[str]:
        """The content of a file as text."""
        content = self.bytes(path)
        return None if content is None else content.decode("utf-8", errors="replace")

    def names(self, path: str) -> list[str]:
        """What lies directly in a directory; a slash marks directories."""
        place = self._place(path)
        self._ids["dir:" + self._name(place)] = None
        try:
            with os.scandir(place) as items:
                # What changes by itself and what staled never tells of is not for tools.
                found = [item for item in items if item.name not in (".staled", "__pycache__")]
                return sorted(item.name + ("/" if item.is_dir() else "") for item in found)
        except OSError as error:
            raise ToolError(f"{path} cannot be listed: {error.strerror}") from error

    def matches(self, glob: str) -> list[str]:
        """The files that match a pattern, whose contents count as read with it."""
        if glob.startswith("/") or ".." in glob.split("/"):
            raise ToolError(f"{glob} leaves the workspace")
        if set(glob) & set("{}\\%"):
            raise ToolError(f"{glob}: what braces, backslashes and % mean to staled, pathlib does not know")
        self._ids["glob:" + glob] = None
        found = sorted(place for place in self._root.glob(glob) if place.is_file())
        self._globbed.update(found)
        return [str(place.relative_to(self._root)) for place in found]

    def code(self, function: Callable[..., Any]) -> None:
        """Records the file that a function is written in: with another tool the result may be another."""
        source = inspect.getsourcefile(function)
        if source is not None:
            self._ids["file:" + self._name(Path(source).resolve())] = None

    def _place(self, path: str) -> Path:
        place = Path(os.path.normpath(self._root / path))
        if place != self._root and self._root not in place.parents:
            raise ToolError(f"{path} is outside the workspace")
        return place

    def _name(self, place: Path) -> str:
        try:
            place = place.relative_to(self._root)
        except ValueError:
            pass
        # Bytes that are not plain text, `%`, and the `@` that would begin a digest.
        return quote(os.fsencode(place), safe="/ !\"#$&'()*+,:;<=>?[\\]^`{|}~")


# ---------------------------------------------------------------------------------------------------------------------
# The tools

Tool = Callable[..., str]


@dataclass(frozen=True)
class Registered:
    """A tool, and how long its results are kept: `ttl` is for those that rest on nothing in the workspace."""

    run: Tool
    ttl: Optional[str]


TOOLS: dict[str, Registered] = {}


def tool(ttl: Optional[str] = None) -> Callable[[Tool], Tool]:
    """Registers a function as a tool. It reads the workspace through its first argument alone."""

    def register(function: Tool) -> Tool:
        TOOLS[function.__name__] = Registered(function, ttl)
        return function

    return register


@tool()
def read_file(reads: Reads, path: str) -> str:
    """The content of a file."""
    text = reads.text(path)
    return f"(there is no file {path})\n" if text is None else text


@tool()
def list_dir(reads: Reads, path: str = ".") -> str:
    """The names in a directory, a line each."""
    return "".join(f"{name}\n" for name in reads.names(path))


@tool()
def grep(reads: Reads, pattern: str, glob: str) -> str:
    """The lines that a regular expression is found in: `path:line:text`."""
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise ToolError(f"{pattern} is no regular expression: {error}") from error
    found = []
    for path in reads.matches(glob):
        for number, line in enumerate((reads.text(path) or "").splitlines(), start=1):
            if expression.search(line):
                found.append(f"{path}:{number}:{line}\n")
    return "".join(found)


@tool()
def count_symbols(reads: Reads, path: str) -> str:
    """How many functions and classes a Python file defines. As slow as the language server that it stands for."""
    text = reads.text(path)
    if text is None:
        raise ToolError(f"there is no file {path}")
    time.sleep(0.4)
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except SyntaxError as error:
        return f"{path}:{error.lineno}: {error.msg}\n"
    functions = sum(isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) for node in nodes)
    classes = sum(isinstance(node, ast.ClassDef) for node in nodes)
    return f"{functions} functions, {classes} classes\n"


@tool(ttl="1h")
def python_version(reads: Reads) -> str:
    """The version of the Python on the PATH: nothing in the workspace says when that changes, so time does."""
    time.sleep(0.2)
    return subprocess.run(["python3", "--version"], capture_output=True, text=True, check=True).stdout


# ---------------------------------------------------------------------------------------------------------------------
# The cache


@dataclass
class Result:
    """A tool's result, and where it came from."""

    text: str
    #: `held`: from the cache. `made`: the tool ran, and the result is kept. `refused`: the tool ran, and what it read changed
    #: meanwhile. `unkept`: the tool ran, and there is no agent that would keep the result.
    outcome: str
    #: Why the tool had to run, or why its result is not kept.
    why: str = ""
    seconds: float = 0


class ToolCache:
    """Calls tools, or serves what they said before."""

    def __init__(self, agent: Agent, on_read: Optional[Callable[[str], None]] = None) -> None:
        """`on_read` is told of each file that a tool has read, at once."""
        self.agent = agent
        self.on_read = on_read

    def call(self, name: str, **arguments: str) -> Result:
        """The result of a tool, from the cache if everything that it rests on is as it was.

        Raises ToolError if the tool does not know what to do. An agent that is not there or fails costs only the keeping.
        """
        begun = time.monotonic()
        result = self._call(name, arguments)
        result.seconds = time.monotonic() - begun
        return result

    def _call(self, name: str, arguments: dict[str, str]) -> Result:
        if name not in TOOLS:
            raise ToolError(f"there is no tool {name}; there are {', '.join(TOOLS)}")
        try:
            inspect.signature(TOOLS[name].run).bind(None, **arguments)
        except TypeError as error:
            raise ToolError(f"{name}: {error}") from error
        entry = self.entry(name, arguments)
        try:
            # The agent first takes in every change made before this call; a miss brings the lease.
            answer = self.agent.call("GET", f"/v1/cache/{entry}")
            if answer.status == 200:
                return Result(answer.body.decode("utf-8"), "held")
            lease = answer.headers.get("staled-lease")
            why = self.why(entry, answer.headers.get("staled-state", ""))
        except OSError as error:
            lease, why = None, f"no agent: {error}"

        # Only now: nothing may be read before the lease is there.
        reads = Reads(self.agent.root, self.on_read)
        reads.code(TOOLS[name].run)
        text = TOOLS[name].run(reads, **arguments)
        if lease is None:
            return Result(text, "unkept", why)

        query = [("lease", lease), ("tag", f"tool:{name}"), *(("dep", id) for id in reads.dependencies)]
        ttl = TOOLS[name].ttl
        if ttl is not None:
            query.append(("ttl", ttl))
        try:
            answer = self.agent.call("PUT", f"/v1/cache/{entry}?{urlencode(query)}", text.encode("utf-8"))
        except OSError as error:
            return Result(text, "unkept", f"no agent: {error}")
        if answer.status in (200, 201):
            return Result(text, "made", why)
        problem = answer.json()
        if answer.status == 409:
            return Result(text, "refused", ", ".join(problem.get("ids", [])) + " changed meanwhile")
        return Result(text, "unkept", problem["detail"])

    def why(self, entry: str, state: str) -> str:
        """In a few words, why there is nothing to serve."""
        if state == "missing":
            return "first asked"
        answer = self.agent.call("GET", f"/v1/why/{entry}")
        cause = answer.json().get("cause") if answer.status == 200 else None
        if cause is None:
            return state
        kind, _, rest = cause["cause"].partition(":")
        if kind == "clock":
            return "its time is over"
        if kind in ("tag", "call"):
            return f"invalidated by {cause['cause']}"
        if kind == "dir":
            return f"{rest}/ holds other names"
        if cause["via"].startswith("glob:"):
            # Of many files; whether it was there before, the other fields do not always tell.
            return f"{rest} changed"
        if cause.get("from") == "absent":
            return f"{rest} is new"
        if cause.get("to") == "absent":
            return f"{rest} is gone"
        return f"{rest} changed"

    @staticmethod
    def entry(name: str, arguments: dict[str, str]) -> str:
        """The entry of a question, as a part of an URL: a namespace for each tool, the arguments as the key."""
        key = json.dumps(arguments, sort_keys=True, ensure_ascii=False)
        if len(key.encode("utf-8")) > 1024:
            key = "sha256:" + hashlib.sha256(key.encode("utf-8")).hexdigest()
        return f"{quote(name, safe='')}/{quote(key, safe='')}"


def main(words: list[str]) -> int:
    """Answers one question: `TOOL [NAME=VALUE]…`."""
    if not words or words[0] in ("-h", "--help"):
        print("usage: toolcache.py TOOL [NAME=VALUE]…")
        for name, registered in TOOLS.items():
            parameters = list(inspect.signature(registered.run).parameters)[1:]
            print(f"  {' '.join([name, *parameters]):<24}{inspect.getdoc(registered.run)}")
        return 0 if words else 2
    try:
        arguments = {}
        for word in words[1:]:
            name, equals, value = word.partition("=")
            if not equals:
                raise ToolError(f"{word} is no NAME=VALUE")
            arguments[name] = value
        result = ToolCache(Agent.find()).call(words[0], **arguments)
    except (ToolError, Trouble) as error:
        print(f"toolcache: {error}", file=sys.stderr)
        return 2
    sys.stdout.write(result.text)
    detail = f" ({result.why})" if result.why else ""
    print(f"[{result.outcome}{detail}, {result.seconds * 1000:.0f} ms]", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
