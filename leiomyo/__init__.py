"""From a centre's own records to leiomyosarcoma outcomes that can be trusted, compared and pooled.

>>> import leiomyo
>>> leiomyo.__version__
'0.1.0'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leiomyo.config import VERSION as __version__

if TYPE_CHECKING:
    from leiomyo.examples import example
    from leiomyo.finding import find
    from leiomyo.registry import Registry, read

__all__ = ["Registry", "__version__", "example", "find", "read"]


def __getattr__(name: str) -> Any:
    """Load the registry and the scan only when they are asked for, so that the command line starts quickly."""
    if name in {"Registry", "read"}:
        from leiomyo import registry

        return getattr(registry, name)
    if name == "example":
        from leiomyo.examples import example

        return example
    if name == "find":
        from leiomyo.finding import find

        return find
    raise AttributeError(name)
