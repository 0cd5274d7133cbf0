"""An invoice as text."""

from shop.cart import Cart
from shop.money import text
from shop.tax import tax


def invoice(cart: Cart) -> str:
    total = cart.total()
    return f"net {text(total)}, tax {text(tax(total))}, to pay {text(total + tax(total))}"
