"""What schemathesis cannot guess from the OpenAPI document: a cursor comes from an answer before."""

from __future__ import annotations

import schemathesis
from hypothesis import strategies as st

schemathesis.openapi.format("cursor", st.just(""))
