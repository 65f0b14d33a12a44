"""Telling people: approvals that are wanted, conflicts, drift, failures, dangers.

notice.py    what is told, and the port that tells it
telling.py   the notices that plans give rise to
quiet.py     when nobody is to be disturbed
outbox.py    the durable way: once, not too often, not in quiet hours, again when it did not arrive
log.py       told in a log
mqtt.py      told to a broker
apprise.py   told to telephones, chats and mailboxes
"""
