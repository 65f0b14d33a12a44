"""Prices of electricity, each form in its own module; all become series in micro-units a
kilowatt-hour (``money``). Parsers take bytes and know neither files nor networks.
"""
