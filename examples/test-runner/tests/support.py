"""What several tests need."""

from shop.cart import Cart


def breakfast() -> Cart:
    cart = Cart()
    cart.add("bread")
    cart.add("cheese", 2)
    return cart
