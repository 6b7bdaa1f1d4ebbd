"""A page of a list in the envelope, as text: what is JSON already goes on as it is."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from gemini_control.models.wire import WireOut, Written
from gemini_control.store.paging import Page


def written_page(message: str, items: Iterable[Any], page: Page[Any]) -> str:
    """The envelope of a page."""
    place = json.dumps({"next": page.next, "total": page.total})
    data = ",".join([_written(item) for item in items])
    return f'{{"code":200,"message":{json.dumps(message, ensure_ascii=False)},"data":[{data}],"page":{place}}}'


def _written(item: Any) -> str:
    if isinstance(item, Written):
        return item.text
    return item.written().text if isinstance(item, WireOut) else json.dumps(item, ensure_ascii=False)
