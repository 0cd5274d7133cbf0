"""Sums and products, without parentheses."""

from lexer.tokens import tokens


def product(words: "list[str]") -> int:
    value = 1
    for word in words:
        value *= int(word)
    return value


def parse(text: str) -> int:
    # TODO: parentheses
    total, words = 0, []
    for token in tokens(text) + ["+"]:
        if token == "+":
            total += product(words)
            words = []
        elif token != "*":
            words.append(token)
    return total
