"""The room of the prompt-injection detector: how likely a text tries to give an assistant orders.

``detector`` is what others call. ``folding`` makes one form of all disguises, ``payloads`` decodes
what is hidden in a text, ``pieces`` cuts it, ``lexicon`` knows words of intent in many languages,
``skeleton`` leaves out what a sentence is about, ``features`` and ``evidence`` turn pieces into
numbers, and ``model`` weighs them with what ``tools/train_injection.py`` learned
(``weights/ORIGIN.md`` says from what).
"""
