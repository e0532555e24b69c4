"""ID numbers of people who cannot exist: region 370199 was never given out; the check digit is right."""

from collections import Counter

REGION = "370199"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK = "10X98765432"


class IdNumbers:
    """Gives each person another number. `birth` is YYYY-MM-DD; odd sequences are men's."""

    def __init__(self) -> None:
        self.given: Counter[tuple[str, str]] = Counter()

    def next(self, birth: str, sex: str) -> str | None:
        """None once the five hundred numbers of that day and sex are used up."""
        place = self.given[birth, sex]
        self.given[birth, sex] += 1
        if place >= 500:
            return None
        body = f"{REGION}{birth.replace('-', '')}{place * 2 + (1 if sex == 'male' else 0):03d}"
        return body + check_digit(body)


def check_digit(body: str) -> str:
    """The eighteenth character for the seventeen digits before it (GB 11643)."""
    return CHECK[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]
