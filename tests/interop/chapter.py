"""The Python code of the guide's chapter, as the files that it is in."""

from pathlib import Path

CHAPTER = Path(__file__).parents[2] / "docs/guide/python.md"


def write(folder: Path) -> list[str]:
    """Writes each block to the file that its first line names, and gives the names."""
    written = []
    for rest in CHAPTER.read_text(encoding="utf-8").split("\n```python\n")[1:]:
        code, end, _ = rest.partition("\n```\n")
        first = code.split("\n", 1)[0]
        if not end or not first.startswith("# ") or not first.endswith(".py"):
            raise SystemExit(f"{CHAPTER}: a block of Python must begin with the name of its file: {first!r}")
        name = first.removeprefix("# ")
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            raise SystemExit(f"{CHAPTER}: two blocks are {name}")
        path.write_text(code + "\n", encoding="utf-8")
        written.append(name)
    return written
