"""Governance: the rules that an organisation sets above what agents are granted.

policies/  organisation policy: editions in the journal, in force or not, and what they answer
violations/ what broke a policy, who was told, what became of it
safety/    what is watched while work runs: guardrails, blocks, redaction, anomalies
compliance/ what requirements say, what the journal shows about them, and what is demanded
taint/     what has side effects once something untrusted has entered a run

environment.py  dev, stage, prod
severity.py     one order for violations, guardrails and anomalies
"""
