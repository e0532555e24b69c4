"""Named places where a crash is worth trying. They do nothing unless a test installs a hook."""

from collections.abc import Callable

_hook: Callable[[str], None] | None = None


def install(hook: Callable[[str], None] | None) -> None:
    """Call `hook(name)` at every failpoint from now on; None takes it out."""
    global _hook
    _hook = hook


def installed() -> Callable[[str], None] | None:
    """The hook in place, for who puts another one over it for a while."""
    return _hook


def failpoint(name: str) -> None:
    if _hook is not None:
        _hook(name)
