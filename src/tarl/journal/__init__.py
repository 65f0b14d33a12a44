"""The journal: one append-only, hash-chained record of every fact.

event.py       what an event is, its digest and its leaf in the log
writer.py      one stream's next events, chained as they are made
codec.py       bodies in clear, or sealed so that a destroyed key erases them
projection.py  tables that are folds over events, and the guards that read them
store.py       the port that every store fills
patience.py    a journal that is away for a while, waited for by whoever has a loop
memory.py      the reference store
sqlite.py      the default store: one file
merkle.py      RFC 6962 hashes and proofs, pure
log.py         the Merkle log over all streams, and its signed checkpoints
upcast.py      how bodies of older kinds become bodies of newer ones
"""
