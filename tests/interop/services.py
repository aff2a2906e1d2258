"""Services under test: processes on free ports of 127.0.0.1, which end with the block that started them."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

READY_WITHIN = 120.0
ENDS_WITHIN = 10.0


def environment(**more: str) -> dict[str, str]:
    """The caller's environment without what would change the services or the way to them."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "DJANGO", "RUST"))}
    return kept | {"NO_PROXY": "*", "no_proxy": "*", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"} | more


@contextmanager
def service(
    name: str, command: Sequence[str | Path], address: str, folder: Path, env: dict[str, str]
) -> Iterator[str]:
    """Starts a service that logs where it listens, as the pattern `address` finds it. Gives its URL."""
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder / "site",
            env=env,
            start_new_session=True,
        )
    try:
        yield f"http://{_listens(name, process, log, address)}"
    finally:
        _end(process)


def show_logs(folder: Path) -> None:
    """Prints the last that the services of this folder logged."""
    for log in sorted(folder.glob("*.log")):
        print(f"--- the last of {log.stem}'s log:\n{_text(log)[-3000:]}", flush=True)


def _text(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")


def _listens(name: str, process: subprocess.Popen[bytes], log: Path, address: str) -> str:
    patience = time.monotonic() + READY_WITHIN
    while time.monotonic() < patience:
        if found := re.search(address + r"(127\.0\.0\.1:[1-9]\d*)", _text(log)):
            return found[1]
        if process.poll() is not None:
            raise SystemExit(f"{name} ended with {process.returncode} before it listened")
        time.sleep(0.02)
    raise SystemExit(f"{name} did not listen within {READY_WITHIN:.0f} s")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends it and what it started, in peace where it takes the hint."""
    process.terminate()
    try:
        process.wait(ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
