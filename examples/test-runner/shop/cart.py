"""What somebody is about to buy."""

from typing import Dict

from shop import stock


class Cart:
    def __init__(self) -> None:
        self.items: Dict[str, int] = {}

    def add(self, name: str, count: int = 1) -> None:
        stock.price(name)
        self.items[name] = self.items.get(name, 0) + count

    def total(self) -> int:
        return sum(stock.price(name) * count for name, count in self.items.items())
