"""How names are compared and searched: the same way wherever one is stored."""

import unicodedata


def name_key(name: str) -> str:
    """
    Return a name in capitals, letters only, accents taken away.

    >>> name_key("Hj. Ma`ruf  al-Café")
    'HJMARUFALCAFE'
    """
    plain = unicodedata.normalize("NFKD", name)
    return "".join(c for c in plain if c.isalpha()).upper()
