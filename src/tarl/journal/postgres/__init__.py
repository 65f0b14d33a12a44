"""The journal on PostgreSQL: several machines, several writers, one log.

store.py      the store: commits, reads
tables.py     projected and coordination tables
schema.py     what a database is made of
sequencer.py  committed events take their places in the Merkle log
session.py    one connection: made again when it is lost, its failures in tarl's words
line.py       whether the server answers, for those who must not wait for it
owners.py     which process owns a run: a lock of the server, which the end of a connection releases
tailing.py    what waits for new events: LISTEN
"""
