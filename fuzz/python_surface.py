"""The Python surface under altered bytes: whatever they are, an `IntaglioError` or the right result, nothing else.

```text
input = which file ‖ kind ‖ place, two bytes ‖ bytes
kind 0  the bytes alone        kind 1  a valid file up to the place, then the bytes
kind 2  written over it        kind 3  put in at the place
```

`python -m fuzz.python_surface` runs it under atheris, coverage-guided; `tests/python/test_altered_bytes.py` runs seeded
inputs. ONNX files are no part of it: onnx and onnxruntime are not made for untrusted models (SECURITY.md).
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from pathlib import Path

import intaglio

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "python"))

from committed_net import Bench, make_bench
from test_bad_files import loaders

# Altered, they may be another program, or openings of which another tensor is opened.
MAY_BE_READ = ("program", "openings")


class Surface:
    """Valid files, and everything that reads them."""

    def __init__(self, bench: Bench) -> None:
        self.readers: list[tuple[str, bytes, Callable[[bytes], object]]] = [
            (name, data, use) for name, (data, use) in sorted(loaders(bench).items())
        ]

    def altered(self, data: bytes) -> tuple[int, bytes]:
        """Which file, and its altered bytes."""
        which, kind, place = data[0] % len(self.readers), data[1] % 4, int.from_bytes(data[2:4], "little")
        _, good, _ = self.readers[which]
        place %= len(good)
        rest = data[4:]
        tail = {0: b"", 1: b"", 2: good[place + len(rest) :], 3: good[place:]}[kind]
        return which, (b"" if kind == 0 else good[:place]) + rest + tail

    def try_input(self, data: bytes) -> bool:
        """True if the altered bytes were refused.

        Raises:
            AssertionError: altered bytes were accepted, or refused without an `IntaglioError`.
        """
        if len(data) < 4:
            return True
        which, bytes_ = self.altered(data)
        name, good, use = self.readers[which]
        try:
            use(bytes_)
        except intaglio.IntaglioError as error:
            if "internal error" in str(error):
                raise AssertionError(f"{name}: a panic") from error
            return True
        except Exception as error:
            raise AssertionError(f"{name}: {error!r} is no IntaglioError") from error
        assert bytes_ == good or name in MAY_BE_READ, f"an altered {name} is accepted"
        return False


def main() -> None:
    """Under atheris, until it is stopped or finds something."""
    import atheris

    surface = Surface(make_bench())
    for module in [m for name, m in sys.modules.items() if name.startswith("intaglio.")]:
        for function in [f for f in vars(module).values() if inspect.isfunction(f) and f.__module__ == module.__name__]:
            function.__code__ = atheris.instrument_func(function).__code__
    atheris.Setup(sys.argv, lambda data: surface.try_input(data) and None)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
