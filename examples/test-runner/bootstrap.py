"""Runs one test file and records what it rests on. Started by `runtests`, in a process of its own.

    python3 bootstrap.py ROOT TESTFILE REPORT

REPORT is written as JSON: how it went, and which files, directories and environment variables of the workspace
were read. Imports are seen twice, as opened files and in `sys.modules`. What Python does not tell of (`os.stat`, extension
modules that open files themselves, other processes) is not seen.
"""

from __future__ import annotations

import importlib.machinery
import json
import os
import sys
import unittest
from pathlib import Path
from typing import Any, Optional, Union


#: The code behind `os.environ.get` and `os.getenv`: whoever asks stands above it on the stack.
_ENVIRONMENT_CODE = {os.getenv.__code__.co_filename, os.environ.get.__func__.__code__.co_filename}


class Recorder:
    """What this process read below `root`. Paths are absolute."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.files: set[str] = set()
        self.directories: set[str] = set()
        self.variables: set[str] = set()
        self._imported: set[str] = set()
        self._written: set[str] = set()
        sys.addaudithook(self._audit)
        self._watch_environment()

    def report(self) -> dict[str, list[str]]:
        for module in list(sys.modules.values()):
            path = self._inside(getattr(module, "__file__", None))
            if path:
                self.files.add(path)
        for name in self._imported - set(sys.modules):
            # It was looked for in vain. Once it is there, the test may go another way.
            below = os.path.join(self.root, *name.split("."))
            self.files.update((below + ".py", os.path.join(below, "__init__.py")))
        return {
            "files": sorted(self.files),
            "directories": sorted(self.directories),
            "variables": sorted(self.variables),
        }

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            self._opened(*arguments)
        elif event == "import":
            self._imported.add(arguments[0])
        elif event in ("os.listdir", "os.scandir"):
            # The import system lists the folders that it searches; what it finds there is seen otherwise.
            if not sys._getframe(1).f_code.co_filename.startswith("<frozen importlib"):
                path = self._inside(arguments[0] or ".")
                if path:
                    self.directories.add(path)

    def _opened(self, name: Any, mode: Optional[str], flags: int) -> None:
        path = self._inside(name)
        if path is None:
            return
        if flags & os.O_ACCMODE == os.O_WRONLY or flags & (os.O_TRUNC | os.O_EXCL):
            self._written.add(path)
        elif path not in self._written:
            # Opened in vain counts too: the file may appear.
            self.files.add(path)

    def _inside(self, name: Any) -> Optional[str]:
        if not isinstance(name, (str, bytes, os.PathLike)):
            return None
        path = os.path.abspath(os.fsdecode(name))
        return path if path.startswith(self.root + os.sep) else None

    def _watch_environment(self) -> None:
        recorder = self

        class Watched(type(os.environ)):  # type: ignore[misc]
            """`os.environ`, which tells of the names that the workspace's own code asks for."""

            def __getitem__(self, name: str) -> str:
                frame = sys._getframe(1)
                while frame.f_back and frame.f_code.co_filename in _ENVIRONMENT_CODE:
                    frame = frame.f_back
                if recorder._inside(frame.f_code.co_filename):
                    recorder.variables.add(name)
                return super().__getitem__(name)

        os.environ.__class__ = Watched


class FromSource(importlib.machinery.SourceFileLoader):
    """Compiles a module anew. Python takes `__pycache__` for current if the second and the size fit: a quick edit gets lost."""

    def get_code(self, fullname: str) -> Any:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def import_from_source(root: str) -> None:
    """From here on, modules below `root` are read from their sources."""

    def finder(path: str) -> importlib.machinery.FileFinder:
        if os.path.commonpath([root, os.path.abspath(path)]) != root:
            raise ImportError("outside the workspace")
        extensions = (importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES)
        return importlib.machinery.FileFinder(path, extensions, (FromSource, importlib.machinery.SOURCE_SUFFIXES))

    sys.path_hooks.insert(0, finder)
    sys.path_importer_cache.clear()


def load(root: Path, file: Path) -> unittest.TestSuite:
    """The tests of a file, imported as the module that its path makes it."""
    name = ".".join(file.relative_to(root).with_suffix("").parts)
    __import__(name)
    return unittest.defaultTestLoader.loadTestsFromModule(sys.modules[name])


def main(root: Path, file: Path, report: Path) -> int:
    sys.path[0] = str(root)
    import_from_source(str(root))
    recorder = Recorder(str(root))
    outcome: dict[str, Union[int, bool]] = {"tests": 0, "passed": False}
    try:
        result = unittest.TextTestRunner(stream=sys.stderr, verbosity=0).run(load(root, file))
        outcome = {"tests": result.testsRun, "passed": result.wasSuccessful()}
    finally:
        report.write_text(json.dumps({**outcome, **recorder.report()}), encoding="utf-8")
    return 0 if outcome["passed"] else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])))
