"""Prints the value of an arithmetic expression."""

import sys

from parser import parse


def main() -> None:
    # TODO: read the expression from standard input when there is none
    print(parse(" ".join(sys.argv[1:])))


if __name__ == "__main__":
    main()
