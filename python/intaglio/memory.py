"""How much memory this process may still take, and refusing what needs more."""

from __future__ import annotations

import contextlib
import resource
from pathlib import Path

from intaglio.errors import ResourceLimit


def available_memory() -> int | None:
    """Bytes that this process may still take: the least of what the machine, its control group and its limits say."""
    said = [figure for figure in (_machine(), _control_group(), _address_space()) if figure is not None]
    return max(0, min(said)) if said else None


def require_memory(needed: int) -> None:
    """Refuse early what cannot be held.

    Raises:
        ResourceLimit: more is needed than there is.
    """
    available = available_memory()
    if available is not None and needed > available:
        raise ResourceLimit(
            f"a proof of this model needs about {needed / 2**20:.0f} MiB, {available / 2**20:.0f} MiB are available"
        )


def _machine() -> int | None:
    with contextlib.suppress(OSError, ValueError, IndexError), open("/proc/meminfo", encoding="ascii") as lines:
        for line in lines:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return None


def _control_group() -> int | None:
    """Of a container: its limit less what it uses. Page cache counts as used, of which it can give back a part."""
    with contextlib.suppress(OSError, ValueError):
        group = Path("/sys/fs/cgroup")
        limit = int((group / "memory.max").read_text(encoding="ascii"))
        used = int((group / "memory.current").read_text(encoding="ascii"))
        stats = dict(line.split() for line in (group / "memory.stat").read_text(encoding="ascii").splitlines())
        return limit - used + int(stats.get("file", 0))
    return None


def _address_space() -> int | None:
    """Of `ulimit -v`: the limit less what is mapped."""
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft == resource.RLIM_INFINITY:
        return None
    with contextlib.suppress(OSError, ValueError, IndexError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        return int(soft) - pages * resource.getpagesize()
    return int(soft)
