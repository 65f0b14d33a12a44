"""Secrets and personal data in texts: found by their form, and their checksum if they have one.

normal.py    texts as they read, without invisible characters and look-alikes, with their places
checks.py    checksums and entropy
secrets.py   keys, tokens, passwords
personal.py  e-mail, phone, IBAN, cards
national.py  national identity numbers
classes.py   the classes, and what is found of them in a text
"""
