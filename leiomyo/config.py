"""Settings, each in one place: name, default, meaning. Read from the environment, overridden by options."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

#: The version of the product.
VERSION = "0.1.0"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of the environment."""

    name: str
    default: str
    meaning: str

    @property
    def value(self) -> str:
        """What it is set to."""
        return os.environ.get(self.name) or self.default


SETTINGS = (
    Setting("LEIOMYO_REGISTRY", "leiomyo.duckdb", "the registry file, where --registry does not name one"),
)  # fmt: skip


def registry_path(given: Path | None) -> Path:
    """The registry file to use."""
    return given or Path(SETTINGS[0].value)
