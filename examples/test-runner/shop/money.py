"""Amounts of money, in cents."""

import os


def text(cents: int) -> str:
    """An amount for people, in the currency of SHOP_CURRENCY."""
    return f"{cents // 100}.{cents % 100:02} {os.environ.get('SHOP_CURRENCY', 'EUR')}"


def share(cents: int, percent: int) -> int:
    """A share of an amount, rounded half up."""
    return (cents * percent + 50) // 100
