"""Runs each side against the other: see scripts/interop, which calls this with the package installed.

`run.py PROGRAMS`: the folder of the built Rust programs.
"""

import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import chapter
from services import environment, service, show_logs

HERE = Path(__file__).parent
TOKEN = "conformance-user"
PART_WITHIN = 600.0
RUST = r"http://"
SERVERS = {
    "daphne": (["-m", "daphne", "--bind", "127.0.0.1", "--port", "0"], r"Listening on TCP address "),
    "uvicorn": (["-m", "uvicorn", "--host", "127.0.0.1", "--port", "0"], r"Uvicorn running on http://"),
}


class Run:
    """The checks of one run, in a folder that goes with it."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder = folder
        self.programs = programs
        self.passed = 0
        self.failed: list[str] = []
        self.databases = 0
        shutil.copytree(HERE / "site", folder / "site")
        chapter.write(folder / "site")

    def django(self, apps: str, database: Path, url: str = "http://127.0.0.1:1") -> dict[str, str]:
        """The environment of a Python process with these applications."""
        return environment(
            DJANGO_SETTINGS_MODULE="settings",
            INTEROP_APPS=apps,
            INTEROP_DATABASE=str(database),
            PROJECTS_URL=url,
            PROJECTS_TOKEN=TOKEN,
        )

    def migrate(self) -> None:
        """Makes the tables of the Python services, once for all of them."""
        for command in (["makemigrations", "owner", "others"], ["migrate"]):
            subprocess.run(
                [sys.executable, "-m", "django", *command, "--verbosity", "0"],
                cwd=self.folder / "site",
                env=self.django("owner others", self.folder / "empty.db"),
                check=True,
                timeout=PART_WITHIN,
            )

    def database(self) -> Path:
        """A database with the tables of the Python services."""
        self.databases += 1
        return Path(shutil.copyfile(self.folder / "empty.db", self.folder / f"{self.databases}.db"))

    @contextmanager
    def python(self, server: str, apps: str, url: str = "http://127.0.0.1:1") -> Iterator[str]:
        """A Python service."""
        arguments, address = SERVERS[server]
        command = [sys.executable, *arguments, "owner.asgi:application"]
        database = self.database()
        name = f"{server}-{database.stem}"
        with service(name, command, address, self.folder, self.django(apps, database, url)) as url:
            yield url

    @contextmanager
    def rust(self, name: str, program: str, *arguments: str) -> Iterator[str]:
        """A Rust service."""
        env = environment(PROJECTS_TOKEN=TOKEN)
        with service(name, [self.programs / program, *arguments], RUST, self.folder, env) as url:
            yield url

    @contextmanager
    def project_service(self, name: str) -> Iterator[str]:
        database = f"sqlite://{self.folder / name}.db"
        listen = ["--listen", "127.0.0.1:0", "--database", database, "--token", f"billing={TOKEN}"]
        with self.rust(name, "project-service", *listen) as url:
            yield url

    def python_consumer(self, title: str, module: str, url: str) -> None:
        """The tests of a module, against the service there."""
        command = [sys.executable, "-W", "ignore", "-m", "unittest", "--verbose", module]
        self.part(title, command, self.django("consumer resources", self.database(), url), r"^Ran (\d+) test")

    def rust_consumer(self, title: str, url: str, of: str = "owner") -> None:
        """The checks of the Rust consumer, against the service there."""
        command = [self.programs / "examples/interop", "consume", of, url]
        self.part(title, command, environment(PROJECTS_TOKEN=TOKEN, RUST_BACKTRACE="0"), r"^(\d+) passed, 0 failed$")

    def part(self, title: str, command: list[str | Path], env: dict[str, str], count: str) -> None:
        print(f"\n--- {title}", flush=True)
        started = time.monotonic()
        done = subprocess.run(
            [str(part) for part in command],
            cwd=self.folder / "site",
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PART_WITHIN,
        )
        print(done.stdout, end="")
        counted = re.search(count, done.stdout, re.MULTILINE)
        if done.returncode == 0 and counted and int(counted[1]) > 0:
            self.passed += int(counted[1])
        else:
            self.failed.append(title)
        print(f"--- {time.monotonic() - started:.1f} s", flush=True)

    def everything(self) -> None:
        self.migrate()
        with self.project_service("projects") as url:
            self.python_consumer("the guide's Python consumer, a Rust owner", "test_chapter", url)
            self.python_consumer("Python consumer, project-service", "test_project_service", url)
        with self.rust("conformance-service", "conformance-service") as url:
            self.python_consumer("Python consumer, conformance-service", "test_conformance_service", url)
        with self.rust("own", "examples/interop", "own") as url:
            self.python_consumer("Python consumer, other ids and refusals", "test_own", url)

        with self.rust("rules", "examples/interop", "rules") as url:
            self.python_consumer("Python consumer, rules for rows and fields", "test_rules", url)

        for server in SERVERS:
            with self.python(server, "owner others") as url:
                self.rust_consumer(f"Rust consumer, the guide's Python owner on {server}", url)
        with self.python("daphne", "owner others") as owner:
            self.python_consumer("what the guide says of the package", "test_differences", owner)
            with self.rust("gateway", "examples/interop", "gateway", owner) as url:
                self.python_consumer("Python consumer, Rust gateway, Python owner", "test_chapter", url)
                self.rust_consumer("Rust consumer, Rust gateway, Python owner", url, of="gateway")
        with self.project_service("behind") as owner:
            with self.python("uvicorn", "gateway", owner) as url:
                self.rust_consumer("Rust consumer, Python gateway, Rust owner", url, of="python-gateway")


def main() -> int:
    # Services are ended on the way out.
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda number, _: sys.exit(128 + number))
    with tempfile.TemporaryDirectory(prefix="gm-interop-") as folder:
        run = Run(Path(folder), Path(sys.argv[1]).resolve())
        try:
            run.everything()
        except (Exception, SystemExit) as error:
            # A service that does not start, a part without an end, a signal.
            run.failed.append(f"ended early: {error}")
        if run.failed:
            show_logs(run.folder)
    if run.failed:
        print(f"\ninterop: FAILED: {'; '.join(run.failed)} ({run.passed} other checks passed)")
        return 1
    print(f"\ninterop: passed, {run.passed} checks")
    return 0


if __name__ == "__main__":
    sys.exit(main())
