"""A family's house that is not there: what it consists of, and devices that behave like real ones.

household.yaml  the house
broker.py       an MQTT broker of its own
devices.py      the devices, which can be told to misbehave
"""
