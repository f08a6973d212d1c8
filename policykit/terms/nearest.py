"""Did you mean: the word that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable

_LONGEST = 80  # characters: longer words are not typing mistakes


def nearest(word: str, words: Iterable[str]) -> str:
    """Return the one of `words` that `word` most resembles; empty where none is near."""
    known = sorted(set(words))
    if not word or len(word) > _LONGEST or not known:
        return ""
    folded = {known_word.casefold().replace("-", "_").replace(" ", "_"): known_word for known_word in known}
    asked = word.casefold().replace("-", "_").replace(" ", "_")
    if asked in folded:
        return folded[asked]
    last_parts = [name for name in known if "." in name and name.rsplit(".", 1)[1] == asked.rsplit(".", 1)[-1]]
    if len(last_parts) == 1:
        return last_parts[0]
    from difflib import SequenceMatcher, get_close_matches  # on use: most documents have no typing mistake

    close = get_close_matches(asked, folded, n=1, cutoff=0.65)
    if close:
        return folded[close[0]]
    begun = [
        name for key, name in folded.items() if len(asked) >= 4 and (asked in key or (key in asked and len(key) >= 4))
    ]
    return max(begun, key=lambda name: (SequenceMatcher(None, asked, name).ratio(), name)) if begun else ""
