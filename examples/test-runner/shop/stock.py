"""Prices, from data/prices.json."""

import json
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "prices.json"


def price(name: str) -> int:
    """In cents; KeyError if there is no such thing."""
    return json.loads(_FILE.read_text(encoding="utf-8"))[name]
