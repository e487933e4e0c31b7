"""Counts in words, the same wherever a person reads them."""


def counted(number: int, noun: str) -> str:
    """A number with its noun in the right form: "1 box", "2 boxes", "1,204 photos"."""
    plural = noun + ("es" if noun.endswith(("s", "x")) else "s")
    return f"{number:,} {noun if number == 1 else plural}"
