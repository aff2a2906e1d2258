"""Runs each side against the other: see scripts/interop, which calls this with the package installed.

`run.py PROGRAMS`: the folder of the built Rust programs. The Rust owners have their rows in SQLite, and then in Postgres if
scripts/postgres started a server.
"""

import os
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
        self.postgres = os.environ.get("GM_TEST_POSTGRES")
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

    def rust_database(self, storage: str, name: str) -> str:
        """The URL of a new database for a Rust service."""
        if storage == "SQLite":
            return f"sqlite://{self.folder / name}.db"
        folder = os.environ.get("GM_TEST_POSTGRES_FOLDER")
        psql = Path(folder) / "bin/psql" if folder else "psql"
        # The server may be one that outlives this run.
        database = f"gm_interop_{os.getpid()}_{name.replace('-', '_')}"
        for statement in (f"DROP DATABASE IF EXISTS {database}", f"CREATE DATABASE {database} TEMPLATE template0"):
            subprocess.run([psql, "--quiet", self.postgres, "--command", statement], check=True, timeout=PART_WITHIN)
        return f"{self.postgres.rpartition('/')[0]}/{database}"

    @contextmanager
    def project_service(self, name: str, storage: str) -> Iterator[str]:
        database = self.rust_database(storage, name)
        listen = ["--listen", "127.0.0.1:0", "--database", database, "--token", f"billing={TOKEN}"]
        with self.rust(f"{name}-{storage}", "project-service", *listen) as url:
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

    def rust_owners(self, storage: str) -> None:
        """The Python consumers of Rust owners whose rows are there."""
        with self.project_service("projects", storage) as url:
            self.python_consumer(f"the guide's Python consumer, a Rust owner, {storage}", "test_chapter", url)
            self.python_consumer(f"Python consumer, project-service, {storage}", "test_project_service", url)
        for name, program, module, title in (
            ("conformance", ["conformance-service", "--database"], "test_conformance_service", "conformance-service"),
            ("own", ["examples/interop", "own"], "test_own", "other ids and refusals"),
            ("rules", ["examples/interop", "rules"], "test_rules", "rules for rows and fields"),
        ):
            database = self.rust_database(storage, name)
            with self.rust(f"{name}-{storage}", *program, database) as url:
                self.python_consumer(f"Python consumer, {title}, {storage}", module, url)
        with self.project_service("behind", storage) as owner:
            with self.python("uvicorn", "gateway", owner) as url:
                title = f"Rust consumer, Python gateway, Rust owner, {storage}"
                self.rust_consumer(title, url, of="python-gateway")

    def everything(self) -> None:
        self.migrate()
        self.rust_owners("SQLite")
        if self.postgres:
            self.rust_owners("Postgres")

        for server in SERVERS:
            with self.python(server, "owner others") as url:
                self.rust_consumer(f"Rust consumer, the guide's Python owner on {server}", url)
        with self.python("daphne", "owner others") as owner:
            self.python_consumer("what the guide says of the package", "test_differences", owner)
            with self.rust("gateway", "examples/interop", "gateway", owner) as url:
                self.python_consumer("Python consumer, Rust gateway, Python owner", "test_chapter", url)
                self.rust_consumer("Rust consumer, Rust gateway, Python owner", url, of="gateway")


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
