"""The agent beside a workspace, over HTTP on its Unix socket. Python 3.9, standard library only."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional


class Trouble(Exception):
    """Something that the user has to mend; the text says what it is and what to do."""


def find_workspace(start: Path) -> Path:
    """The nearest directory from `start` upwards that holds a `staled.json` or a `.staled`, as `stale` finds it."""
    for folder in [start.resolve(), *start.resolve().parents]:
        if (folder / "staled.json").exists() or (folder / ".staled").is_dir():
            return folder
    raise Trouble(f"There is no workspace here: no staled.json in {start} or above it.\n  Write one with \"stale init\".")


class Refused(Exception):
    """The agent understood, and said no."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


@dataclass
class Answer:
    """What the agent answered. The names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        return json.loads(self.body)


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("staled", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Agent:
    """The agent of one workspace. Each call has a connection of its own, so any thread may make one."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def find(cls, start: Optional[Path] = None) -> Agent:
        """The agent of the workspace around `start`, or else around the current directory; started if there is none."""
        agent = cls(find_workspace(start or Path.cwd()))
        if not agent.is_running():
            agent.start()
        return agent

    def is_running(self) -> bool:
        """Whether it watches this very workspace: an absolute STALED_DIR may lead to the agent of another one."""
        try:
            status = self.call("GET", "/v1/status")
        except OSError:
            return False
        if status.status != 200:
            return False
        watched = Path(status.json()["workspace"])
        if watched.resolve() != self.root:
            raise Trouble(f"The agent in {self._state()} watches {watched}, not {self.root}.\n  Unset STALED_DIR.")
        return status.json()["state"] == "watching"

    def start(self) -> None:
        """Starts it, and waits until it watches."""
        for program in ("stale", "staled"):
            if shutil.which(program) is None:
                raise Trouble(f"{program} is not on your PATH.\n  Build staled, and add the folder of its programs to PATH.")
        command = ["stale", "--workspace", str(self.root), "start", "-q"]
        if subprocess.run(command, stdout=subprocess.DEVNULL).returncode != 0:
            raise Trouble("The agent could not be started.\n  See \"stale doctor\" and the message above.")

    def ask(self, method: str, target: str, body: Optional[dict[str, Any]] = None) -> dict[str, Any]:
        """One request with a JSON object, or none, whose answer is one; Refused if the agent says no."""
        answer = self.call(method, target, None if body is None else json.dumps(body).encode("utf-8"))
        if answer.status >= 400:
            raise Refused(answer.status, answer.json()["detail"])
        return answer.json()

    def call(self, method: str, target: str, body: Optional[bytes] = None) -> Answer:
        """One request. Raises OSError if there is no agent, or none that answers."""
        connection = UnixConnection(self._socket(), timeout=60)
        try:
            connection.request(method, target, body=body)
            reply = connection.getresponse()
            headers = {name.lower(): value for name, value in reply.getheaders()}
            return Answer(reply.status, headers, reply.read())
        except http.client.HTTPException as error:
            raise ConnectionError(f"no sensible answer: {error!r}") from error
        finally:
            connection.close()

    def _state(self) -> Path:
        # A relative STALED_DIR starts at the workspace, and an absolute one stands for itself.
        return self.root / (os.environ.get("STALED_DIR") or ".staled")

    def _socket(self) -> str:
        # Where the path of the workspace is long, the socket is elsewhere: agent.json says where.
        try:
            path = json.loads((self._state() / "agent.json").read_bytes())["socket"]
        except (ValueError, KeyError) as error:
            raise ConnectionError("agent.json cannot be read") from error
        return str(self._state() / path)
