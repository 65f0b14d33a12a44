"""Trust: who may do what, on whose word, provable from signed records alone.

``records`` what principals sign; ``wellformed`` and ``signed`` how it comes in; ``terms`` what a
record permits; ``events`` streams and event kinds; ``keyholders`` whose key counted when; ``links``
the rules between a record and the one above it; ``chain`` a record's line up to its authority;
``standing`` what is revoked, suspended and at which posture, ``rights`` on whose word; ``book`` a
tenant's records, verified and remembered; ``projection`` the tables; ``verify`` the three levels;
``inclusion`` the log's part in the fullest; ``decision`` what it came to; ``admission`` what may be
recorded; ``preview`` what a revocation would stop; ``ledger`` all of that over a journal; ``kms``
keys that live elsewhere; ``operations`` establish, delegate, verify, audit, ``withdrawals`` revoke,
suspend, resume, both on ``making``, with ``hands`` (whose keys sign), ``holding`` (what is handed on
of) and ``refusals`` (which are recorded); ``posture``, ``budget`` and ``messages`` what postures permit, what is spent, envelopes between agents.
"""
