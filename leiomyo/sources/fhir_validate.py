"""Validation of FHIR resources on request, against the models of `fhir.resources`; slow, so never in passing."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from leiomyo.errors import InputError

_SHOWN = 3


def require() -> None:
    """Make sure that the models are there.

    Raises
    ------
    InputError
        `LM-A012`: the package is not installed.
    """
    try:
        import fhir.resources  # noqa: F401
    except ImportError as error:
        raise InputError("LM-A012", "Run: pip install 'leiomyo[fhir]'.") from error


def faults(kind: str, text: bytes) -> tuple[str, ...]:
    """Which members of a resource its model finds wrong, the first few, without their values; none where it fits."""
    from pydantic import ValidationError

    model = _model(kind)
    if model is None:
        return (f"{kind} is no resource of FHIR R4B.",)
    try:
        model.model_validate(json.loads(text))
    except ValidationError as error:
        told = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_input=False)]
        more = (f"and {len(told) - _SHOWN} more",) if len(told) > _SHOWN else ()
        return (*told[:_SHOWN], *more)
    return ()


@cache
def _model(kind: str) -> Any:
    from fhir.resources.R4B import get_fhir_model_class

    try:
        return get_fhir_model_class(kind)
    except (KeyError, LookupError):
        return None
