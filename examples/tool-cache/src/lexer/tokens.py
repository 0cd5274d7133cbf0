"""Takes an expression apart."""

import re


def tokens(text: str) -> "list[str]":
    return re.findall(r"\d+|[+*]", text)
