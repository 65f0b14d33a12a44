"""Trust: who may do what, on whose word, provable from signed records alone.

What is said:
``records`` what principals sign; ``wellformed`` and ``signed`` how it comes in; ``terms`` what it
permits; ``events`` streams and event kinds; ``projection`` the tables.

What it comes to:
``keyholders`` whose key counted when; ``links`` the rules between a record and the one above it;
``chain`` a record's line up to its authority; ``standing`` what is revoked, suspended and at which
posture, ``rights`` on whose word; ``book`` a tenant's records, verified and remembered; ``verify``
the three levels, ``inclusion`` the log's part in the fullest, ``decision`` the answer; ``preview``
what a revocation would stop; ``ledger`` all of that over a journal.

What is done:
``admission`` what may be recorded; ``operations`` establish, delegate, verify, audit;
``withdrawals`` revoke, suspend, resume; ``loans`` what is lent for a task and taken back;
``making``, ``hands`` and ``holding`` records, whose keys sign them, what is handed on of;
``refusals`` which are recorded too; ``kms`` keys that live elsewhere.

``posture``, ``budget`` and ``messages``: what postures permit, what is spent, envelopes between
agents. ``court`` and ``notary`` fill the gateway's ports.
"""
